/** Names of numbers in packets, as bytes that are ready to be printed. */
import { Kind, Layer } from '../decode/packet.ts';
import * as icmp from '../wire/icmp.ts';
import * as icmpv6 from '../wire/icmpv6.ts';
import * as extension from '../wire/ipv6.ts';
import { PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING } from '../wire/sll.ts';
import { FLAG_LETTERS } from '../wire/tcp.ts';
import { ChecksumState } from './layer-scope.ts';
import { type LineBuffer, type Word, word } from './line-buffer.ts';

type Words = readonly (Word | undefined)[];

/** A table from number to word. */
export function words(entries: readonly (readonly [number, string])[]): Words {
  const table: (Word | undefined)[] = new Array(1 + Math.max(...entries.map(([number]) => number)));
  table.fill(undefined);
  for (const [number, text] of entries) table[number] = word(text);
  return table;
}

/** The same table with each word between two texts. */
export function between(before: string, table: Words, after: string): Words {
  return table.map((name) => (name === undefined ? undefined : word(before + name.text + after)));
}

/** Writes the word for a number, or the number where there is none. */
export function writeWord(out: LineBuffer, table: Words, number: number): void {
  const known = table[number];
  if (known === undefined) out.decimal(number);
  else out.text(known);
}

/** Layers by the names that JSON has for them. */
export const LAYER_NAMES: Words = words([
  [0, 'payload'],
  [Layer.Ethernet, 'ethernet'],
  [Layer.Vlan, 'vlan'],
  [Layer.Mpls, 'mpls'],
  [Layer.LinuxCooked, 'linux-cooked'],
  [Layer.LinuxCookedV2, 'linux-cooked-v2'],
  [Layer.Loopback, 'loopback'],
  [Layer.Arp, 'arp'],
  [Layer.Ipv4, 'ipv4'],
  [Layer.Ipv6, 'ipv6'],
  [Layer.Ipv6Extension, 'ipv6-extension'],
  [Layer.Udp, 'udp'],
  [Layer.Tcp, 'tcp'],
  [Layer.Icmp, 'icmp'],
  [Layer.Icmpv6, 'icmpv6'],
  [Layer.Vxlan, 'vxlan'],
  [Layer.VxlanGpe, 'vxlan-gpe'],
  [Layer.Geneve, 'geneve'],
  [Layer.Gre, 'gre'],
  [Layer.Dns, 'dns'],
]);

/** Kinds by the names that JSON has for them. */
export const KIND_NAMES: Words = words([
  [Kind.Other, 'other'],
  [Kind.EchoRequest, 'echo-request'],
  [Kind.EchoReply, 'echo-reply'],
  [Kind.ArpRequest, 'arp-request'],
  [Kind.ArpReply, 'arp-reply'],
  [Kind.NeighborSolicitation, 'neighbor-solicitation'],
  [Kind.NeighborAdvertisement, 'neighbor-advertisement'],
  [Kind.Error, 'icmp-error'],
  [Kind.Syn, 'syn'],
  [Kind.SynAck, 'syn-ack'],
  [Kind.Reset, 'reset'],
  [Kind.DnsQuery, 'dns-query'],
  [Kind.DnsResponse, 'dns-response'],
  [Kind.LaterFragment, 'later-fragment'],
]);

/** Packet types of Linux cooked captures. */
export const PACKET_TYPE_NAMES: Words = words([
  [PACKET_HOST, 'in'],
  [PACKET_BROADCAST, 'broadcast'],
  [PACKET_MULTICAST, 'multicast'],
  [PACKET_OTHERHOST, 'other-host'],
  [PACKET_OUTGOING, 'out'],
]);

/** IPv6 extension headers by their number. */
export const EXTENSION_NAMES: Words = words([
  [extension.HOP_BY_HOP, 'hop-by-hop'],
  [extension.ROUTING, 'routing'],
  [extension.FRAGMENT, 'fragment'],
  [extension.AUTHENTICATION, 'authentication'],
  [extension.DESTINATION_OPTIONS, 'destination-options'],
  [extension.MOBILITY, 'mobility'],
]);

