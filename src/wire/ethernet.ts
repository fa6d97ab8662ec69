/**
 * Ethernet II and IEEE 802.3, IEEE 802.3-2018 section 3; LLC/SNAP as in RFC 1042.
 *
 *     |                 Destination Address (48 bits)                 :
 *     :               | Source Address (48 bits)                      :
 *     :                               |   EtherType   or   Length     |
 *
 * 14 bytes, big endian; preamble and frame check sequence are not captured. A MAC is read as a pair:
 * its high 16 and its low 32 bits, both small integers. Nothing is rejected. A number below 0x0600
 * in the place of the EtherType is the length of an LLC packet instead; 8 bytes of LLC and SNAP
 * follow where both service access points are 0xaa:
 *
 *     |  DSAP 0xaa    |  SSAP 0xaa    |  Control 0x03 |               :
 *     :    Organisation code (OUI)    |           EtherType           |
 *
 * tshark: eth.dst eth.src eth.type eth.len llc.dsap llc.ssap llc.control llc.oui llc.type
 */
import { bits32, header, u8, u16, u24 } from './layout.ts';

export const ethernet = header('ethernet', 14, [
  u16('destinationHigh'),
  bits32('destinationLow'),
  u16('sourceHigh'),
  bits32('sourceLow'),
  u16('etherType'),
]);

export const llcSnap = header('llcSnap', 8, [u8('dsap'), u8('ssap'), u8('control'), u24('oui'), u16('etherType')]);

/** Smallest number that is an EtherType; below it stands a length. */
export const MINIMUM_ETHERTYPE = 0x0600;

/** EtherTypes (IANA "IEEE 802 numbers"). */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_TRANSPARENT_BRIDGING = 0x6558;
export const ETHERTYPE_RARP = 0x8035;
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_MPLS_UNICAST = 0x8847;
export const ETHERTYPE_MPLS_MULTICAST = 0x8848;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** IEEE 802.1ad service tag. */
export const ETHERTYPE_QINQ = 0x88a8;
/** Service tag of bridges from before IEEE 802.1ad. */
export const ETHERTYPE_QINQ_OLD = 0x9100;
