/**
 * What an ordinary packet of an overlay is, at one look, as a row of words.
 *
 * Most frames of an overlay are alike: Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4, and an echo, DNS or the middle of a
 * TCP connection; no tag, no option, no fragment, nothing cut short. In such a frame every field lies at a fixed
 * distance from its start. A frame that has anything else to it is left to the decoder.
 */
import {
  BareDigest,
  Digest,
  DONT_FRAGMENT,
  dns,
  ECHO_REPLY,
  ECHO_REQUEST,
  ETHERTYPE_IPV4,
  ethernet,
  FLAG_VNI,
  FRAGMENT_OFFSET,
  INNER_ETHERNET,
  INNER_IP,
  icmp,
  ipv4,
  MORE_FRAGMENTS,
  Ordinary,
  OUTER_IP,
  OUTER_UDP,
  PortUse,
  PROTOCOL_BITS,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  Protocol,
  QUERY_RESPONSE,
  REPLY_SALT,
  REQUEST_SALT,
  RST,
  SYN,
  TcpDigest,
  TRANSPORT,
  Tunnel,
  tcp,
  udp,
  VXLAN,
  VXLAN_OVER_IPV4,
  vxlan,
  WAY_FACTOR,
} from './declarations.ts';
import { hash5, networkWord, setWord, sum5 } from './memory.ts';

/** Version 4 and a header of five words. */
const PLAIN_IPV4 = 0x45;
/** In the first byte of a MAC: more than one station. In the first byte of an IPv4 address, from here on: not a single host. */
const GROUP_BIT = 1;
const FIRST_GROUP = 224;
const FRAGMENTED = MORE_FRAGMENTS | FRAGMENT_OFFSET;

/**
 * Makes the row at `row` of the Ethernet frame from `start` to `end`, which came by interface `channel`. Of a frame that
 * is no ordinary packet only `Kind` and `FlowHash` are told.
 */
