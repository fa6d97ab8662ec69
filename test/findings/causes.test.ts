/** Which findings explain which silence: those that are about its own packets. */
import { expect, test } from 'vitest';
import { explainAll } from '../../src/findings/causes.ts';
import type { FindingCode } from '../../src/findings/finding.ts';
import { findAll } from '../../src/findings/rules.ts';
import { arp, BROADCAST, type Bytes, ethernet, icmpEcho, ipv4, mac } from '../flow/encoding.ts';
import type { Frame } from '../flow/simulation.ts';
import { shippedCase } from './shipped-case.ts';
import { simulatedCase } from './simulated-case.ts';

const address = (host: number): number[] => [10, 0, 0, host];
const NOBODY = [0, 0, 0, 0, 0, 0];

/** What explains that echo requests from host 1 to host 2 are not answered, while one host asks for another in vain. */
function causes(asker: number, target: number): string[] {
  const frames: Frame[] = [];
  let time = 1e9;
  const add = (bytes: Bytes): void => {
    time += 1e9;
    frames.push({ time, bytes });
  };
  for (let sequence = 1; sequence <= 3; sequence++) {
    const packet = ipv4({ source: address(1), destination: address(2) }, 1, icmpEcho(8, 7, sequence, [1, 2]));
    add(ethernet(mac(1), mac(2), 0x0800, packet));
    add(ethernet(mac(asker), BROADCAST, 0x0806, arp(1, mac(asker), address(asker), NOBODY, address(target))));
  }
  for (let i = 0; i < 3; i++) add(ethernet(mac(99), BROADCAST, 0x88cc, [0, 0, 0, 0]));
  const findings = findAll(simulatedCase(frames));
  expect(findings.map(({ code }) => code)).toContain('unanswered-arp');
  return findings.find(({ code }) => code === 'unanswered-echo')!.causes;
}

test.each([
  ['the one that is asked is not found', 3, 2],
  ['the one that asks is not found', 2, 1],
  ['the one that asks is not found by its neighbour', 3, 1],
  ['the one that is to answer does not find its next hop', 2, 254],
])('explains it when %s', (_what, asker, target) => {
  expect(causes(asker, target)).toEqual(['unanswered-arp']);
});

test.each([
  ['others look for each other', 3, 4],
  ['the one that asks, whose requests are on their way, looks for another', 1, 4],
])('does not explain it when %s', (_what, asker, target) => {
  expect(causes(asker, target)).toEqual([]);
});

/** What explains the first silence of a shipped scenario, and after its cause's subject, or its own, is another. */
async function explained(scenario: string, code: FindingCode, change: Partial<Record<'cause' | 'silence', object>>) {
  const { subject } = await shippedCase(scenario);
  const findings = findAll(subject);
  const silence = findings.find((finding) => finding.causes.includes(code) && 'destination' in finding.subject)!;
  const before = silence.causes;
  for (const finding of findings) if (finding.code === code) Object.assign(finding.subject, change.cause);
  Object.assign(silence.subject, change.silence);
  explainAll(subject, findings);
  return { before, after: silence.causes };
}

test.each<[string, FindingCode, Partial<Record<'cause' | 'silence', object>>]>([
  ['vni-mismatch', 'vni-mismatch', { cause: { sender: '192.0.2.1' } }],
  ['vni-mismatch', 'vni-mismatch', { cause: { senderVni: 7, receiverVni: 8, vni: 7 } }],
  ['vxlan-port-mismatch', 'vxlan-port-mismatch', { cause: { receiver: '192.0.2.1' } }],
  ['bad-outer-checksum', 'bad-outer-checksum', { cause: { sender: '192.0.2.1' } }],
  ['lossy-wire', 'lost-in-underlay', { cause: { from: 'elsewhere' } }],
  ['not-decapsulated', 'not-decapsulated', { cause: { direction: 'reply' } }],
  ['mtu-black-hole', 'mtu-black-hole', { silence: { destination: '192.0.2.1' } }],
  ['peer-pods-broken', 'inner-destination-mac-mismatch', { cause: { address: '192.0.2.1' } }],
])('%s: %s does not explain what it does not concern', async (scenario, code, change) => {
  const { before, after } = await explained(scenario, code, change);
  expect(before).toContain(code);
  expect(after).not.toContain(code);
});
