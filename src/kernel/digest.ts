/**
 * What an ordinary packet is, at one look, as a row of words; see `Ordinary`. A frame that has anything else to it is left
 * to the decoder.
 */
import {
  BareDigest,
  Digest,
  DONT_FRAGMENT,
  dns,
  ECHO_REPLY,
  ECHO_REQUEST,
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
  let etherType = ethernet.etherType(frame);
  let ip = frame + ethernet.size;
  if (etherType === ETHERTYPE_VLAN) {
    etherType = vlan.etherType(ip);
    ip += vlan.size;
  }
  if (etherType === ETHERTYPE_IPV6) bareConnectionOverIpv6(ip, end, row);
  if (etherType !== ETHERTYPE_IPV4 || !isPlain(ip)) return;
  let length = ipv4.totalLength(ip);
  if (ip + length > end) return;
  let transport = ip + ipv4.size;
  let link = frame;
  let outerIp: usize = 0;
  let outerLength = 0;
  const isTunnel =
    ipv4.protocol(ip) === PROTOCOL_UDP &&
    length >= ipv4.size + udp.size &&
    load<u8>(ports + udp.destinationPort(transport)) === PortUse.Vxlan;
  if (isTunnel) {
    if (length < TUNNEL_HEADERS + ipv4.size || udp.length(transport) + ipv4.size !== length) return;
    const header = transport + udp.size;
    if (vxlan.flags(header) !== FLAG_VNI || (vxlan.reserved1(header) | vxlan.reserved2(header)) !== 0) return;
    link = header + vxlan.size;
    outerIp = ip;
    outerLength = length;
    ip = link + ethernet.size;
    if (ethernet.etherType(link) !== ETHERTYPE_IPV4 || !isPlain(ip)) return;
    length = ipv4.totalLength(ip);
    if (length > outerLength - TUNNEL_HEADERS) return;
    transport = ip + ipv4.size;
  }
  setWord(row, Digest.OuterLength, outerLength);
  setWord(row, Digest.Ip, <i32>(ip - frame));
  const available = length - <i32>ipv4.size;
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

/** True when an IPv4 header has no options, and its packet is whole. */
function isPlain(ip: usize): bool {
  return ipv4.versionIhl(ip) === PLAIN_IPV4 && (ipv4.flagsFragmentOffset(ip) & FRAGMENTED) === 0;
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
  const from = ipv4.source(ip);
  const isReply = -i32(kind === Ordinary.EchoReply || kind === Ordinary.DnsResponse);
  const swapped = (from ^ to) & isReply;
  const source = from ^ swapped;
  const destination = to ^ swapped;
  let vni = -1;
  let device = 0;
  let outer = sum5(0, 0, 0, 0, channel);
  if (outerIp !== 0) {
    vni = vxlan.vni(link - vxlan.size);
    device = (Tunnel.Vxlan << 5) ^ 1;
    outer = sum5(ipv4.source(outerIp), ipv4.destination(outerIp), portOf(outerIp), vni, channel);
  }
  const hops = ipv4.timeToLive(ip) | (ipv4.flagsFragmentOffset(ip) & DONT_FRAGMENT);
  const inner = sum5(networkWord(link), networkWord(link + 4), networkWord(link + 8), hops, device);
  const way = inner * WAY_FACTOR + outer;
  setWord(row, Digest.Kind, kind);
  setWord(row, Digest.FlowHash, hash5(protocol, vni, source, destination, identifier));
  setWord(row, Digest.Scope, ((vni + 1) << PROTOCOL_BITS) | protocol);
  setWord(row, Digest.Source, source);
  setWord(row, Digest.Destination, destination);
  setWord(row, Digest.Identifier, identifier);
  setWord(row, Digest.Message, message);
  setWord(row, Digest.Size, ipv4.totalLength(ip));
  setWord(row, Digest.Fingerprint, fingerprint);
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
