/**
 * What the kernel is told of the rest of the program: headers, constants and the positions of fields in its tables.
 *
 * The kernel is compiled by another compiler, which sees this file as declarations made from these values: a number as
 * a constant, an enum as an enum, a header as a namespace with its size, a reader for each of its fields, and their offsets.
 */
export { Ordinary } from '../decode/ordinary.ts';
export { Tunnel } from '../decode/packet.ts';
export { PortUse } from '../decode/ports.ts';
export { AHEAD, ANSWER_WORDS, Answer } from '../flow/answers.ts';
export { VERIFIED_FIRST, VERIFIED_SHARE } from '../flow/checksum-audit.ts';
export { CLAIM_FIELDS, ClaimField, ClaimSource } from '../flow/claim-table.ts';
export { BareDigest, Digest, ROW_WORDS, TcpDigest, VXLAN_OVER_IPV4 } from '../flow/digest.ts';
export { ROUND } from '../flow/echo-observer.ts';
export { BLOCK, BLOCK_WORDS, Double, FlowFlag, LINE_WORDS, PROTOCOL_BITS, Word } from '../flow/flow-table.ts';
export { FACTOR_1, FACTOR_2, FACTOR_3, FACTOR_4, FACTOR_5, FINISH_FACTOR } from '../flow/hash.ts';
export { REPLY_SALT, REQUEST_SALT, VNI_FACTOR } from '../flow/identity.ts';
export { KEY_WORDS } from '../flow/key-table.ts';
export { LINK_CHANGE_WORDS, LinkField, MAXIMUM_LINK_CHANGES, MOST_LINK_CHANGES } from '../flow/link-changes.ts';
export { REPEAT_NANOSECONDS } from '../flow/neighbor-observer.ts';
export { Protocol } from '../flow/observations.ts';
export { RECENT_SLOTS } from '../flow/recent.ts';
export {
  DIGITS_SHIFT,
  EXPONENT_OF_ONE,
  EXPONENT_SHIFT,
  FOURTH_QUARTER,
  MAXIMUM_ROWS,
  NEWEST,
  PER_OCTAVE,
  ROW,
  SECOND_QUARTER,
  THIRD_QUARTER,
} from '../flow/round-trips.ts';
export { KeySet, KNOWN_CHANNELS, MAXIMUM_PAGES, STATE_AT, State, Total, WINDOW } from '../flow/state.ts';
export { MAXIMUM_POINTS, POINT_WORDS, Point } from '../flow/trajectory.ts';
export { TUNNEL_FIELDS, TunnelField } from '../flow/tunnel-table.ts';
export { EXCHANGE_WORDS, ExchangeField, ExchangeState, SIZE_SHIFT, STATE_OF_EXCHANGE } from '../flow/waiting-table.ts';
export { WAY_FACTOR } from '../flow/way.ts';
export { ARP_REPLY, ARP_REQUEST, arp } from '../wire/arp.ts';
export { RIGHT_SUM } from '../wire/checksum.ts';
export { dns, QUERY_RESPONSE } from '../wire/dns.ts';
export { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_VLAN, ethernet } from '../wire/ethernet.ts';
export { ECHO_REPLY, ECHO_REQUEST, icmp } from '../wire/icmp.ts';
export {
  DONT_FRAGMENT,
  FRAGMENT_OFFSET,
  ipv4,
  MORE_FRAGMENTS,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.ts';
export { ipv6 } from '../wire/ipv6.ts';
export { RST, SYN, tcp } from '../wire/tcp.ts';
export { udp } from '../wire/udp.ts';
export { vlan } from '../wire/vlan.ts';
export { FLAG_VNI, vxlan } from '../wire/vxlan.ts';
