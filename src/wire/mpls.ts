/**
 * MPLS label stack entry, RFC 3032 section 2.1.
 *
 *     |                Label                  | TC  |S|      TTL      |
 *
 * 4 bytes, big endian; entries follow one another up to the one with the S bit. Nothing is rejected.
 *
 * tshark: mpls.label mpls.exp mpls.bottom mpls.ttl
 */
import { header, u8, u24 } from './layout.ts';

export const mpls = header('mpls', 4, [u24('labelExpBottom'), u8('timeToLive')]);

/** `labelExpBottom`: this is the last entry of the stack. */
export const BOTTOM_OF_STACK = 0x000001;
/** `labelExpBottom`: right shift that leaves the label. */
export const LABEL_SHIFT = 4;
