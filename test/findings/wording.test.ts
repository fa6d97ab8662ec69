/** One and many, in every sentence that counts. */
import { describe, expect, test } from 'vitest';
import type { SegmentLoss } from '../../src/findings/segment-losses.ts';
import { lostPackets } from '../../src/findings/segment-losses.ts';
import { inNamespace, shellWord } from '../../src/findings/shell.ts';
import { listed, plural, questionName, questions, share } from '../../src/findings/wording.ts';
import type { JoinedFlow, JoinedLoss, JoinedProtocol } from '../../src/flow/joined-flow.ts';

function segment(isReply: boolean, ...lost: [JoinedProtocol, number][]): SegmentLoss {
  const flows = lost.map(([protocol]) => ({ protocol }) as JoinedFlow);
  const losses = lost.map(([, count]) => ({ count }) as JoinedLoss);
  return { flows, losses, isReply } as SegmentLoss;
}

test.each([
  [0, 'packet', '0 packets'],
  [1, 'packet', '1 packet'],
  [2, 'packet', '2 packets'],
  [1, 'reply', '1 reply'],
  [2, 'reply', '2 replies'],
  [3, 'DNS query', '3 DNS queries'],
])('plural: %i %s', (count, noun, text) => expect(plural(count, noun)).toBe(text));

test.each([
  ['icmp-echo', 1, '1 echo request', 'Echo requests'],
  ['icmpv6-echo', 2, '2 ICMPv6 echo requests', 'ICMPv6 echo requests'],
  ['arp', 1, '1 ARP request', 'ARP requests'],
  ['ndp', 5, '5 neighbor solicitations', 'Neighbor solicitations'],
  ['tcp-connect', 1, '1 TCP SYN', 'TCP SYNs'],
  ['dns', 2, '2 DNS queries', 'DNS queries'],
] as const)('questions: %s', (protocol, count, text, name) => {
  expect(questions(protocol, count)).toBe(text);
  expect(questionName(protocol)).toBe(name);
});

test.each([
  [1, 1, '1 request'],
  [1, 2, '1 of 2 requests'],
  [2, 2, '2 requests'],
])('share: %i of %i', (count, all, text) => expect(share(count, all, 'request')).toBe(text));

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('listed: %j', (words, text) => expect(listed(words)).toBe(text));

describe('lost packets', () => {
  test.each([
    [segment(false, ['icmp-echo', 1]), '1 echo request'],
    [segment(false, ['arp', 3]), '3 ARP requests'],
    [segment(false, ['icmp-echo', 2], ['arp', 1], ['icmp-echo', 3]), '5 echo requests and 1 ARP request'],
    [segment(true, ['icmp-echo', 1]), '1 reply to one echo request'],
    [segment(true, ['dns', 2]), '2 replies to DNS queries'],
  ])('%#', (loss, text) => expect(lostPackets(loss)).toBe(text));
});

test.each([
  ['vxlan0', 'vxlan0'],
  ['eth0.5', 'eth0.5'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(reboot)', "'$(reboot)'"],
])('shell word: %s', (word, text) => expect(shellWord(word)).toBe(text));

test.each([
  [null, ''],
  ['podns', 'ip netns exec podns '],
  ['/proc/1234/ns/net', 'nsenter --net=/proc/1234/ns/net '],
  ['a;b', "ip netns exec 'a;b' "],
])('namespace: %s', (namespace, text) => expect(inNamespace(namespace)).toBe(text));
