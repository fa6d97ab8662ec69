/**
 * What an ordinary packet is, at one look, as a row of words; see `Ordinary`. A frame that has anything else to it is left
 * to the decoder.
 */
import {
  ARP_REPLY,
  ARP_REQUEST,
  arp,
  BareDigest,
  Digest,
  DONT_FRAGMENT,
  dns,
  ECHO_REPLY,
  ECHO_REQUEST,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_VLAN,
  ethernet,
  FLAG_VNI,
  FRAGMENT_OFFSET,
  icmp,
  ipv4,
  ipv6,
  MORE_FRAGMENTS,
  Ordinary,
  PortUse,
  PROTOCOL_BITS,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  Protocol,
  QUERY_RESPONSE,
  RST,
  SYN,
  TcpDigest,
  Tunnel,
  tcp,
  udp,
  VXLAN_OVER_IPV4,
  vlan,
  vxlan,
  WAY_FACTOR,
} from './declarations.ts';
import { hash5, networkWord, setWord, sum5 } from './memory.ts';
import { TUNNEL_HEADERS } from './tunnels.ts';

/** Version 4 and a header of five words. */
const PLAIN_IPV4 = 0x45;
/** In the first byte of a MAC: more than one station. In the first byte of an IPv4 address, from here on: not a single host. */
const GROUP_BIT = 1;
const FIRST_GROUP = 224;
const FRAGMENTED = MORE_FRAGMENTS | FRAGMENT_OFFSET;

/**
 * Makes the row at `row` of the Ethernet frame from `frame` to `end`, which came by interface `channel`. Of a frame that
 * is no ordinary packet only `Kind` and `FlowHash` are told.
 */
export function digest(frame: usize, end: usize, row: usize, channel: i32, ports: usize): void {
  setWord(row, Digest.Kind, Ordinary.No);
  setWord(row, Digest.FlowHash, 0);
  if (frame + ethernet.size + vlan.size + ipv4.size > end) return;
  let link = frame;
  let etherType = ethernet.etherType(link);
  let at = link + ethernet.size;
  if (etherType === ETHERTYPE_VLAN) {
    etherType = vlan.etherType(at);
    at += vlan.size;
  }
  let outerIp: usize = 0;
  let outerLength = 0;
  if (etherType === ETHERTYPE_IPV4 && isToTunnel(at, end, ports)) {
    if (!isPlainVxlan(at)) return;
    outerIp = at;
    outerLength = ipv4.totalLength(at);
    end = outerIp + outerLength;
    at = outerIp + TUNNEL_HEADERS;
    link = at - ethernet.size;
    etherType = ethernet.etherType(link);
  }
  setWord(row, Digest.OuterLength, outerLength);
  setWord(row, Digest.Ip, <i32>(at - frame));
  if (etherType === ETHERTYPE_IPV4) {
    if (isPlain(at, end)) packet(link, at, outerIp, row, channel, ports);
  } else if (etherType === ETHERTYPE_ARP) {
    if (at + arp.size <= end) resolution(link, at, outerIp, row, channel);
  } else if (etherType === ETHERTYPE_IPV6) {
    if (outerIp === 0) bareConnectionOverIpv6(at, end, row);
  }
}

/** True when the IPv4 packet at `ip` has no options, is no fragment and is all there before `end`. */
function isPlain(ip: usize, end: usize): bool {
  if (ipv4.versionIhl(ip) !== PLAIN_IPV4 || (ipv4.flagsFragmentOffset(ip) & FRAGMENTED) !== 0) return false;
  return ip + ipv4.totalLength(ip) <= end;
}

/** True when such a packet goes to a port of VXLAN. */
function isToTunnel(ip: usize, end: usize, ports: usize): bool {
  if (ipv4.protocol(ip) !== PROTOCOL_UDP || !isPlain(ip, end)) return false;
  if (ipv4.totalLength(ip) < ipv4.size + udp.size) return false;
  return load<u8>(ports + udp.destinationPort(ip + ipv4.size)) === PortUse.Vxlan;
}

/** True when its lengths agree, nothing but the flag for the VNI is set in its VXLAN header, and an IPv4 header may follow. */
function isPlainVxlan(ip: usize): bool {
  const datagram = ip + ipv4.size;
  const length = ipv4.totalLength(ip);
  if (length < TUNNEL_HEADERS + ipv4.size || udp.length(datagram) + ipv4.size !== length) return false;
  const header = datagram + udp.size;
  return vxlan.flags(header) === FLAG_VNI && (vxlan.reserved1(header) | vxlan.reserved2(header)) === 0;
}

