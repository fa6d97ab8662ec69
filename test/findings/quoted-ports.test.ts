/** ICMP errors quote packets to several ports: a probe beside a tunnel, or a route that somebody traces. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Diagnosis, examine } from '../../src/analyze.ts';
import { compare, type RunInput } from '../../src/compare.ts';
import { type Bytes, ethernet, icmpEcho, ipv4, mac, udp, vxlan } from '../flow/encoding.ts';
import { scratchFolder } from '../scratch.ts';
import { found } from './shipped-case.ts';

const A = [192, 0, 2, 1];
const B = [192, 0, 2, 2];

/** "Port unreachable", from B, with the first 28 bytes of the packet in a frame of A's. */
function unreachable(frame: Bytes): Bytes {
  return ethernet(
    mac(2),
    mac(1),
    0x0800,
    ipv4({ source: B, destination: A }, 1, [3, 3, 0, 0, 0, 0, 0, 0, ...frame.slice(14, 42)]),
  );
}

const probe = (port: number): Bytes =>
  ethernet(mac(1), mac(2), 0x0800, ipv4({ source: A, destination: B }, 17, udp(40000, port, [1, 2, 3])));

function request(sequence: number): Bytes {
  const inner = ipv4({ source: [10, 0, 0, 1], destination: [10, 0, 0, 2] }, 1, icmpEcho(8, 7, sequence, [1]));
  return vxlan(5, A, B, ethernet(mac(11), mac(12), 0x0800, inner));
}

/** A capture in which B refuses probes of these ports, and then three tunnel packets. */
function capture(ports: readonly number[], refused = 3): RunInput {
  const frames = [...ports.map(probe), ...[1, 2, 3].map(request)];
  const answered = frames.flatMap((frame, i) => (i < ports.length + refused ? [frame, unreachable(frame)] : [frame]));
  const records = answered.map((bytes, i) => {
    const header = Buffer.alloc(16);
    [1_700_000_000 + i, 0, bytes.length, bytes.length].forEach((word, at) => {
      header.writeUInt32LE(word, at * 4);
    });
    return Buffer.concat([header, Buffer.from(bytes)]);
  });
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const path = join(scratchFolder('ports'), 'a.pcap');
  writeFileSync(path, Buffer.concat([header, ...records]));
  return { captures: [{ path, label: 'a', host: null, interfaceName: null }], hosts: [] };
}

const examined = async (input: RunInput): Promise<Diagnosis['subject']> => (await examine(input)).subject;

test('a probe of another port does not hide that the tunnel port is closed', async () => {
  for (const ports of [[], [33435], [33435, 33436]]) {
    const subject = await examined(capture(ports));
    expect(found(subject, 'vxlan-port-mismatch')).toMatchObject([{ confidence: 'certain', subject: { vni: 5 } }]);
  }
});

test('errors about several ports that are no tunnel are told of together', async () => {
  const subject = await examined(capture([33435, 33436, 33437]));
  const errors = found(subject, 'icmp-error').map((finding) => [
    finding.subject.quotedDestinationPort,
    finding.explanation.match(/Seen (\w+)/)?.[1],
    finding.evidence.map(({ frame }) => frame),
  ]);
  expect(errors).toEqual([
    [null, '3', [2]],
    [4789, '3', [8]],
  ]);
});

test('a run in which the tunnel port is closed differs from one in which only a probe was refused', async () => {
  const { differences } = await compare({ good: capture([33435], 0), bad: capture([33435]) });
  expect(differences.map(({ kind, sentence }) => [kind, sentence])).toContainEqual([
    'port',
    '192.0.2.2 sends "port unreachable" about tunnel packets to UDP port 4789 in the bad run only',
  ]);
});
