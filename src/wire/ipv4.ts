/**
 * IPv4, RFC 791 section 3.1.
 *
 *     |Version|  IHL  | DSCP/ECN      |          Total Length         |
 *     |         Identification        |Flags|      Fragment Offset    |
 *     |  Time to Live |    Protocol   |         Header Checksum       |
 *     |                         Source Address                        |
 *     |                      Destination Address                      |
 *     |                    Options (0 to 40 bytes)                    |
 *
 * 20 to 60 bytes, big endian. A header is rejected when its version is not 4, its IHL is below 5, or
 * its total length is below the header length. A total length of 0 with more bytes captured is a
 * segment that the sender's card has still to cut (TSO); the length of the frame counts then.
 *
 * tshark: ip.hdr_len ip.len ip.id ip.flags.mf ip.frag_offset ip.ttl ip.proto ip.checksum ip.src ip.dst
 */
import { bits32, header, u8, u16 } from './layout.ts';

export const ipv4 = header('ipv4', 20, [
  u8('versionIhl'),
  u8('dscpEcn'),
  u16('totalLength'),
  u16('identification'),
  u16('flagsFragmentOffset'),
  u8('timeToLive'),
  u8('protocol'),
  u16('headerChecksum'),
  bits32('source'),
  bits32('destination'),
]);

/** `flagsFragmentOffset`: do not fragment. */
export const DONT_FRAGMENT = 0x4000;
/** `flagsFragmentOffset`: more fragments follow. */
export const MORE_FRAGMENTS = 0x2000;
/** `flagsFragmentOffset`: the offset, in units of 8 bytes. */
export const FRAGMENT_OFFSET = 0x1fff;

/** Protocol numbers (IANA), shared with IPv6's next header. */
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_IPV4 = 4;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_IPV6 = 41;
export const PROTOCOL_GRE = 47;
export const PROTOCOL_ICMPV6 = 58;

/** True for 224.0.0.0/4 and 255.255.255.255. */
export function isMulticastOrBroadcast(address: number): boolean {
  return address >>> 28 === 14 || address === -1;
}