/** The whole IPv4 packet at `ip`, behind the Ethernet header at `link`. */
function packet(link: usize, ip: usize, outerIp: usize, row: usize, channel: i32, ports: usize): void {
  const transport = ip + ipv4.size;
  const available = ipv4.totalLength(ip) - <i32>ipv4.size;
  switch (ipv4.protocol(ip)) {
    case PROTOCOL_ICMP: {
      if (available < icmp.size || (load<u8>(link) & GROUP_BIT) !== 0) return;
      const fingerprint = icmp.checksum(transport) | (ipv4.identification(ip) << 16);
      const identifier = icmp.identifier(transport);
      const message = (identifier << 16) | icmp.sequence(transport);
      const kind = echoKind(transport);
      exchange(link, ip, outerIp, row, channel, kind, Protocol.Echo, identifier, message, fingerprint);
      return;
    }
    case PROTOCOL_UDP: {
      if (available < udp.size + dns.size || udp.length(transport) !== available) return;
      const kind = dnsKind(transport, ports);
      const isResponse = kind === Ordinary.DnsResponse;
      const client = isResponse ? udp.destinationPort(transport) : udp.sourcePort(transport);
      const server = isResponse ? udp.sourcePort(transport) : udp.destinationPort(transport);
      const message = (client << 16) | dns.id(transport + udp.size);
      exchange(link, ip, outerIp, row, channel, kind, Protocol.Dns, server, message, 0);
      return;
    }
    case PROTOCOL_TCP:
      // Only what opens or refuses a connection is out of the ordinary.
      if (available < tcp.size || (tcp.flags(transport) & (SYN | RST)) !== 0) return;
      if (outerIp !== 0) connection(link, outerIp, row);
      else bareConnection(ip, row);
  }
}

/** What the ICMP message at `at` is. */
function echoKind(at: usize): i32 {
  const type = icmp.type(at);
  if (type === ECHO_REQUEST) return Ordinary.EchoRequest;
  return type === ECHO_REPLY ? Ordinary.EchoReply : Ordinary.No;
}

/** What the UDP datagram at `at` is: only a server answers from a port of DNS, and is asked at one. */
function dnsKind(at: usize, ports: usize): i32 {
  const from: i32 = load<u8>(ports + udp.sourcePort(at));
  const to: i32 = load<u8>(ports + udp.destinationPort(at));
  if ((dns.flags(at + udp.size) & QUERY_RESPONSE) === 0) return to === PortUse.Dns ? Ordinary.DnsQuery : Ordinary.No;
  return from === PortUse.Dns && (to === 0 || to === PortUse.Dns) ? Ordinary.DnsResponse : Ordinary.No;
}

/** A packet of an exchange that one host has with another: a request or a reply. */
function exchange(
  link: usize,
  ip: usize,
  outerIp: usize,
  row: usize,
  channel: i32,
  kind: i32,
  protocol: i32,
  identifier: i32,
  message: i32,
  fingerprint: i32,
): void {
  const to = ipv4.destination(ip);
  if (kind === Ordinary.No || to >>> 24 >= FIRST_GROUP) return;
  const isReply = kind === Ordinary.EchoReply || kind === Ordinary.DnsResponse;
  setWord(row, Digest.Kind, kind);
  const vni = vniOf(link, outerIp);
  setFlow(row, protocol, vni, ipv4.source(ip), to, identifier, isReply);
  setWord(row, Digest.Message, message);
  setWord(row, Digest.Size, ipv4.totalLength(ip));
  setWord(row, Digest.Fingerprint, fingerprint);
  const hops = ipv4.timeToLive(ip) | (ipv4.flagsFragmentOffset(ip) & DONT_FRAGMENT);
  setWay(row, link, outerIp, vni, channel, hops);
}

