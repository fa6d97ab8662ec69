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
import { Kind } from './packet.ts';
import { type PortTable, PortUse } from './ports.ts';

/** The fields of an ordinary packet. All are small integers. */
export class Glance {
  /** `EchoRequest` or `EchoReply` to a single host, or `Other`: TCP that neither opens nor refuses a connection. */
  kind: Kind = Kind.Other;
  vni = 0;
  port = 0;
  outerSource = 0;
  outerDestination = 0;
  /** Length of the outer IP packet in bytes. */
  outerLength = 0;

  // of an echo only: the inner Ethernet header's twelve bytes of MACs, destination first
  macs0 = 0;
  macs1 = 0;
  macs2 = 0;
  source = 0;
  destination = 0;
  timeToLive = 0;
  /** `DONT_FRAGMENT` or 0. */
  dontFragment = 0;
  /** Length of the inner IP packet in bytes. */
  size = 0;
  identification = 0;
  checksum = 0;
  /** Identifier << 16 | sequence number. */
  idSequence = 0;
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

/** Assignments of an echo's fields; a name that is no field does not compile. */
const ECHO: { readonly [Field in keyof Glance]?: string } = {
  macs0: `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh})`,
  macs1: `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh + 4})`,
  macs2: `v.getInt32(a+${INNER_ETHERNET + ethernet.at.destinationHigh + 8})`,
  source: ipv4.expression.source(INNER_IP),
  destination: ipv4.expression.destination(INNER_IP),
  timeToLive: ipv4.expression.timeToLive(INNER_IP),
  dontFragment: `fragment & ${DONT_FRAGMENT}`,
  size: 'innerLength',
  identification: ipv4.expression.identification(INNER_IP),
  checksum: icmp.expression.checksum(TRANSPORT),
  idSequence: `v.getInt32(a+${TRANSPORT + icmp.at.identifier})`,
};

const TUNNEL: { readonly [Field in keyof Glance]?: string } = {
  kind: 'kind',
  vni: vxlan.expression.vni(VXLAN),
  port: 'port',
  outerSource: ipv4.expression.source(OUTER_IP),
  outerDestination: ipv4.expression.destination(OUTER_IP),
  outerLength: 'outerLength',
};

function assignments(fields: { readonly [Field in keyof Glance]?: string }): string {
  return Object.entries(fields)
    .map(([field, value]) => `g.${field} = ${value};`)
    .join(' ');
}

const compile = new Function(
  'icmpKinds',
  'tcpKinds',
  `return function glance(v, a, end, ports, g) {
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
    let kind = ${Kind.Other};
    if (protocol === ${PROTOCOL_ICMP}) {
      kind = icmpKinds[${icmp.expression.type(TRANSPORT)}];
      if (kind !== ${Kind.EchoRequest} && kind !== ${Kind.EchoReply}) return false;
      if (innerLength < ${ipv4.size + icmp.size}) return false;
      if ((v.getUint8(a+${INNER_ETHERNET + ethernet.at.destinationHigh}) & ${GROUP_BIT}) !== 0) return false;
      if (v.getUint8(a+${INNER_IP + ipv4.at.destination}) >= ${FIRST_GROUP}) return false;
      ${assignments(ECHO)}
    } else if (protocol === ${PROTOCOL_TCP}) {
      if (innerLength < ${ipv4.size + tcp.size}) return false;
      if (tcpKinds[${tcp.expression.flags(TRANSPORT)}] !== ${Kind.Other}) return false;
    } else return false;
    ${assignments(TUNNEL)}
    return true;
  }`,
) as (
  icmpKinds: Uint8Array,
  tcpKinds: Uint8Array,
) => (view: DataView, start: number, end: number, ports: PortTable, glance: Glance) => boolean;

/**
 * Reads the Ethernet frame from `start` to `end` into `glance` if it is an ordinary one. Otherwise returns
 * false, and what `glance` holds means nothing.
 */
export const glance = compile(ICMP_KINDS, TCP_KINDS);
