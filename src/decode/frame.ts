/**
 * Decodes one frame into a reused `Packet`: link layer, IP, tunnel, and inside it the same again.
 *
 * Every function is given the bytes from `at` up to `end`, which the enclosing layer has already cut
 * to its own length, and checks that its header is all there before it reads it. Nothing throws and
 * nothing allocates; what is wrong with a packet is noted in the packet, and decoding goes on as far
 * as the bytes allow.
 *
 * The layers that carry others are all in this file, because they call one another in a circle: a tunnel holds
 * an Ethernet frame, which may hold a tunnel.
 */
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS_MULTICAST,
  ETHERTYPE_MPLS_UNICAST,
  ETHERTYPE_QINQ,
  ETHERTYPE_QINQ_OLD,
  ETHERTYPE_TRANSPARENT_BRIDGING,
  ETHERTYPE_VLAN,
  ethernet,
  llcSnap,
  MINIMUM_ETHERTYPE,
} from '../wire/ethernet.ts';
import { geneve } from '../wire/geneve.ts';
import { ERSPAN_TYPE_II, ERSPAN_TYPE_III, erspanHeaderLength, gre, greHeaderLength } from '../wire/gre.ts';
import {
  FRAGMENT_OFFSET,
  ipv4,
  MORE_FRAGMENTS,
  PROTOCOL_GRE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_IPV4,
  PROTOCOL_IPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.ts';
import * as extension from '../wire/ipv6.ts';
import { ipv6, ipv6Extension, ipv6Fragment } from '../wire/ipv6.ts';
import * as link from '../wire/link-type.ts';
import { BOTTOM_OF_STACK, mpls } from '../wire/mpls.ts';
import { sll } from '../wire/sll.ts';
import { sll2 } from '../wire/sll2.ts';
import { udp } from '../wire/udp.ts';
import { vlan } from '../wire/vlan.ts';
import * as gpe from '../wire/vxlan.ts';
import { FLAG_VNI, vxlan } from '../wire/vxlan.ts';
import { isUnmistakablyVxlan } from './heuristic.ts';
import { decodeArp, decodeDns, decodeIcmp, decodeIcmpv6, decodeTcp } from './innermost.ts';
import { Kind, Layer, note, Outcome, type Packet, push, reset, resetInnermost, short, Tunnel } from './packet.ts';
import { type PortTable, PortUse } from './ports.ts';

let ports: PortTable = new Uint8Array(65536);

/**
 * Decodes the frame at `start` of `view`, of which `captured` bytes are there and `original` were on the wire.
 * `portUse` says which UDP ports carry tunnels (see `portTable`).
 */
export function decodeFrame(
  view: DataView,
  start: number,
  captured: number,
  original: number,
  linkType: number,
  portUse: PortTable,
  packet: Packet,
): void {
  const end = start + captured;
  reset(packet, start, end, original);
  ports = portUse;
  switch (linkType) {
    case link.LINKTYPE_ETHERNET:
      return decodeEthernet(view, start, end, packet);
    case link.LINKTYPE_LINUX_SLL:
      return decodeLinuxCooked(view, start, end, packet);
    case link.LINKTYPE_LINUX_SLL2:
      return decodeLinuxCookedV2(view, start, end, packet);
    case link.LINKTYPE_RAW:
    case link.LINKTYPE_RAW_BSD:
    case link.LINKTYPE_RAW_OPENBSD:
    case link.LINKTYPE_IPV4:
    case link.LINKTYPE_IPV6:
      return decodeIp(view, start, end, packet);
    case link.LINKTYPE_NULL:
    case link.LINKTYPE_LOOP:
      return decodeLoopback(view, start, end, packet);
    default:
      note(packet, Outcome.Unsupported, 0, start, 0, captured);
  }
}

/** Decodes the IP packet that an ICMP error quotes: cut short as a rule. */
export function decodeQuoted(view: DataView, start: number, end: number, portUse: PortTable, packet: Packet): void {
  reset(packet, start, end, end - start);
  packet.isCut = true;
  ports = portUse;
  decodeIp(view, start, end, packet);
}

/** True when frames of this link type are decoded. */
export function isSupportedLinkType(linkType: number): boolean {
  switch (linkType) {
    case link.LINKTYPE_ETHERNET:
    case link.LINKTYPE_LINUX_SLL:
    case link.LINKTYPE_LINUX_SLL2:
    case link.LINKTYPE_RAW:
    case link.LINKTYPE_RAW_BSD:
    case link.LINKTYPE_RAW_OPENBSD:
    case link.LINKTYPE_IPV4:
    case link.LINKTYPE_IPV6:
    case link.LINKTYPE_NULL:
    case link.LINKTYPE_LOOP:
      return true;
    default:
      return false;
  }
}

function decodeEthernet(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < ethernet.size) return short(packet, Layer.Ethernet, at, ethernet.size, end - at);
  if (!push(packet, Layer.Ethernet, at)) return;
  packet.ethernetAt = at;
  decodeEtherType(view, ethernet.etherType(view, at), at + ethernet.size, end, packet);
}

