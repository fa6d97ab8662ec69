/**
 * ICMPv6, RFC 4443, and neighbour discovery, RFC 4861 section 4.
 *
 *     |     Type      |     Code      |           Checksum            |
 *     |          Identifier           |        Sequence Number        |
 *
 * 8 bytes, big endian: echo request and reply. In an error the second word is one number, the MTU in
 * "packet too big", the offset at fault in "parameter problem"; as much of the packet as fits follows.
 * Solicitations and advertisements of a neighbour have 24 bytes, then options:
 *
 *     |     Type      |     Code      |           Checksum            |
 *     |R|S|O|                     Reserved                            |
 *     |                  Target Address (128 bits)                    |
 *     |  Option Type  | Option Length |    Link-Layer Address ...     |
 *
 * An option's length counts units of 8 bytes, its own two included; 0 is rejected (RFC 4861 section 4.6).
 *
 * tshark: icmpv6.type icmpv6.code icmpv6.checksum icmpv6.checksum.status icmpv6.echo.identifier
 * icmpv6.echo.sequence_number icmpv6.mtu icmpv6.nd.ns.target_address icmpv6.nd.na.target_address
 * icmpv6.nd.na.flag.s icmpv6.opt.type icmpv6.opt.linkaddr
 */
import { bits32, bytes, header, u8, u16 } from './layout.ts';

export const icmpv6 = header('icmpv6', 8, [
  u8('type'),
  u8('code'),
  u16('checksum'),
  u16('identifier'),
  u16('sequence'),
]);

export const icmpv6Error = header('icmpv6Error', 8, [u8('type'), u8('code'), u16('checksum'), bits32('parameter')]);

export const neighborMessage = header('neighborMessage', 24, [
  u8('type'),
  u8('code'),
  u16('checksum'),
  bits32('flags'),
  bytes(16, 'target'),
]);

export const neighborOption = header('neighborOption', 2, [u8('type'), u8('length')]);

/** Types. */
export const DESTINATION_UNREACHABLE = 1;
export const PACKET_TOO_BIG = 2;
export const TIME_EXCEEDED = 3;
export const PARAMETER_PROBLEM = 4;
export const ECHO_REQUEST = 128;
export const ECHO_REPLY = 129;
export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOR_SOLICITATION = 135;
export const NEIGHBOR_ADVERTISEMENT = 136;
export const REDIRECT = 137;
/** Multicast listener report, version 2 (RFC 3810). */
export const LISTENER_REPORT_V2 = 143;

/** Code of "destination unreachable": no process at the port. */
export const PORT_UNREACHABLE = 4;

/** `flags` of a neighbour advertisement: the sender is a router. */
export const FLAG_ROUTER = 0x80000000 | 0;
/** `flags` of a neighbour advertisement: it answers a solicitation. */
export const FLAG_SOLICITED = 0x40000000;
/** `flags` of a neighbour advertisement: it replaces what is known. */
export const FLAG_OVERRIDE = 0x20000000;

/** Option types. */
export const SOURCE_LINK_LAYER = 1;
export const TARGET_LINK_LAYER = 2;

/** True for error messages, which quote a packet: types below 128 (RFC 4443 section 2.1). */
export function isError(type: number): boolean {
  return type < 128;
}

/** Options that are looked at in one message; an honest one has one or two. */
const MAXIMUM_OPTIONS = 8;

/**
 * Where the MAC starts in the first option of `type` (source or target link-layer address) between `at` and
 * `end`; -1 when there is none.
 */
export function linkLayerOption(view: DataView, at: number, end: number, type: number): number {
  let option = at;
  for (let i = 0; i < MAXIMUM_OPTIONS && end - option >= 8; i++) {
    const length = neighborOption.length(view, option) << 3;
    if (length === 0) return -1;
    if (neighborOption.type(view, option) === type) return option + neighborOption.size;
    option += length;
  }
  return -1;
}
