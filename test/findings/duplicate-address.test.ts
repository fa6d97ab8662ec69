/** Many that claim one address: how much is said of them is bounded. */
import { expect, test } from 'vitest';
import { duplicateAddress } from '../../src/findings/rules/duplicate-address.ts';
import { arp, BROADCAST, type Bytes, ethernet } from '../flow/encoding.ts';
import { simulatedCase } from './simulated-case.ts';

const TARGET = [10, 0, 0, 9];
const ASKER = [10, 0, 0, 254];
const station = (number: number): Bytes => [2, 0, 0, 0, number >> 8, number & 0xff];

/** As many hosts say that the address is theirs. */
function claimed(hosts: number) {
  const frames = Array.from({ length: hosts }, (_, i) => {
    const message = arp(2, station(i), TARGET, BROADCAST, ASKER);
    return { time: 1e9 + i * 1e6, bytes: ethernet(station(i), BROADCAST, 0x0806, message) };
  });
  return duplicateAddress(simulatedCase(frames));
}

test.each([
  [2, 2],
  [8, 8],
  [2000, 8],
])('of %i MACs %i are named', (hosts, named) => {
  const [finding, ...others] = claimed(hosts);
  expect(others).toEqual([]);
  expect(String(finding.subject.macs).split(' ')).toHaveLength(named);
  expect(finding.subject.macCount).toBe(hosts);
  expect(new Set(finding.evidence.map(({ note }) => note)).size).toBe(named);
  expect(JSON.stringify(finding).length).toBeLessThan(4000);
});