function decodeEtherType(view: DataView, etherType: number, at: number, end: number, packet: Packet): void {
  switch (etherType) {
    case ETHERTYPE_IPV4:
      return decodeIpv4(view, at, end, packet);
    case ETHERTYPE_IPV6:
      return decodeIpv6(view, at, end, packet);
    case ETHERTYPE_ARP:
      return decodeArp(view, at, end, packet);
    case ETHERTYPE_VLAN:
    case ETHERTYPE_QINQ:
    case ETHERTYPE_QINQ_OLD:
      return decodeVlan(view, at, end, packet);
    case ETHERTYPE_MPLS_UNICAST:
    case ETHERTYPE_MPLS_MULTICAST:
      return decodeMpls(view, at, end, packet);
    case ETHERTYPE_TRANSPARENT_BRIDGING:
      return decodeEthernet(view, at, end, packet);
    default:
      if (etherType < MINIMUM_ETHERTYPE) return decodeLlc(view, at, end, packet);
      note(packet, Outcome.Unsupported, 0, at, 0, end - at);
  }
}

/** IEEE 802.3 with an LLC/SNAP header that names an EtherType (RFC 1042); other LLC is not decoded. */
function decodeLlc(view: DataView, at: number, end: number, packet: Packet): void {
  const available = end - at;
  if (available < llcSnap.size && (available === 0 || llcSnap.dsap(view, at) === 0xaa)) {
    return short(packet, Layer.Ethernet, at, llcSnap.size, available);
  }
  const isSnap = available >= llcSnap.size && llcSnap.dsap(view, at) === 0xaa && llcSnap.oui(view, at) === 0;
  const etherType = isSnap ? llcSnap.etherType(view, at) : 0;
  if (etherType < MINIMUM_ETHERTYPE) return note(packet, Outcome.Unsupported, 0, at, 0, available);
  decodeEtherType(view, etherType, at + llcSnap.size, end, packet);
}

function decodeVlan(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < vlan.size) return short(packet, Layer.Vlan, at, vlan.size, end - at);
  if (!push(packet, Layer.Vlan, at)) return;
  packet.vlan = vlan.tagControl(view, at) & 0xfff;
  decodeEtherType(view, vlan.etherType(view, at), at + vlan.size, end, packet);
}

/** A label stack carries no protocol number; the first nibble behind its bottom tells IPv4 from IPv6 (RFC 3032, RFC 4928). */
function decodeMpls(view: DataView, at: number, end: number, packet: Packet): void {
  let label = at;
  do {
    if (end - label < mpls.size) return short(packet, Layer.Mpls, label, mpls.size, end - label);
    if (!push(packet, Layer.Mpls, label)) return;
    label += mpls.size;
  } while ((mpls.labelExpBottom(view, label - mpls.size) & BOTTOM_OF_STACK) === 0);
  decodeIp(view, label, end, packet);
}

function decodeLinuxCooked(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < sll.size) return short(packet, Layer.LinuxCooked, at, sll.size, end - at);
  push(packet, Layer.LinuxCooked, at);
  packet.packetType = sll.packetType(view, at);
  decodeEtherType(view, sll.protocol(view, at), at + sll.size, end, packet);
}

