/**
 * The protocols that carry nothing that is decoded further: ICMP, ICMPv6, ARP, TCP, DNS. As in `frame.ts`, each
 * function is given the bytes from `at` up to `end`, and checks that its header is all there.
 */
import { ARP_REPLY, ARP_REQUEST, arp } from '../wire/arp.ts';
import { dns, QUERY_RESPONSE } from '../wire/dns.ts';
import { ETHERTYPE_IPV4 } from '../wire/ethernet.ts';
import { icmp } from '../wire/icmp.ts';
import * as icmpv6Types from '../wire/icmpv6.ts';
import { icmpv6, neighborMessage } from '../wire/icmpv6.ts';
import { tcp } from '../wire/tcp.ts';
import { ICMP_KINDS, TCP_KINDS } from './kinds.ts';
import { Kind, Layer, type Packet, push, short } from './packet.ts';

export function decodeIcmp(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < icmp.size) return short(packet, Layer.Icmp, at, icmp.size, end - at);
  push(packet, Layer.Icmp, at);
  packet.transportAt = at;
  packet.kind = ICMP_KINDS[icmp.type(view, at)];
}

export function decodeIcmpv6(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < icmpv6.size) return short(packet, Layer.Icmpv6, at, icmpv6.size, end - at);
  push(packet, Layer.Icmpv6, at);
  packet.transportAt = at;
  const type = icmpv6.type(view, at);
  if (type === icmpv6Types.ECHO_REQUEST) packet.kind = Kind.EchoRequest;
  else if (type === icmpv6Types.ECHO_REPLY) packet.kind = Kind.EchoReply;
  else if (icmpv6Types.isError(type)) packet.kind = Kind.Error;
  else if (type === icmpv6Types.NEIGHBOR_SOLICITATION || type === icmpv6Types.NEIGHBOR_ADVERTISEMENT) {
    if (end - at < neighborMessage.size) return short(packet, Layer.Icmpv6, at, neighborMessage.size, end - at);
    packet.kind = type === icmpv6Types.NEIGHBOR_SOLICITATION ? Kind.NeighborSolicitation : Kind.NeighborAdvertisement;
  }
}

export function decodeArp(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < arp.size) return short(packet, Layer.Arp, at, arp.size, end - at);
  push(packet, Layer.Arp, at);
  packet.transportAt = at;
  packet.payloadEnd = at + arp.size;
  if (arp.protocolType(view, at) !== ETHERTYPE_IPV4 || arp.hardwareLength(view, at) !== 6) return;
  if (arp.protocolLength(view, at) !== 4) return;
  const operation = arp.operation(view, at);
  if (operation === ARP_REQUEST) packet.kind = Kind.ArpRequest;
  else if (operation === ARP_REPLY) packet.kind = Kind.ArpReply;
}

export function decodeTcp(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < tcp.size) return short(packet, Layer.Tcp, at, tcp.size, end - at);
  push(packet, Layer.Tcp, at);
  packet.transportAt = at;
  packet.kind = TCP_KINDS[tcp.flags(view, at)];
}

export function decodeDns(view: DataView, at: number, end: number, packet: Packet): void {
  if (end - at < dns.size) return;
  push(packet, Layer.Dns, at);
  packet.kind = (dns.flags(view, at) & QUERY_RESPONSE) !== 0 ? Kind.DnsResponse : Kind.DnsQuery;
}
