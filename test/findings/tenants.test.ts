/** Tenants use the same addresses in several VNIs: what ARP says in one of them is nothing to the others. */
import { expect, test } from 'vitest';
import type { Finding } from '../../src/findings/finding.ts';
import { innerDestinationMacMismatch } from '../../src/findings/rules/inner-destination-mac-mismatch.ts';
import { arp, BROADCAST, type Bytes, ethernet, icmpEcho, ipv4, mac, vxlan } from '../flow/encoding.ts';
import type { Frame } from '../flow/simulation.ts';
import { simulatedCase } from './simulated-case.ts';

const ASKER = [10, 0, 0, 1];
const POD = [10, 0, 0, 2];
const [NEAR, FAR] = [
  [192, 0, 2, 1],
  [192, 0, 2, 2],
];
const claim = ethernet(mac(2), BROADCAST, 0x0806, arp(1, mac(2), POD, [0, 0, 0, 0, 0, 0], ASKER));

/** A claim to the pod's address, and then requests to another MAC in VNI 200 that nobody answers. */
function findings(first: Bytes): Finding[] {
  const frames: Frame[] = [{ time: 1e9, bytes: first }];
  for (let sequence = 1; sequence <= 3; sequence++) {
    const echo = ipv4({ source: ASKER, destination: POD }, 1, icmpEcho(8, 7, sequence, [1, 2]));
    frames.push({ time: 1e9 + sequence * 1e8, bytes: vxlan(200, NEAR, FAR, ethernet(mac(1), mac(9), 0x0800, echo)) });
  }
  frames.push({ time: 9e9, bytes: ethernet(mac(99), BROADCAST, 0x88cc, [0, 0, 0, 0]) });
  return innerDestinationMacMismatch(simulatedCase(frames, [], { label: 'a:eth0', kind: 'underlay' }));
}

test('a claim in the VNI itself says whose the address is', () => {
  expect(findings(vxlan(200, FAR, NEAR, claim))).toMatchObject([{ subject: { address: '10.0.0.2', source: 'arp' } }]);
});

test.each([
  ['in another VNI', vxlan(100, FAR, NEAR, claim)],
  ['outside any tunnel', claim],
])('a claim %s does not', (_where, bytes) => {
  expect(findings(bytes)).toEqual([]);
});