function decodeLinuxCookedV2(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < sll2.size) return short(packet, Layer.LinuxCookedV2, at, sll2.size, end - at);
  push(packet, Layer.LinuxCookedV2, at);
  packet.packetType = sll2.packetType(view, at);
  packet.interfaceIndex = sll2.interfaceIndex(view, at);
  decodeEtherType(view, sll2.protocol(view, at), at + sll2.size, end, packet);
}

/** The address family is in the byte order of the host that captured; its value tells which. */
function decodeLoopback(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < link.LOOPBACK_SIZE) return short(packet, Layer.Loopback, at, link.LOOPBACK_SIZE, end - at);
  push(packet, Layer.Loopback, at);
  const family = link.loopbackFamily(view, at);
  if (family === link.AF_INET || link.isInet6(family)) return decodeIp(view, at + link.LOOPBACK_SIZE, end, packet);
  note(packet, Outcome.Unsupported, Layer.Loopback, at, 0, end - at);
}

function decodeIp(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < 1) return short(packet, Layer.Ipv4, at, ipv4.size, 0);
  const version = view.getUint8(at) >> 4;
  if (version === 4) return decodeIpv4(view, at, end, packet);
  if (version === 6) return decodeIpv6(view, at, end, packet);
  note(packet, Outcome.Unsupported, 0, at, 0, end - at);
}

function decodeIpv4(view: DataView, at: number, end: number, packet: Packet): void {
  const available = end - at;
  if (available < ipv4.size) return short(packet, Layer.Ipv4, at, ipv4.size, available);
  const versionIhl = ipv4.versionIhl(view, at);
  const headerLength = (versionIhl & 15) << 2;
  const declared = ipv4.totalLength(view, at);
  const totalLength = declared === 0 ? packet.start + packet.original - at : declared;
  if (versionIhl >> 4 !== 4 || headerLength < ipv4.size || totalLength < headerLength) {
    return note(packet, Outcome.Malformed, Layer.Ipv4, at, ipv4.size, available);
  }
  if (available < headerLength) return short(packet, Layer.Ipv4, at, headerLength, available);
  if (!push(packet, Layer.Ipv4, at)) return;
  if (totalLength > available) short(packet, Layer.Ipv4, at, totalLength, available);
  packet.ipAt = at;
  packet.ipVersion = 4;
  const protocol = ipv4.protocol(view, at);
  packet.protocol = protocol;
  packet.payloadEnd = at + totalLength;
  packet.whole = totalLength <= available;
  packet.firstFragment = false;
  const fragment = ipv4.flagsFragmentOffset(view, at) & (MORE_FRAGMENTS | FRAGMENT_OFFSET);
  if (fragment !== 0) {
    packet.whole = false;
    packet.isCut = true;
    if ((fragment & FRAGMENT_OFFSET) !== 0) {
      packet.kind = Kind.LaterFragment;
      return;
    }
    packet.firstFragment = true;
  }
  const payloadEnd = totalLength < available ? at + totalLength : end;
  decodeTransport(view, protocol, at + headerLength, payloadEnd, packet);
}

function decodeIpv6(view: DataView, at: number, end: number, packet: Packet): void {
  const available = end - at;
  if (available < ipv6.size) return short(packet, Layer.Ipv6, at, ipv6.size, available);
  if (ipv6.versionClassFlow(view, at) >>> 28 !== 6) {
    return note(packet, Outcome.Malformed, Layer.Ipv6, at, ipv6.size, available);
  }
  if (!push(packet, Layer.Ipv6, at)) return;
  const declared = ipv6.payloadLength(view, at);
  const totalLength = declared === 0 ? packet.start + packet.original - at : ipv6.size + declared;
  if (totalLength > available) short(packet, Layer.Ipv6, at, totalLength, available);
  packet.ipAt = at;
  packet.ipVersion = 6;
  packet.payloadEnd = at + totalLength;
  packet.whole = totalLength <= available;
  packet.firstFragment = false;
  const payloadEnd = totalLength < available ? at + totalLength : end;
  decodeNextHeader(view, ipv6.nextHeader(view, at), at + ipv6.size, payloadEnd, packet);
}