/** ARP of one host that asks for another, or of the other that answers; not of one that only says where it is. */
function resolution(link: usize, at: usize, outerIp: usize, row: usize, channel: i32): void {
  const isForIpv4 =
    arp.protocolType(at) === ETHERTYPE_IPV4 && arp.hardwareLength(at) === 6 && arp.protocolLength(at) === 4;
  const operation = arp.operation(at);
  const isReply = operation === ARP_REPLY;
  const sender = arp.senderProtocol(at);
  const target = arp.targetProtocol(at);
  if (!isForIpv4 || !(isReply || operation === ARP_REQUEST) || sender === 0 || sender === target) return;
  if (isReply && target === 0) return;
  setWord(row, Digest.Kind, isReply ? Ordinary.ArpReply : Ordinary.ArpRequest);
  const vni = vniOf(link, outerIp);
  setFlow(row, Protocol.Arp, vni, sender, target, 0, isReply);
  setWord(row, Digest.Message, 0);
  setWord(row, Digest.Size, 0);
  setWord(row, Digest.Fingerprint, 0);
  setWay(row, link, outerIp, vni, channel, 0);
}

/** VNI of the tunnel that a frame came in; -1 outside any. */
function vniOf(link: usize, outerIp: usize): i32 {
  return outerIp === 0 ? -1 : vxlan.vni(link - vxlan.size);
}

/** The key of the flow that goes from the host that asks to the one that answers. */
function setFlow(row: usize, protocol: i32, vni: i32, from: i32, to: i32, identifier: i32, isReply: bool): void {
  const swapped = (from ^ to) & -i32(isReply);
  const source = from ^ swapped;
  const destination = to ^ swapped;
  setWord(row, Digest.FlowHash, hash5(protocol, vni, source, destination, identifier));
  setWord(row, Digest.Scope, ((vni + 1) << PROTOCOL_BITS) | protocol);
  setWord(row, Digest.Source, source);
  setWord(row, Digest.Destination, destination);
  setWord(row, Digest.Identifier, identifier);
}

/** The way a packet came, with so many hops left; see `wayOf`. */
function setWay(row: usize, link: usize, outerIp: usize, vni: i32, channel: i32, hops: i32): void {
  let device = 0;
  let outer = sum5(0, 0, 0, 0, channel);
  if (outerIp !== 0) {
    device = (Tunnel.Vxlan << 5) ^ 1;
    outer = sum5(ipv4.source(outerIp), ipv4.destination(outerIp), portOf(outerIp), vni, channel);
  }
  const inner = sum5(networkWord(link), networkWord(link + 4), networkWord(link + 8), hops, device);
  const way = inner * WAY_FACTOR + outer;
  setWord(row, Digest.Way, way === 0 ? 1 : way);
}

/** The middle of a TCP connection in a tunnel. */
function connection(link: usize, outerIp: usize, row: usize): void {
  const source = ipv4.source(outerIp);
  const destination = ipv4.destination(outerIp);
  const port = portOf(outerIp);
  const vni = vxlan.vni(link - vxlan.size);
  setWord(row, Digest.Kind, Ordinary.Tcp);
  setWord(row, TcpDigest.Vni, vni);
  setWord(row, TcpDigest.Port, port);
  setWord(row, TcpDigest.OuterSource, source);
  setWord(row, TcpDigest.OuterDestination, destination);
  setWord(row, TcpDigest.TunnelHash, hash5(VXLAN_OVER_IPV4 | port, vni, source, destination, 0));
}

/** The same outside any tunnel. */
function bareConnection(ip: usize, row: usize): void {
  const source = ipv4.source(ip);
  const destination = ipv4.destination(ip);
  setWord(row, Digest.Kind, Ordinary.BareTcp);
  setWord(row, BareDigest.Source, source);
  setWord(row, BareDigest.Destination, destination);
  setWord(row, BareDigest.TalkerHash, hash5(4, source, destination, 0, 0));
}

/** The same over IPv6 without extension headers. */
function bareConnectionOverIpv6(ip: usize, end: usize, row: usize): void {
  const transport = ip + ipv6.size;
  if (transport + tcp.size > end || ipv6.versionClassFlow(ip) >>> 28 !== 6) return;
  const length = ipv6.payloadLength(ip);
  if (ipv6.nextHeader(ip) !== PROTOCOL_TCP || length < tcp.size || transport + length > end) return;
  if ((tcp.flags(transport) & (SYN | RST)) === 0) setWord(row, Digest.Kind, Ordinary.BareTcpOverIpv6);
}

/** The port that a tunnel's packets are sent to. */
function portOf(outerIp: usize): i32 {
  return udp.destinationPort(outerIp + ipv4.size);
}
