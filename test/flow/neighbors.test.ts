/** Questions for a MAC and their answers that come again: the same packet twice, or another host with the address. */
import { describe, expect, test } from 'vitest';
import { accounts, joined, observe } from './correlating.ts';
import { arp, BROADCAST, type Bytes, ethernet, ipv6, mac } from './encoding.ts';
import type { Frame } from './simulation.ts';

const ASKER = [10, 0, 0, 254];
const TARGET = [10, 0, 0, 9];
const MILLISECOND = 1e6;

const arpRequest = (source: number): Bytes =>
  ethernet(mac(source), BROADCAST, 0x0806, arp(1, mac(source), ASKER, [0, 0, 0, 0, 0, 0], TARGET));
const arpReply = (source: number): Bytes =>
  ethernet(mac(source), mac(3), 0x0806, arp(2, mac(source), TARGET, mac(3), ASKER));

const address = (last: number): number[] => [0xfe, 0x80, ...Array.from({ length: 13 }, () => 0), last];

function discovery(type: 135 | 136, source: number, from: number, to: number): Bytes {
  const option = [type === 135 ? 1 : 2, 1, ...mac(source)];
  const header = { source: address(from), destination: address(to), timeToLive: 255 };
  const message = [type, 0, 0, 0, type === 136 ? 0x60 : 0, 0, 0, 0, ...address(9), ...option];
  return ethernet(mac(source), mac(type === 135 ? 9 : 3), 0x86dd, ipv6(header, 58, message));
}
const solicitation = (source: number): Bytes => discovery(135, source, 3, 9);
const advertisement = (source: number): Bytes => discovery(136, source, 9, 3);

/** What was seen twice, of packets that come one millisecond after the other. */
function doubled(frames: readonly Bytes[]): [number, number] {
  const timed: Frame[] = frames.map((bytes, i) => ({ time: 1e9 + i * MILLISECOND, bytes }));
  const flows = joined([{ label: 'a', host: null, observations: observe(timed) }]);
  const [account] = Object.values(accounts(flows));
  return [account.duplicateRequests, account.duplicateReplies];
}

describe.each([
  ['ARP', arpRequest, arpReply],
  ['neighbour discovery', solicitation, advertisement],
])('%s', (_name, request, reply) => {
  test.each<[string, Bytes[], [number, number]]>([
    ['one answer twice', [request(3), reply(1), reply(1)], [0, 1]],
    ['two hosts answer', [request(3), reply(1), reply(2)], [0, 0]],
    ['one question twice', [request(3), request(3), reply(1)], [1, 0]],
    ['two hosts ask', [request(3), request(4), reply(1)], [0, 0]],
  ])('%s', (_what, frames, expected) => {
    expect(doubled(frames)).toEqual(expected);
  });
});
