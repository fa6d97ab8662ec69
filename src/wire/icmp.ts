/**
 * ICMP, RFC 792.
 *
 *     |     Type      |     Code      |           Checksum            |
 *     |          Identifier           |        Sequence Number        |
 *
 * 8 bytes, big endian. The second word belongs to echo and echo reply; in an error it is unused,
 * except for the MTU of the next hop in "fragmentation needed" (RFC 1191 section 4), and the packet
 * that the error is about follows:
 *
 *     |            unused             |         Next-Hop MTU          |
 *
 * Nothing is rejected but a header that is not all there.
 *
 * tshark: icmp.type icmp.code icmp.checksum icmp.checksum.status icmp.ident icmp.seq icmp.mtu
 */
import { header, u8, u16 } from './layout.ts';

export const icmp = header('icmp', 8, [u8('type'), u8('code'), u16('checksum'), u16('identifier'), u16('sequence')]);

export const icmpError = header('icmpError', 8, [
  u8('type'),
  u8('code'),
  u16('checksum'),
  u16('unused'),
  u16('nextHopMtu'),
]);

/** Types. */
export const ECHO_REPLY = 0;
export const DESTINATION_UNREACHABLE = 3;
export const SOURCE_QUENCH = 4;
export const REDIRECT = 5;
export const ECHO_REQUEST = 8;
export const TIME_EXCEEDED = 11;
export const PARAMETER_PROBLEM = 12;

/** Codes of "destination unreachable" (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1). */
export const NET_UNREACHABLE = 0;
export const HOST_UNREACHABLE = 1;
export const PROTOCOL_UNREACHABLE = 2;
export const PORT_UNREACHABLE = 3;
export const FRAGMENTATION_NEEDED = 4;
export const NET_PROHIBITED = 9;
export const HOST_PROHIBITED = 10;
export const COMMUNICATION_PROHIBITED = 13;

/** True for the types that quote the packet they are about (RFC 1122 section 3.2.2). */
export function isError(type: number): boolean {
  switch (type) {
    case DESTINATION_UNREACHABLE:
    case SOURCE_QUENCH:
    case REDIRECT:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
      return true;
    default:
      return false;
  }
}
