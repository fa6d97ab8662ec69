/** A capture as tshark reads it: for each packet its layers and the fields that identify it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Fields of which every occurrence is asked for, outermost first. */
export const FIELDS = [
  'frame.protocols',
  'frame.len',
  'frame.cap_len',
  'vxlan.vni',
  'geneve.vni',
  'vlan.id',
  'sll.pkttype',
  'eth.src',
  'eth.dst',
  'ip.src',
  'ip.dst',
  'ip.id',
  'ip.ttl',
  'ip.proto',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'udp.srcport',
  'udp.dstport',
  'udp.checksum',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'icmp.type',
  'icmp.code',
  'icmp.checksum',
  'icmp.ident',
  'icmp.seq',
  'icmpv6.type',
  'icmpv6.code',
  'icmpv6.checksum',
  'icmpv6.echo.identifier',
  'icmpv6.echo.sequence_number',
  'icmpv6.nd.ns.target_address',
  'icmpv6.nd.na.target_address',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.proto_ipv4',
  'dns.id',
] as const;

export type FieldName = (typeof FIELDS)[number];
export type Fields = Record<FieldName, string[]>;

/** What tshark is told so that one captured frame gives one packet, and 8472 is VXLAN. */
const OPTIONS = [
  '-n',
  ...['-d', 'udp.port==8472,vxlan'],
  ...['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE', '-o', 'tcp.desegment_tcp_streams:FALSE'],
];

/** Reads a capture with tshark, once. */
export async function readWithTshark(file: string): Promise<Fields[]> {
  const columns = FIELDS.flatMap((field) => ['-e', field]);
  const layout = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=;', '-E', 'separator=/t'];
  const { stdout } = await run('tshark', [...OPTIONS, '-r', file, ...layout, ...columns], {
    maxBuffer: 1 << 28,
  });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const cells = line.split('\t').map((cell) => (cell === '' ? [] : cell.split(';')));
      return Object.fromEntries(FIELDS.map((field, i) => [field, cells[i] ?? []])) as Fields;
    });
}
