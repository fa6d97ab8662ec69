/** What is observed of IPv6 addresses that find no room any more. */
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/flow/observations.ts';
import { FRAMES } from '../wire/frames.ts';
import { observe } from './correlating.ts';
import { type Bytes, ethernet, ipv6, mac, tcp } from './encoding.ts';

const address = (last: number): Bytes => [0x20, 1, ...new Array<number>(13).fill(0), last];

function talk(from: number, to: number): Bytes {
  const header = { source: address(from), destination: address(to) };
  return ethernet(mac(1), mac(2), 0x86dd, ipv6(header, 6, tcp(1, 2, 3, 4, 16)));
}

const bytesOf = (hex: string): Bytes => [...Buffer.from(hex, 'hex')];

test('makes no entries without addresses', () => {
  const { hex: tunnelled } = FRAMES['vxlan-over-ipv6'];
  const { hex: fragment } = FRAMES['fragment-v6'];
  const known = [talk(1, 2), talk(2, 1)];
  const frames = [...known, talk(1, 3), talk(4, 2), bytesOf(tunnelled), bytesOf(fragment)];
  const { addresses, talkers, tunnels, fragments, counts } = observe(
    frames.map((bytes, i) => ({ bytes, time: i })),
    64,
    { ...DEFAULT_LIMITS, flows: 1 },
  );
  expect([addresses.table.count, talkers.table.count, tunnels.count, fragments.count]).toEqual([2, 2, 0, 0]);
  expect(addresses.table.overflowed).toBeGreaterThan(0);
  expect([counts.packets, counts.vxlan]).toEqual([6, 1]);
});
