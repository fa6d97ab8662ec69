import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fold,
  ipv4HeaderValid,
  pseudoHeaderSum,
  sum16,
  transportSum,
  transportValid,
} from '../../src/wire/checksum.ts';
import { type FrameName, frameView } from './frames.ts';

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;

/** The one's complement sum as RFC 1071 section 1 words it: 16-bit additions with end-around carry. */
function reference(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

describe('sum16', () => {
  test('adds the example of RFC 1071 section 3', () => {
    const view = viewOf(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7));
    expect(sum16(view, 0, 8, 0)).toBe(0x2ddf0);
    expect(fold(0x2ddf0)).toBe(0xddf2);
  });

  test('equals 16-bit additions with end-around carry, for any bytes anywhere', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(9),
        fc.nat(9),
        fc.nat(0xffff),
        (data, before, after, first) => {
          const padded = new Uint8Array(before + data.length + after).fill(0xa5);
          padded.set(data, before);
          expect(fold(sum16(viewOf(padded), before, before + data.length, first))).toBe(reference(data, first));
        },
      ),
    );
  });

  test('may be taken in parts that are cut at an even byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (data, cut) => {
        const middle = Math.min(data.length, cut) & ~1;
        const view = viewOf(data);
        const whole = sum16(view, 0, data.length, 0);
        expect(sum16(view, middle, data.length, sum16(view, 0, middle, 0))).toBe(whole);
      }),
    );
  });

  test('keeps every carry of the longest packet and beyond', () => {
    const bytes = new Uint8Array(600_001).fill(0xff);
    expect(sum16(viewOf(bytes), 0, 65535, 0)).toBe(32767 * 0xffff + 0xff00);
    expect(sum16(viewOf(bytes), 0, 600_001, 0)).toBe(300_000 * 0xffff + 0xff00);
    expect(fold(300_000 * 0xffff + 0xff00)).toBe(0xff00);
  });
});

describe('fold', () => {
  test.each([
    [0, 0],
    [0xffff, 0xffff],
    [0x10000, 1],
    [0x1ffff, 1],
    [0xffff0000, 0xffff],
    [0x1_0000_0000, 1],
    [2 ** 48 - 1, 0xffff],
  ])('%d to %d', (sum, folded) => {
    expect(fold(sum)).toBe(folded);
  });
});

/** [frame, offset of the IP header, version, protocol, start of the transport, its length] as Wireshark found them right. */
const TRANSPORTS: readonly [FrameName, number, 4 | 6, number, number, number][] = [
  ['vxlan', 14, 4, UDP, 34, 69],
  ['vxlan', 64, 4, ICMP, 84, 19],
  ['vxlan-gpe', 14, 4, UDP, 34, 69],
  ['vxlan-over-ipv6', 14, 6, UDP, 54, 69],
  ['geneve', 14, 4, UDP, 34, 77],
  ['neighbor-solicitation', 14, 6, ICMPV6, 54, 32],
  ['neighbor-advertisement', 14, 6, ICMPV6, 54, 32],
  ['echo-reply-v6', 14, 6, ICMPV6, 54, 19],
  ['packet-too-big', 14, 6, ICMPV6, 54, 67],
  ['packet-too-big', 62, 6, UDP, 102, 19],
  ['fragmentation-needed', 14, 4, ICMP, 34, 47],
  ['qinq-tcp-syn', 22, 4, TCP, 42, 40],
  ['tcp-urgent', 14, 4, TCP, 34, 31],
  ['mpls-dns', 22, 4, UDP, 42, 37],
  ['ipv4-options', 14, 4, UDP, 42, 9],
];

describe.each(TRANSPORTS)('%s, IP header at %d', (frame, ipAt, version, protocol, start, length) => {
  test('the checksum is right', () => {
    const view = frameView(frame);
    expect(transportSum(view, ipAt, version, protocol, start, start + length)).toBe(0xffff);
    expect(transportValid(view, ipAt, version, protocol, start, start + length)).toBe(true);
  });

  test('the checksum is wrong when any one bit is turned', () => {
    for (let bit = 0; bit < length * 8; bit++) {
      const view = frameView(frame);
      const at = start + (bit >> 3);
      view.setUint8(at, view.getUint8(at) ^ (1 << (bit & 7)));
      expect(transportValid(view, ipAt, version, protocol, start, start + length), `bit ${bit}`).toBe(false);
    }
  });

  // ICMP over IPv4 has no pseudo-header.
  if (protocol === ICMP) return;

  test('the checksum covers the addresses, the protocol and the length', () => {
    const addresses = version === 4 ? [12, 20] : [8, 40];
    for (let at = ipAt + addresses[0]!; at < ipAt + addresses[1]!; at++) {
      const view = frameView(frame);
      view.setUint8(at, view.getUint8(at) ^ 1);
      expect(transportValid(view, ipAt, version, protocol, start, start + length), `byte ${at}`).toBe(false);
    }
    const view = frameView(frame);
    expect(transportValid(view, ipAt, version, protocol + 1, start, start + length)).toBe(false);
  });
});

test('UDP over IPv4 and over IPv6 may do without', () => {
  const overIpv4 = frameView('vxlan-group-policy');
  expect(transportValid(overIpv4, 14, 4, UDP, 34, 103)).toBe(true);
  expect(transportSum(overIpv4, 14, 4, UDP, 34, 103)).not.toBe(0xffff);
  const overIpv6 = frameView('vxlan-over-ipv6');
  overIpv6.setUint16(60, 0);
  expect(transportValid(overIpv6, 14, 6, UDP, 54, 123)).toBe(true);
});

test('a checksum of zero is no excuse for ICMP and TCP', () => {
  const echo = frameView('vxlan');
  echo.setUint16(86, 0);
  expect(transportValid(echo, 64, 4, ICMP, 84, 103)).toBe(false);
  const syn = frameView('qinq-tcp-syn');
  syn.setUint16(58, 0);
  expect(transportValid(syn, 22, 4, TCP, 42, 82)).toBe(false);
});

test('what an offloading sender leaves in the checksum field is the folded pseudo-header', () => {
  const view = frameView('vxlan');
  // 192.168.10.163, 192.168.10.201, 17, 69: c0a8 + 0aa3 + c0a8 + 0ac9 + 11 + 45.
  expect(fold(pseudoHeaderSum(view, 14, 4, UDP, 69))).toBe(0x9713);
  // The upper half of a length counts too (RFC 8200 section 8.1).
  const ipv6 = frameView('vxlan-over-ipv6');
  expect(pseudoHeaderSum(ipv6, 14, 6, UDP, 0x20003) - pseudoHeaderSum(ipv6, 14, 6, UDP, 3)).toBe(2);
});

describe('ipv4HeaderValid', () => {
  test.each<[FrameName, number, number]>([
    ['vxlan', 14, 20],
    ['vxlan', 64, 20],
    ['qinq-tcp-syn', 22, 20],
    ['ipv4-options', 14, 28],
  ])('%s at %d', (frame, at, headerLength) => {
    expect(ipv4HeaderValid(frameView(frame), at, headerLength)).toBe(true);
    for (let byte = at; byte < at + headerLength; byte++) {
      const view = frameView(frame);
      view.setUint8(byte, view.getUint8(byte) ^ 0x10);
      expect(ipv4HeaderValid(view, at, headerLength), `byte ${byte}`).toBe(false);
    }
  });
});
