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

/**
 * Constants that a glance declares for what is done with the packet, and how they are read: `TUNNEL` of every packet,
 * `INNER` of an echo and of a DNS message, `ECHO` of an echo.
 */
const TUNNEL = {
  vni: vxlan.expression.vni(VXLAN),
  outerSource: ipv4.expression.source(OUTER_IP),
  outerDestination: ipv4.expression.destination(OUTER_IP),
};
const INNER = {
  innerSource: ipv4.expression.source(INNER_IP),
  innerDestination: ipv4.expression.destination(INNER_IP),
};
const ECHO = {
  // identifier << 16 | sequence number
  idSequence: `v.getInt32(a+${TRANSPORT + icmp.at.identifier})`,
  // tells a repeated packet from a new one with the same number
  fingerprint: `${icmp.expression.checksum(TRANSPORT)} | (${ipv4.expression.identification(INNER_IP)} << 16)`,
  hops: `${ipv4.expression.timeToLive(INNER_IP)} | (fragment & ${DONT_FRAGMENT})`,
  // the inner Ethernet header's twelve bytes of MACs, destination first
  macs0: `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh})`,
  macs1: `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh + 4})`,
  macs2: `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh + 8})`,
};

/**
 * What to do with an ordinary packet, as text. In scope are, of every packet, `kind` (an `Ordinary`), `port`,
 * `outerLength` (of the outer IP packet, in bytes) and what `TUNNEL` declares; of an echo also `innerLength` (of the
 * inner IP packet, in bytes) and what `INNER` and `ECHO` declare. A DNS message is no ordinary packet; of it are in scope
 * `isResponse`, `serverPort` and what `TUNNEL` and `INNER` declare.
 */
export interface Use {
  readonly parameters: readonly string[];
  readonly tcp: string;
  readonly echo: string;
  readonly dns: string;
}

function declarations(constants: Readonly<Record<string, string>>): string {
  return Object.entries(constants)
    .map(([name, value]) => `const ${name} = ${value};`)
    .join(' ');
}

/** By ICMP type, and by TCP flags: the `Ordinary` that it makes of a packet. */
const ICMP_ORDINARY = Uint8Array.from(ICMP_KINDS, (kind) =>
  kind === Kind.EchoRequest ? Ordinary.EchoRequest : kind === Kind.EchoReply ? Ordinary.EchoReply : Ordinary.No,
);
const TCP_ORDINARY = Uint8Array.from(TCP_KINDS, (kind) => (kind === Kind.Other ? Ordinary.Tcp : Ordinary.No));

/** Looks at the Ethernet frame from `start` to `end`: if it is an ordinary one, uses it and returns true. */
export type GlanceFunction<Arguments extends unknown[]> = (
  view: DataView,
  start: number,
  end: number,
  ports: PortTable,
  ...rest: Arguments
) => boolean;

/** Puts together the function that looks at a frame and does `use` with it, which takes the parameters of `use` besides. */
export function glanceFunction<Arguments extends unknown[]>(use: Use): GlanceFunction<Arguments> {
  return new Function(
    'icmpOrdinary',
    'tcpOrdinary',
    `return function glance(v, a, end, ports, ${use.parameters.join(', ')}) {
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
    ${declarations(TUNNEL)}
    if (protocol === ${PROTOCOL_ICMP}) {
      const kind = icmpOrdinary[${icmp.expression.type(TRANSPORT)}];
      if (kind === ${Ordinary.No}) return false;
      if (innerLength < ${ipv4.size + icmp.size}) return false;
      if ((v.getUint8(a+${INNER_ETHERNET + ethernet.at.destinationHigh}) & ${GROUP_BIT}) !== 0) return false;
      if (v.getUint8(a+${INNER_IP + ipv4.at.destination}) >= ${FIRST_GROUP}) return false;
      ${declarations(INNER)}
      ${declarations(ECHO)}
      ${use.echo}
      return true;
    }
    if (protocol === ${PROTOCOL_UDP} && innerLength >= ${ipv4.size + udp.size}) {
      const isResponse = ports[${udp.expression.sourcePort(TRANSPORT)}] === ${PortUse.Dns};
      const serverPort = isResponse ? ${udp.expression.sourcePort(TRANSPORT)} : ${udp.expression.destinationPort(TRANSPORT)};
      if (ports[serverPort] !== ${PortUse.Dns}) return false;
      ${declarations(INNER)}
      ${use.dns}
      return false;
    }
    if (protocol !== ${PROTOCOL_TCP} || innerLength < ${ipv4.size + tcp.size}) return false;
    const kind = tcpOrdinary[${tcp.expression.flags(TRANSPORT)}];
    if (kind === ${Ordinary.No}) return false;
    ${use.tcp}
    return true;
  }`,
  )(ICMP_ORDINARY, TCP_ORDINARY);
}

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
