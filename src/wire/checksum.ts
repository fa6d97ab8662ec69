/**
 * The Internet checksum, RFC 1071, and what it covers in IPv4, UDP, TCP, ICMP and ICMPv6.
 *
 * A range is right when the one's complement sum of its 16-bit words, its checksum among them, is
 * 0xffff. Sums are kept unfolded as long as possible: 2^16 is 1 modulo 0xffff, so the carries can be
 * added at the end. Ranges are bytes `start` up to `end` of the view, and the caller has checked that
 * they are there.
 *
 * tshark: ip.checksum.status udp.checksum.status tcp.checksum.status icmp.checksum.status icmpv6.checksum.status
 */
import { ipv4, PROTOCOL_ICMP, PROTOCOL_UDP } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import { udp } from './udp.ts';

/** Sum that a range with a right checksum folds to: zero in one's complement. */
export const RIGHT_SUM = 0xffff;

/**
 * Adds the 16-bit words of a range to `initial`; an odd last byte is padded with zero (RFC 1071 section 1).
 * The result is to be folded. Up to 64 KiB stay below 2^31, and no length comes near 2^53.
 */
export function sum16(view: DataView, start: number, end: number, initial: number): number {
  let low = initial;
  let high = 0;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    const first = view.getInt32(at);
    const second = view.getInt32(at + 4);
    low += (first & 0xffff) + (second & 0xffff);
    high += (first >>> 16) + (second >>> 16);
  }
  for (const last = end - 2; at <= last; at += 2) low += view.getUint16(at);
  if (at < end) low += view.getUint8(at) << 8;
  return low + high;
}

/** Brings a sum down to 16 bits by adding its carries; not complemented. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

/** True when the header checksum of the IPv4 header at `at` is right; `headerLength` in bytes (RFC 791 section 3.1). */
export function ipv4HeaderValid(view: DataView, at: number, headerLength: number): boolean {
  return fold(sum16(view, at, at + headerLength, 0)) === RIGHT_SUM;
}

/**
 * The unfolded sum of the pseudo-header for a transport of `length` bytes: addresses, protocol, length
 * (RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1). Behind a source route or a routing header the last
 * destination would count, which is not looked up. Folded, it is what Linux leaves in the checksum field
 * for the card to complete.
 */
export function pseudoHeaderSum(
  view: DataView,
  ipAt: number,
  version: number,
  protocol: number,
  length: number,
): number {
  const lengthSum = (length & 0xffff) + (length >>> 16);
  if (version === 4) return sum16(view, ipAt + ipv4.at.source, ipAt + ipv4.size, protocol + lengthSum);
  return sum16(view, ipAt + ipv6.at.source, ipAt + ipv6.size, protocol + lengthSum);
}

/**
 * The folded sum of a transport header and its payload at `start` up to `end`, with the pseudo-header of the
 * IP header at `ipAt`; ICMP over IPv4 has none (RFC 792). 0xffff when the checksum in it is right.
 */
export function transportSum(
  view: DataView,
  ipAt: number,
  version: number,
  protocol: number,
  start: number,
  end: number,
): number {
  const pseudoHeader = protocol === PROTOCOL_ICMP ? 0 : pseudoHeaderSum(view, ipAt, version, protocol, end - start);
  return fold(sum16(view, start, end, pseudoHeader));
}

/**
 * True when the checksum of the transport at `start` up to `end` is right, or when UDP has none: its
 * checksum is 0, which RFC 768 allows over IPv4 and RFC 6935 allows for tunnels over IPv6.
 */
export function transportValid(
  view: DataView,
  ipAt: number,
  version: number,
  protocol: number,
  start: number,
  end: number,
): boolean {
  if (protocol === PROTOCOL_UDP && udp.checksum(view, start) === 0) return true;
  return transportSum(view, ipAt, version, protocol, start, end) === RIGHT_SUM;
}
