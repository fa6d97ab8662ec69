/**
 * IPv6, RFC 8200 section 3, and its extension headers, section 4.
 *
 *     |Version| Traffic Class |              Flow Label               |
 *     |         Payload Length        |  Next Header  |   Hop Limit   |
 *     |                   Source Address (128 bits)                   |
 *     |                 Destination Address (128 bits)                |
 *
 * 40 bytes, big endian. Rejected when the version is not 6. A payload length of 0 with more bytes
 * captured is a jumbogram or a segment that the sender's card has still to cut (TSO).
 *
 * An extension header names the next one first, then its own length: 8 bytes plus 8 for each unit,
 * for the authentication header (RFC 4302) 8 bytes plus 4 for each unit. Fragment headers have 8 bytes:
 *
 *     |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 *     |                         Identification                        |
 *
 * tshark: ipv6.version ipv6.tclass ipv6.flow ipv6.plen ipv6.nxt ipv6.hlim ipv6.src ipv6.dst
 * ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident
 */
import { bits32, bytes, header, u8, u16 } from './layout.ts';

export const ipv6 = header('ipv6', 40, [
  bits32('versionClassFlow'),
  u16('payloadLength'),
  u8('nextHeader'),
  u8('hopLimit'),
  bytes(16, 'source'),
  bytes(16, 'destination'),
]);

export const ipv6Extension = header('ipv6Extension', 2, [u8('nextHeader'), u8('length')]);

export const ipv6Fragment = header('ipv6Fragment', 8, [
  u8('nextHeader'),
  u8('reserved'),
  u16('offsetFlags'),
  bits32('identification'),
]);

/** `versionClassFlow`: the flow label. */
export const FLOW_LABEL = 0xfffff;
/** `offsetFlags`: the offset in bytes, as it stands (units of 8 bytes, shifted left by 3). */
export const FRAGMENT_OFFSET_BYTES = 0xfff8;
/** `offsetFlags`: more fragments follow. */
export const MORE_FRAGMENTS_BIT = 0x0001;

/** Next header numbers of extension headers (IANA "Protocol Numbers"). */
export const HOP_BY_HOP = 0;
export const ROUTING = 43;
export const FRAGMENT = 44;
export const ESP = 50;
export const AUTHENTICATION = 51;
export const NO_NEXT = 59;
export const DESTINATION_OPTIONS = 60;
export const MOBILITY = 135;
