/**
 * GRE, RFC 2784 section 2 with key and sequence number of RFC 2890, routing of RFC 1701;
 * ERSPAN, draft-foschiano-erspan.
 *
 *     |C|R|K|S|s|Recur| Flags   | Ver |         Protocol Type         |
 *     |      Checksum (if C or R)     |       Offset (if C or R)      |
 *     |                       Key (if K)                              |
 *     |                  Sequence Number (if S)                       |
 *
 * 4 to 16 bytes, big endian. A version other than 0 (PPTP has 1) is not decoded, nor is source routing.
 * ERSPAN puts a header of its own between GRE and the mirrored Ethernet frame: none in type I (no
 * sequence number), 8 bytes in type II, 12 or 20 in type III.
 *
 * tshark: gre.flags_and_version gre.proto gre.checksum gre.key gre.sequence_number erspan.version erspan.spanid
 */
import { header, u16 } from './layout.ts';

export const gre = header('gre', 4, [u16('flagsVersion'), u16('protocolType')]);

/** Bits of `flagsVersion`. */
export const CHECKSUM = 0x8000;
export const ROUTING = 0x4000;
export const KEY = 0x2000;
export const SEQUENCE = 0x1000;
export const VERSION = 0x0007;

/** Protocol types of ERSPAN: types I and II, type III. */
export const ERSPAN_TYPE_II = 0x88be;
export const ERSPAN_TYPE_III = 0x22eb;

const ERSPAN_TYPE_II_SIZE = 8;
const ERSPAN_TYPE_III_SIZE = 12;
const ERSPAN_SUBHEADER_SIZE = 8;
/** Last byte of the type III header: a platform specific subheader follows. */
const ERSPAN_SUBHEADER_FOLLOWS = 0x01;

/** Bytes of a GRE header with these flags, without the routing entries that RFC 1701 would append. */
export function greHeaderLength(flagsVersion: number): number {
  let length = gre.size;
  if ((flagsVersion & (CHECKSUM | ROUTING)) !== 0) length += 4;
  if ((flagsVersion & KEY) !== 0) length += 4;
  if ((flagsVersion & SEQUENCE) !== 0) length += 4;
  return length;
}

/** The key of the GRE header at `at`, whose flags say that it has one. */
export function greKey(view: DataView, at: number): number {
  const behindChecksum = (gre.flagsVersion(view, at) & (CHECKSUM | ROUTING)) !== 0 ? 4 : 0;
  return view.getUint32(at + gre.size + behindChecksum);
}

/**
 * Bytes of the ERSPAN header at `at`, in front of the mirrored frame. What lies at or behind `end` is not read:
 * the length may then reach past `end`, and the caller has to check it.
 */
export function erspanHeaderLength(
  view: DataView,
  flagsVersion: number,
  protocolType: number,
  at: number,
  end: number,
): number {
  if (protocolType === ERSPAN_TYPE_II) return (flagsVersion & SEQUENCE) === 0 ? 0 : ERSPAN_TYPE_II_SIZE;
  if (end - at < ERSPAN_TYPE_III_SIZE) return ERSPAN_TYPE_III_SIZE;
  const flags = view.getUint8(at + ERSPAN_TYPE_III_SIZE - 1);
  return (flags & ERSPAN_SUBHEADER_FOLLOWS) === 0 ? ERSPAN_TYPE_III_SIZE : ERSPAN_TYPE_III_SIZE + ERSPAN_SUBHEADER_SIZE;
}