export function digest(start: usize, end: usize, row: usize, channel: i32, ports: usize): void {
  setWord(row, Digest.Kind, Ordinary.No);
  setWord(row, Digest.FlowHash, 0);
  if (start + OUTER_UDP > end) return;
  if (ethernet.etherType(start) !== ETHERTYPE_IPV4) return;
  const outerIp = start + OUTER_IP;
  if (ipv4.versionIhl(outerIp) !== PLAIN_IPV4) return;
  if ((ipv4.flagsFragmentOffset(outerIp) & FRAGMENTED) !== 0) return;
  const outerLength = ipv4.totalLength(outerIp);
  if (outerIp + outerLength > end) return;
  const protocol = ipv4.protocol(outerIp);
  if (protocol === PROTOCOL_TCP) bareConnection(start, row, outerLength);
  if (protocol !== PROTOCOL_UDP) return;
  if (start + TRANSPORT + icmp.size > end) return;
  const outerUdp = start + OUTER_UDP;
  if (udp.length(outerUdp) + ipv4.size !== outerLength) return;
  const port = udp.destinationPort(outerUdp);
  if (load<u8>(ports + port) !== PortUse.Vxlan) return;
  const tunnel = start + VXLAN;
  if (vxlan.flags(tunnel) !== FLAG_VNI || (vxlan.reserved1(tunnel) | vxlan.reserved2(tunnel)) !== 0) return;
  const innerEthernet = start + INNER_ETHERNET;
  if (ethernet.etherType(innerEthernet) !== ETHERTYPE_IPV4) return;
  const innerIp = start + INNER_IP;
  if (ipv4.versionIhl(innerIp) !== PLAIN_IPV4) return;
  if ((ipv4.flagsFragmentOffset(innerIp) & FRAGMENTED) !== 0) return;
  const innerLength = ipv4.totalLength(innerIp);
  if (innerLength > outerLength - <i32>(INNER_IP - OUTER_IP)) return;
  const transport = start + TRANSPORT;
  switch (ipv4.protocol(innerIp)) {
    case PROTOCOL_ICMP: {
      if (innerLength < ipv4.size + icmp.size || (load<u8>(innerEthernet) & GROUP_BIT) !== 0) return;
      const fingerprint = icmp.checksum(transport) | (ipv4.identification(innerIp) << 16);
      const identifier = icmp.identifier(transport);
      const message = (identifier << 16) | icmp.sequence(transport);
      const kind = echoKind(transport);
      exchange(start, row, channel, port, kind, Protocol.Echo, identifier, message, fingerprint);
      return;
    }
    case PROTOCOL_UDP: {
      if (innerLength < ipv4.size + udp.size + dns.size || udp.length(transport) + ipv4.size !== innerLength) return;
      const kind = dnsKind(transport, ports);
      const isResponse = kind === Ordinary.DnsResponse;
      const client = isResponse ? udp.destinationPort(transport) : udp.sourcePort(transport);
      const server = isResponse ? udp.sourcePort(transport) : udp.destinationPort(transport);
      const message = (client << 16) | dns.id(transport + udp.size);
      exchange(start, row, channel, port, kind, Protocol.Dns, server, message, 0);
      return;
    }
    case PROTOCOL_TCP:
      if (innerLength >= ipv4.size + tcp.size) connection(start, row, port);
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
  start: usize,
  row: usize,
  channel: i32,
  port: i32,
  kind: i32,
  protocol: i32,
  identifier: i32,
  message: i32,
  fingerprint: i32,
): void {
  const innerEthernet = start + INNER_ETHERNET;
  const innerIp = start + INNER_IP;
  const to = ipv4.destination(innerIp);
  if (kind === Ordinary.No || to >>> 24 >= FIRST_GROUP) return;
  const outerIp = start + OUTER_IP;
  const from = ipv4.source(innerIp);
  const isReply = -i32(kind === Ordinary.EchoReply || kind === Ordinary.DnsResponse);
  const swapped = (from ^ to) & isReply;
  const source = from ^ swapped;
  const destination = to ^ swapped;
  const vni = vxlan.vni(start + VXLAN);
  const salt = REQUEST_SALT ^ ((REQUEST_SALT ^ REPLY_SALT) & isReply);
  const hops = ipv4.timeToLive(innerIp) | (ipv4.flagsFragmentOffset(innerIp) & DONT_FRAGMENT);
  const inner = sum5(
    networkWord(innerEthernet),
    networkWord(innerEthernet + 4),
    networkWord(innerEthernet + 8),
    hops,
    (Tunnel.Vxlan << 5) ^ 1,
  );
  const outer = sum5(ipv4.source(outerIp), ipv4.destination(outerIp), port, vni, channel);
  const way = inner * WAY_FACTOR + outer;
  setWord(row, Digest.Kind, kind);
  setWord(row, Digest.FlowHash, hash5(protocol, vni, source, destination, identifier));
  setWord(row, Digest.OuterLength, ipv4.totalLength(outerIp));
  setWord(row, Digest.Scope, ((vni + 1) << PROTOCOL_BITS) | protocol);
  setWord(row, Digest.Source, source);
  setWord(row, Digest.Destination, destination);
  setWord(row, Digest.Identifier, identifier);
  setWord(row, Digest.Message, message);
  setWord(row, Digest.Size, ipv4.totalLength(innerIp));
  setWord(row, Digest.Fingerprint, fingerprint);
  setWord(row, Digest.Low, hash5(from, to, message, fingerprint, salt));
  setWord(row, Digest.Way, way === 0 ? 1 : way);
}

/** TCP: only what opens or refuses a connection is out of the ordinary. */
function connection(start: usize, row: usize, port: i32): void {
  if ((tcp.flags(start + TRANSPORT) & (SYN | RST)) !== 0) return;
  const outerIp = start + OUTER_IP;
  const source = ipv4.source(outerIp);
  const destination = ipv4.destination(outerIp);
  const vni = vxlan.vni(start + VXLAN);
  setWord(row, Digest.Kind, Ordinary.Tcp);
  setWord(row, Digest.OuterLength, ipv4.totalLength(outerIp));
  setWord(row, TcpDigest.Vni, vni);
  setWord(row, TcpDigest.Port, port);
  setWord(row, TcpDigest.OuterSource, source);
  setWord(row, TcpDigest.OuterDestination, destination);
  setWord(row, TcpDigest.TunnelHash, hash5(VXLAN_OVER_IPV4 | port, vni, source, destination, 0));
}

/** The same outside any tunnel: TCP right behind the first IP header. */
function bareConnection(start: usize, row: usize, outerLength: i32): void {
  if (outerLength < ipv4.size + tcp.size || (tcp.flags(start + OUTER_UDP) & (SYN | RST)) !== 0) return;
  const source = ipv4.source(start + OUTER_IP);
  const destination = ipv4.destination(start + OUTER_IP);
  setWord(row, Digest.Kind, Ordinary.BareTcp);
  setWord(row, BareDigest.Source, source);
  setWord(row, BareDigest.Destination, destination);
  setWord(row, BareDigest.TalkerHash, hash5(4, source, destination, 0, 0));
}
