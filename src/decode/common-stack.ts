/**
 * The stack that most frames of an overlay have, decoded in one go: Ethernet, IPv4, UDP, VXLAN,
 * Ethernet, IPv4, and ICMP, TCP or DNS over UDP. No tag, no option, no fragment, nothing cut short.
 *
 * Every field of such a frame lies at a fixed distance from its start. The function is put together
 * from the header declarations when the module loads, so that each distance is a literal in it; it
 * decides as the step-by-step decoder in `frame.ts` does, and leaves to that what it does not expect.
 */
import { dns, QUERY_RESPONSE } from '../wire/dns.ts';
import { ETHERTYPE_IPV4, ethernet } from '../wire/ethernet.ts';
import { icmp } from '../wire/icmp.ts';
import { FRAGMENT_OFFSET, ipv4, MORE_FRAGMENTS, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.ts';
import { tcp } from '../wire/tcp.ts';
import { udp } from '../wire/udp.ts';
import { FLAG_VNI, vxlan } from '../wire/vxlan.ts';
import { ICMP_KINDS, TCP_KINDS } from './kinds.ts';
import { Kind, Layer, Outcome, type Packet, Tunnel } from './packet.ts';
import { type PortTable, PortUse } from './ports.ts';

/** Where each header starts, behind the start of the frame. */
const OUTER_IP = ethernet.size;
const OUTER_UDP = OUTER_IP + ipv4.size;
const VXLAN = OUTER_UDP + udp.size;
const INNER_ETHERNET = VXLAN + vxlan.size;
const INNER_IP = INNER_ETHERNET + ethernet.size;
const TRANSPORT = INNER_IP + ipv4.size;
const DNS = TRANSPORT + udp.size;

/** Version 4 and a header of five words. */
const PLAIN_IPV4 = 0x45;

const STACK = [
  [Layer.Ethernet, 0],
  [Layer.Ipv4, OUTER_IP],
  [Layer.Udp, OUTER_UDP],
  [Layer.Vxlan, VXLAN],
  [Layer.Ethernet, INNER_ETHERNET],
  [Layer.Ipv4, INNER_IP],
];

/** What the fields of the record become; a name that is no field does not compile. */
const RECORD: { readonly [Field in keyof Packet]?: number | string } = {
  outcome: Outcome.Complete,
  start: 'a',
  end: 'end',
  packetType: -1,
  interfaceIndex: 0,
  tunnel: Tunnel.Vxlan,
  tunnelDepth: 1,
  vni: vxlan.expression.vni(VXLAN),
  tunnelAt: `a+${VXLAN}`,
  tunnelUdpAt: `a+${OUTER_UDP}`,
  tunnelIpAt: `a+${OUTER_IP}`,
  tunnelIpVersion: 4,
  tunnelPort: 'port',
  tunnelDatagramEnd: 'outerEnd',
  ethernetAt: `a+${INNER_ETHERNET}`,
  vlan: -1,
  ipAt: `a+${INNER_IP}`,
  ipVersion: 4,
  protocol: 'protocol',
  transportAt: `a+${TRANSPORT}`,
  payloadEnd: `a+${INNER_IP}+innerLength`,
  whole: 'true',
  firstFragment: 'false',
  outerFragment: 'false',
  kind: 'kind',
};

/** Statements that return false unless an IPv4 header of 20 bytes, whole and no fragment, starts at `at`. */
function plainIpv4(at: number): string {
  return `
    if (${ipv4.expression.versionIhl(at)} !== ${PLAIN_IPV4}) return false;
    if ((${ipv4.expression.flagsFragmentOffset(at)} & ${MORE_FRAGMENTS | FRAGMENT_OFFSET}) !== 0) return false;`;
}

const compile = new Function(
  'icmpKinds',
  'tcpKinds',
  `return function decodeCommonStack(v, a, end, ports, p) {
    if (end - a < ${TRANSPORT + icmp.size}) return false;
    if (${ethernet.expression.etherType(0)} !== ${ETHERTYPE_IPV4}) return false;
    ${plainIpv4(OUTER_IP)}
    if (${ipv4.expression.protocol(OUTER_IP)} !== ${PROTOCOL_UDP}) return false;
    const outerLength = ${ipv4.expression.totalLength(OUTER_IP)};
    const outerEnd = a + ${OUTER_IP} + outerLength;
    if (outerEnd > end || ${udp.expression.length(OUTER_UDP)} + ${ipv4.size} !== outerLength) return false;
    const port = ${udp.expression.destinationPort(OUTER_UDP)};
    if (ports[port] !== ${PortUse.Vxlan} || (${vxlan.expression.flags(VXLAN)} & ${FLAG_VNI}) === 0) return false;
    if (${ethernet.expression.etherType(INNER_ETHERNET)} !== ${ETHERTYPE_IPV4}) return false;
    ${plainIpv4(INNER_IP)}
    const innerLength = ${ipv4.expression.totalLength(INNER_IP)};
    if (innerLength > outerLength - ${INNER_IP - OUTER_IP}) return false;
    const protocol = ${ipv4.expression.protocol(INNER_IP)};
    let kind = ${Kind.Other};
    let layers = ${STACK.length + 1};
    let layer = ${Layer.Icmp};
    if (protocol === ${PROTOCOL_ICMP}) {
      if (innerLength < ${ipv4.size + icmp.size}) return false;
      kind = icmpKinds[${icmp.expression.type(TRANSPORT)}];
    } else if (protocol === ${PROTOCOL_TCP}) {
      if (innerLength < ${ipv4.size + tcp.size}) return false;
      kind = tcpKinds[${tcp.expression.flags(TRANSPORT)}];
      layer = ${Layer.Tcp};
    } else if (protocol === ${PROTOCOL_UDP}) {
      if (innerLength < ${ipv4.size + udp.size + dns.size}) return false;
      if (${udp.expression.length(TRANSPORT)} + ${ipv4.size} !== innerLength) return false;
      const use = ports[${udp.expression.destinationPort(TRANSPORT)}];
      if (use !== ${PortUse.Dns}) {
        if (use !== ${PortUse.Unknown}) return false;
        if (ports[${udp.expression.sourcePort(TRANSPORT)}] !== ${PortUse.Dns}) return false;
      }
      kind = (${dns.expression.flags(DNS)} & ${QUERY_RESPONSE}) !== 0 ? ${Kind.DnsResponse} : ${Kind.DnsQuery};
      layer = ${Layer.Udp};
      layers = ${STACK.length + 2};
      p.layerKind[${STACK.length + 1}] = ${Layer.Dns};
      p.layerAt[${STACK.length + 1}] = a + ${DNS};
    } else return false;
    const kinds = p.layerKind;
    const starts = p.layerAt;
    ${STACK.map(([layer, at], i) => `kinds[${i}] = ${layer}; starts[${i}] = a + ${at};`).join('\n')}
    kinds[${STACK.length}] = layer;
    starts[${STACK.length}] = a + ${TRANSPORT};
    p.layerCount = layers;
    ${Object.entries(RECORD)
      .map(([field, value]) => `p.${field} = ${value};`)
      .join('\n')}
    return true;
  }`,
) as (
  icmpKinds: Uint8Array,
  tcpKinds: Uint8Array,
) => (view: DataView, start: number, end: number, ports: PortTable, packet: Packet) => boolean;

/**
 * Decodes the Ethernet frame from `start` to `end` if it has the common stack; otherwise returns false
 * and may have written `layerKind` and `layerAt`, nothing else.
 */
export const decodeCommonStack = compile(ICMP_KINDS, TCP_KINDS);