/** Walks the extension headers (RFC 8200 section 4) to the transport. */
function decodeNextHeader(view: DataView, first: number, start: number, end: number, packet: Packet): void {
  let nextHeader = first;
  let at = start;
  for (;;) {
    let length = 8;
    switch (nextHeader) {
      case extension.HOP_BY_HOP:
      case extension.ROUTING:
      case extension.DESTINATION_OPTIONS:
      case extension.MOBILITY:
      case extension.AUTHENTICATION:
        if (end - at < ipv6Extension.size) {
          return short(packet, Layer.Ipv6Extension, at, ipv6Extension.size, end - at);
        }
        length =
          nextHeader === extension.AUTHENTICATION
            ? (ipv6Extension.length(view, at) + 2) << 2
            : (ipv6Extension.length(view, at) + 1) << 3;
        break;
      case extension.FRAGMENT:
        break;
      default:
        packet.protocol = nextHeader;
        return decodeTransport(view, nextHeader, at, end, packet);
    }
    if (end - at < length) return short(packet, Layer.Ipv6Extension, at, length, end - at);
    if (!push(packet, Layer.Ipv6Extension, at)) return;
    if (nextHeader === extension.FRAGMENT) {
      const offsetFlags = ipv6Fragment.offsetFlags(view, at);
      if ((offsetFlags & 0xfff8) !== 0) {
        packet.protocol = ipv6Fragment.nextHeader(view, at);
        packet.kind = Kind.LaterFragment;
        packet.whole = false;
        return;
      }
      if ((offsetFlags & 1) !== 0) {
        packet.firstFragment = true;
        packet.whole = false;
        packet.isCut = true;
      }
    }
    nextHeader = ipv6Extension.nextHeader(view, at);
    at += length;
  }
}

/** What the header behind `packet`'s IP header begins. Each version of IP has an ICMP of its own. */
function decodeTransport(view: DataView, protocol: number, at: number, end: number, packet: Packet): void {
  switch (protocol) {
    case PROTOCOL_UDP:
      return decodeUdp(view, at, end, packet);
    case PROTOCOL_ICMP:
      if (packet.ipVersion !== 4) break;
      return decodeIcmp(view, at, end, packet);
    case PROTOCOL_TCP:
      return decodeTcp(view, at, end, packet);
    case PROTOCOL_ICMPV6:
      if (packet.ipVersion !== 6) break;
      return decodeIcmpv6(view, at, end, packet);
    case PROTOCOL_IPV4:
      return decodeIpv4(view, at, end, packet);
    case PROTOCOL_IPV6:
      return decodeIpv6(view, at, end, packet);
    case PROTOCOL_GRE:
      return decodeGre(view, at, end, packet);
    case extension.NO_NEXT:
      return;
  }
  note(packet, Outcome.Unsupported, 0, at, 0, end - at);
}

function decodeUdp(view: DataView, at: number, end: number, packet: Packet): void {
  const available = end - at;
  if (available < udp.size) return short(packet, Layer.Udp, at, udp.size, available);
  push(packet, Layer.Udp, at);
  packet.transportAt = at;
  const declared = udp.length(view, at);
  const length = declared === 0 ? available : declared;
  if (length < udp.size) return note(packet, Outcome.Malformed, Layer.Udp, at, udp.size, length);
  if (length > available) short(packet, Layer.Udp, at, length, available);
  const datagramEnd = at + length;
  const payloadEnd = length < available ? datagramEnd : end;
  const destinationPort = udp.destinationPort(view, at);
  const payload = at + udp.size;
  switch (ports[destinationPort]) {
    case PortUse.Vxlan:
      return decodeVxlan(view, at, payload, payloadEnd, datagramEnd, destinationPort, packet);
    case PortUse.Geneve:
      return decodeGeneve(view, at, payload, payloadEnd, datagramEnd, destinationPort, packet);
    case PortUse.VxlanGpe:
      return decodeVxlan(view, at, payload, payloadEnd, datagramEnd, destinationPort, packet);
    case PortUse.Dns:
      return decodeDns(view, payload, payloadEnd, packet);
    default:
      if (ports[udp.sourcePort(view, at)] === PortUse.Dns) return decodeDns(view, payload, payloadEnd, packet);
      if (isUnmistakablyVxlan(view, payload, payloadEnd)) {
        decodeVxlan(view, at, payload, payloadEnd, datagramEnd, destinationPort, packet);
      }
  }
}