export const ICMP_NAMES: Words = words([
  [icmp.ECHO_REPLY, 'echo reply'],
  [icmp.DESTINATION_UNREACHABLE, 'destination unreachable'],
  [icmp.SOURCE_QUENCH, 'source quench'],
  [icmp.REDIRECT, 'redirect'],
  [icmp.ECHO_REQUEST, 'echo request'],
  [9, 'router advertisement'],
  [10, 'router solicitation'],
  [icmp.TIME_EXCEEDED, 'time exceeded'],
  [icmp.PARAMETER_PROBLEM, 'parameter problem'],
  [13, 'timestamp request'],
  [14, 'timestamp reply'],
]);

/** Codes of ICMP "destination unreachable". */
export const UNREACHABLE_NAMES: Words = words([
  [icmp.NET_UNREACHABLE, 'network unreachable'],
  [icmp.HOST_UNREACHABLE, 'host unreachable'],
  [icmp.PROTOCOL_UNREACHABLE, 'protocol unreachable'],
  [icmp.PORT_UNREACHABLE, 'port unreachable'],
  [icmp.FRAGMENTATION_NEEDED, 'fragmentation needed'],
  [5, 'source route failed'],
  [icmp.NET_PROHIBITED, 'network prohibited'],
  [icmp.HOST_PROHIBITED, 'host prohibited'],
  [icmp.COMMUNICATION_PROHIBITED, 'communication prohibited'],
]);

export const ICMPV6_NAMES: Words = words([
  [icmpv6.DESTINATION_UNREACHABLE, 'destination unreachable'],
  [icmpv6.PACKET_TOO_BIG, 'packet too big'],
  [icmpv6.TIME_EXCEEDED, 'time exceeded'],
  [icmpv6.PARAMETER_PROBLEM, 'parameter problem'],
  [icmpv6.ECHO_REQUEST, 'echo request'],
  [icmpv6.ECHO_REPLY, 'echo reply'],
  [130, 'multicast listener query'],
  [131, 'multicast listener report'],
  [132, 'multicast listener done'],
  [icmpv6.ROUTER_SOLICITATION, 'router solicitation'],
  [icmpv6.ROUTER_ADVERTISEMENT, 'router advertisement'],
  [icmpv6.NEIGHBOR_SOLICITATION, 'neighbor solicitation'],
  [icmpv6.NEIGHBOR_ADVERTISEMENT, 'neighbor advertisement'],
  [icmpv6.REDIRECT, 'redirect'],
  [icmpv6.LISTENER_REPORT_V2, 'multicast listener report v2'],
]);

/** Codes of ICMPv6 "destination unreachable" (RFC 4443 section 3.1). */
export const UNREACHABLE_V6_NAMES: Words = words([
  [0, 'no route'],
  [1, 'administratively prohibited'],
  [2, 'beyond scope'],
  [3, 'address unreachable'],
  [icmpv6.PORT_UNREACHABLE, 'port unreachable'],
  [5, 'source address refused'],
  [6, 'route rejected'],
]);

/** Types of DNS questions (IANA "Resource Record (RR) TYPEs"). */
export const DNS_TYPE_NAMES: Words = words([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [43, 'DS'],
  [48, 'DNSKEY'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [255, 'ANY'],
]);

/** Response codes of DNS (IANA "DNS RCODEs"). */
export const RESPONSE_CODE_NAMES: Words = words([
  [0, 'NoError'],
  [1, 'FormErr'],
  [2, 'ServFail'],
  [3, 'NXDomain'],
  [4, 'NotImp'],
  [5, 'Refused'],
]);

/** All combinations of TCP flags, as tcpdump writes them: `S.` is SYN and ACK. */
export const TCP_FLAGS: Words = Array.from({ length: 256 }, (_, flags) =>
  word(Array.from(FLAG_LETTERS, (letter, bit) => ((flags >> bit) & 1 ? letter : '')).join('')),
);

/** What JSON says of a checksum. */
export const CHECKSUMS: Words = between(
  ',"checksum":"',
  words([
    [ChecksumState.Unverified, 'unverified'],
    [ChecksumState.Right, 'right'],
    [ChecksumState.Wrong, 'wrong'],
    [ChecksumState.Absent, 'absent'],
    [ChecksumState.Offloaded, 'offloaded'],
  ]),
  '"',
);
