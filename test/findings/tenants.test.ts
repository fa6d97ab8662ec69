/** Tenants use the same addresses in several VNIs: what ARP says in one of them is nothing to the others. */
import { expect, test } from 'vitest';
import type { Finding } from '../../src/findings/finding.ts';
import { duplicateAddress } from '../../src/findings/rules/duplicate-address.ts';
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

/** A capture of all interfaces: each claim to the pod's address as it leaves the bridge, and in its tunnel. */
function contests(claims: [vni: number, mac: number][]): Finding[] {
  const frames = claims.flatMap(([vni, own], index): Frame[] => {
    const bytes = ethernet(mac(own), BROADCAST, 0x0806, arp(1, mac(own), POD, [0, 0, 0, 0, 0, 0], ASKER));
    const time = 1e9 + index * 1e8;
    return [
      { time, bytes },
      { time: time + 1e3, bytes: vxlan(vni, FAR, NEAR, bytes) },
    ];
  });
  return duplicateAddress(simulatedCase(frames, [], { label: 'any', kind: 'mixed' }));
}

test('an address that stands once in each of several overlays has two MACs where all interfaces are captured', () => {
  expect(
    contests([
      [100, 5],
      [200, 6],
    ]),
  ).toEqual([]);
});

test('two MACs for it in one overlay are one too many there, as well', () => {
  const vnis = contests([
    [100, 5],
    [100, 6],
    [200, 7],
  ]).map(({ subject }) => subject.vni);
  expect(vnis).toContain(100);
});