function enterTunnel(packet: Packet, tunnel: Tunnel, vni: number, at: number, udpAt: number, end: number): void {
  packet.tunnel = tunnel;
  packet.tunnelDepth++;
  packet.vni = vni;
  packet.tunnelAt = at;
  packet.tunnelUdpAt = udpAt;
  packet.tunnelIpAt = packet.ipAt;
  packet.tunnelIpVersion = packet.ipVersion;
  packet.tunnelDatagramEnd = end;
  if (packet.firstFragment) packet.outerFragment = true;
  resetInnermost(packet);
}

/** A clear I flag means that this is no VXLAN (RFC 7348 section 5), whatever the port. */
function decodeVxlan(
  view: DataView,
  udpAt: number,
  at: number,
  end: number,
  datagramEnd: number,
  port: number,
  packet: Packet,
): void {
  if (end - at < vxlan.size) return short(packet, Layer.Vxlan, at, vxlan.size, end - at);
  const flags = vxlan.flags(view, at);
  if ((flags & FLAG_VNI) === 0) return;
  const isGpe = ports[port] === PortUse.VxlanGpe && (flags & gpe.FLAG_NEXT_PROTOCOL) !== 0;
  if (!push(packet, isGpe ? Layer.VxlanGpe : Layer.Vxlan, at)) return;
  enterTunnel(packet, Tunnel.Vxlan, vxlan.vni(view, at), at, udpAt, datagramEnd);
  packet.tunnelPort = port;
  const inner = at + vxlan.size;
  if (!isGpe) return decodeEthernet(view, inner, end, packet);
  switch (vxlan.reserved1(view, at) & 0xff) {
    case gpe.GPE_IPV4:
      return decodeIpv4(view, inner, end, packet);
    case gpe.GPE_IPV6:
      return decodeIpv6(view, inner, end, packet);
    case gpe.GPE_ETHERNET:
      return decodeEthernet(view, inner, end, packet);
    default:
      note(packet, Outcome.Unsupported, Layer.VxlanGpe, inner, 0, end - inner);
  }
}

function decodeGeneve(
  view: DataView,
  udpAt: number,
  at: number,
  end: number,
  datagramEnd: number,
  port: number,
  packet: Packet,
): void {
  if (end - at < geneve.size) return short(packet, Layer.Geneve, at, geneve.size, end - at);
  const versionOptionLength = geneve.versionOptionLength(view, at);
  if (versionOptionLength >> 6 !== 0) return;
  const headerLength = geneve.size + ((versionOptionLength & 0x3f) << 2);
  if (end - at < headerLength) return short(packet, Layer.Geneve, at, headerLength, end - at);
  if (!push(packet, Layer.Geneve, at)) return;
  enterTunnel(packet, Tunnel.Geneve, geneve.vni(view, at), at, udpAt, datagramEnd);
  packet.tunnelPort = port;
  decodeEtherType(view, geneve.protocolType(view, at), at + headerLength, end, packet);
}

function decodeGre(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < gre.size) return short(packet, Layer.Gre, at, gre.size, end - at);
  const flags = gre.flagsVersion(view, at);
  const headerLength = greHeaderLength(flags);
  if ((flags & 7) !== 0) return note(packet, Outcome.Unsupported, Layer.Gre, at, 0, end - at);
  if (end - at < headerLength) return short(packet, Layer.Gre, at, headerLength, end - at);
  if (!push(packet, Layer.Gre, at)) return;
  const protocolType = gre.protocolType(view, at);
  const inner = at + headerLength;
  if (protocolType !== ERSPAN_TYPE_II && protocolType !== ERSPAN_TYPE_III) {
    return decodeEtherType(view, protocolType, inner, end, packet);
  }
  const mirrored = inner + erspanHeaderLength(view, flags, protocolType, inner, end);
  if (mirrored > end) return short(packet, Layer.Gre, at, mirrored - at, end - at);
  decodeEthernet(view, mirrored, end, packet);
}
