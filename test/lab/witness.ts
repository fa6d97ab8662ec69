import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FlowProtocol, Loss } from '../../src/report/model.ts';

/** How tshark tells requests and replies of a protocol, and the fields that make one of them itself. */
const PROTOCOLS: Partial<Record<FlowProtocol, { request: string; reply: string; fields: string[] }>> = {
  'icmp-echo': {
    request: 'icmp.type == 8 && !(icmp.type == 3)',
    reply: 'icmp.type == 0 && !(icmp.type == 3)',
    fields: ['icmp.ident', 'icmp.seq', 'icmp.checksum'],
  },
  'icmpv6-echo': {
    request: 'icmpv6.type == 128',
    reply: 'icmpv6.type == 129',
    fields: ['icmpv6.echo.identifier', 'icmpv6.echo.sequence_number'],
  },
  'tcp-connect': {
    request: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
    reply: 'tcp.flags.syn == 1 && tcp.flags.ack == 1',
    fields: ['tcp.port'],
  },
  dns: { request: 'dns.flags.response == 0', reply: 'dns.flags.response == 1', fields: ['dns.id'] },
  // Each asks again in the same words, so only the frame tells one question from the next.
  arp: { request: 'arp.opcode == 1', reply: 'arp.opcode == 2', fields: ['frame.number'] },
  ndp: { request: 'icmpv6.type == 135', reply: 'icmpv6.type == 136', fields: ['frame.number'] },
};

export function tsharkAvailable(): boolean {
  return spawnSync('tshark', ['--version']).status === 0;
}

/** What tshark sees of one loss: how many requests (or replies) are at `after` and go no further. */
export function countLost(folder: string, protocol: FlowProtocol, loss: Loss): number {
  const known = PROTOCOLS[protocol];
  if (known === undefined) throw new Error(`no tshark filter for ${protocol}`);
  const wanted = loss.stage === 'reply' ? known.reply : known.request;
  const gone = seenBy(folder, loss.after, wanted, known.fields);
  if (loss.before === null) {
    const replies = seenBy(folder, loss.after, known.reply, known.fields);
    return gone.size - replies.size;
  }
  for (const key of seenBy(folder, loss.before, wanted, known.fields)) gone.delete(key);
  return gone.size;
}

/** The distinct packets of a capture that pass a display filter, beside the plain ones between the two VMs. */
function seenBy(folder: string, label: string, filter: string, fields: readonly string[]): Set<string> {
  const plain = 'ip.src == 192.168.10.0/24 && !udp';
  const { status, stdout, stderr } = spawnSync(
    'tshark',
    [
      ...['-r', join(folder, `${label}.pcap`), '-d', 'udp.port==8472,vxlan', '-o', 'ip.defragment:FALSE'],
      ...['-Y', `(${filter}) && !(${plain})`, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`tshark: ${stderr}`);
  return new Set(stdout.split('\n').filter((line) => line !== ''));
}
