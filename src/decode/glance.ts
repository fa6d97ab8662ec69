/**
 * What an ordinary packet of an overlay is, at one look.
 *
 * Most frames of an overlay are alike: Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4, and an echo or the
 * middle of a TCP connection; no tag, no option, no fragment, nothing cut short. In such a frame every
 * field lies at a fixed distance from its start. The function that reads them is put together from the
 * header declarations when the module loads, so that each distance is a literal in it. It takes a
 * fifth of the time that `decodeFrame` takes; a frame that has anything else to it is left to that.
 */
import { ETHERTYPE_IPV4, ethernet } from '../wire/ethernet.ts';
import { icmp } from '../wire/icmp.ts';
import {
  DONT_FRAGMENT,
  FRAGMENT_OFFSET,
  ipv4,
  MORE_FRAGMENTS,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.ts';
import { tcp } from '../wire/tcp.ts';
import { udp } from '../wire/udp.ts';
import { FLAG_VNI, vxlan } from '../wire/vxlan.ts';
import { ICMP_KINDS, TCP_KINDS } from './kinds.ts';
import { Kind, type Packet } from './packet.ts';
import { type PortTable, PortUse } from './ports.ts';

/** What an ordinary packet is. */
export enum Ordinary {
  /** It is none. */
  No,
  EchoRequest,
  EchoReply,
  /** TCP that neither opens nor refuses a connection. */
  Tcp,
}

/** What a glance tells of an ordinary packet, by position: one word each. */
export enum Glance {
  /** An `Ordinary`; echoes are to a single host. */
  Kind,
  Vni,
  Port,
  OuterSource,
  OuterDestination,
  /** Length of the outer IP packet in bytes. */
  OuterLength,

  // of an echo only
  InnerSource,
  InnerDestination,
  /** Identifier << 16 | sequence number. */
  IdSequence,
  /** Checksum of the message, and the packet's identification << 16: tells a repeated packet from a new one with the same number. */
  Fingerprint,
  /** Length of the inner IP packet in bytes. */
  Size,
  /** Time to live, and `DONT_FRAGMENT` where it is set. */
  Hops,
  /** The inner Ethernet header's twelve bytes of MACs, destination first, in three words. */
  Macs,
}

/** Words that a glance may write. */
export const GLANCE_WORDS = 15;

/** Where each header starts, behind the start of the frame. */
const OUTER_IP = ethernet.size;
const OUTER_UDP = OUTER_IP + ipv4.size;
const VXLAN = OUTER_UDP + udp.size;
const INNER_ETHERNET = VXLAN + vxlan.size;
const INNER_IP = INNER_ETHERNET + ethernet.size;
const TRANSPORT = INNER_IP + ipv4.size;

/** Version 4 and a header of five words. */
const PLAIN_IPV4 = 0x45;
/** In the first byte of a MAC: more than one station. In the first byte of an IPv4 address, from here on: not a single host. */
const GROUP_BIT = 1;
const FIRST_GROUP = 224;

type Words = readonly (readonly [position: number, value: string])[];

const ECHO: Words = [
  [Glance.InnerSource, ipv4.expression.source(INNER_IP)],
  [Glance.InnerDestination, ipv4.expression.destination(INNER_IP)],
  [Glance.IdSequence, `v.getInt32(a+${TRANSPORT + icmp.at.identifier})`],
  [Glance.Fingerprint, `${icmp.expression.checksum(TRANSPORT)} | (${ipv4.expression.identification(INNER_IP)} << 16)`],
  [Glance.Size, 'innerLength'],
  [Glance.Hops, `${ipv4.expression.timeToLive(INNER_IP)} | (fragment & ${DONT_FRAGMENT})`],
  [Glance.Macs, `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh})`],
  [Glance.Macs + 1, `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh + 4})`],
  [Glance.Macs + 2, `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh + 8})`],
];

const TUNNEL: Words = [
  [Glance.Kind, 'kind'],
  [Glance.Vni, vxlan.expression.vni(VXLAN)],
  [Glance.Port, 'port'],
  [Glance.OuterSource, ipv4.expression.source(OUTER_IP)],
  [Glance.OuterDestination, ipv4.expression.destination(OUTER_IP)],
  [Glance.OuterLength, 'outerLength'],
];

function assignments(words: Words): string {
  return words.map(([position, value]) => `told[${position}] = ${value};`).join(' ');
}

/** By ICMP type, and by TCP flags: the `Ordinary` that it makes of a packet. */
const ICMP_ORDINARY = Uint8Array.from(ICMP_KINDS, (kind) =>
  kind === Kind.EchoRequest ? Ordinary.EchoRequest : kind === Kind.EchoReply ? Ordinary.EchoReply : Ordinary.No,
);
const TCP_ORDINARY = Uint8Array.from(TCP_KINDS, (kind) => (kind === Kind.Other ? Ordinary.Tcp : Ordinary.No));

const compile = new Function(
  'icmpOrdinary',
  'tcpOrdinary',
  `return function glance(v, a, end, ports, told) {
    if (end - a < ${TRANSPORT + icmp.size}) return false;
    if (${ethernet.expression.etherType(0)} !== ${ETHERTYPE_IPV4}) return false;
    if (${ipv4.expression.versionIhl(OUTER_IP)} !== ${PLAIN_IPV4}) return false;
    if ((${ipv4.expression.flagsFragmentOffset(OUTER_IP)} & ${MORE_FRAGMENTS | FRAGMENT_OFFSET}) !== 0) return false;
    if (${ipv4.expression.protocol(OUTER_IP)} !== ${PROTOCOL_UDP}) return false;
    const outerLength = ${ipv4.expression.totalLength(OUTER_IP)};
    if (a + ${OUTER_IP} + outerLength > end) return false;
    if (${udp.expression.length(OUTER_UDP)} + ${ipv4.size} !== outerLength) return false;
    const port = ${udp.expression.destinationPort(OUTER_UDP)};
    if (ports[port] !== ${PortUse.Vxlan} || ${vxlan.expression.flags(VXLAN)} !== ${FLAG_VNI}) return false;
    if (${vxlan.expression.reserved1(VXLAN)} !== 0 || ${vxlan.expression.reserved2(VXLAN)} !== 0) return false;
    if (${ethernet.expression.etherType(INNER_ETHERNET)} !== ${ETHERTYPE_IPV4}) return false;
    if (${ipv4.expression.versionIhl(INNER_IP)} !== ${PLAIN_IPV4}) return false;
    const fragment = ${ipv4.expression.flagsFragmentOffset(INNER_IP)};
    if ((fragment & ${MORE_FRAGMENTS | FRAGMENT_OFFSET}) !== 0) return false;
    const innerLength = ${ipv4.expression.totalLength(INNER_IP)};
    if (innerLength > outerLength - ${INNER_IP - OUTER_IP}) return false;
    const protocol = ${ipv4.expression.protocol(INNER_IP)};
    let kind = ${Ordinary.No};
    if (protocol === ${PROTOCOL_ICMP}) {
      kind = icmpOrdinary[${icmp.expression.type(TRANSPORT)}];
      if (kind === ${Ordinary.No}) return false;
      if (innerLength < ${ipv4.size + icmp.size}) return false;
      if ((v.getUint8(a+${INNER_ETHERNET + ethernet.at.destinationHigh}) & ${GROUP_BIT}) !== 0) return false;
      if (v.getUint8(a+${INNER_IP + ipv4.at.destination}) >= ${FIRST_GROUP}) return false;
      ${assignments(ECHO)}
    } else if (protocol === ${PROTOCOL_TCP}) {
      if (innerLength < ${ipv4.size + tcp.size}) return false;
      kind = tcpOrdinary[${tcp.expression.flags(TRANSPORT)}];
      if (kind === ${Ordinary.No}) return false;
    } else return false;
    ${assignments(TUNNEL)}
    return true;
  }`,
) as (
  icmpOrdinary: Uint8Array,
  tcpOrdinary: Uint8Array,
) => (view: DataView, start: number, end: number, ports: PortTable, told: Int32Array) => boolean;

/**
 * Writes to `told` what the Ethernet frame from `start` to `end` is, if it is an ordinary one. Otherwise returns
 * false, and what `told` holds means nothing.
 */
export const glance = compile(ICMP_ORDINARY, TCP_ORDINARY);

/**
 * Says in `packet` where the headers lie of an ordinary frame that starts at `start`: an outer IP packet of
 * `outerLength` bytes, and in it an inner one with ICMP, of `size` bytes.
 */
export function locate(packet: Packet, start: number, outerLength: number, size: number): void {
  packet.start = start;
  packet.end = start + OUTER_IP + outerLength;
  packet.tunnelIpAt = start + OUTER_IP;
  packet.tunnelIpVersion = 4;
  packet.tunnelUdpAt = start + OUTER_UDP;
  packet.tunnelDatagramEnd = packet.end;
  packet.outerFragment = false;
  packet.ipAt = start + INNER_IP;
  packet.ipVersion = 4;
  packet.protocol = PROTOCOL_ICMP;
  packet.transportAt = start + TRANSPORT;
  packet.payloadEnd = start + INNER_IP + size;
  packet.whole = true;
}
