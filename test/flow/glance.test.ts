/** What is told at a glance is what decoding in full tells; and what is out of the ordinary is not glanced at. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ordinary } from '../../src/decode/ordinary.ts';
import { Kind, Outcome, type Packet, Tunnel } from '../../src/decode/packet.ts';
import { BareDigest, Digest, ROW_WORDS, TcpDigest, VXLAN_OVER_IPV4 } from '../../src/flow/digest.ts';
import { EchoPacket } from '../../src/flow/echo-packet.ts';
import { scopeOf } from '../../src/flow/flow-table.ts';
import { hash5 } from '../../src/flow/hash.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { Protocol } from '../../src/flow/observations.ts';
import { wayOf } from '../../src/flow/way.ts';
import { GlancedBatch } from '../../src/glanced-batch.ts';
import {
  arp,
  decode,
  echo,
  ethernet,
  extension,
  ipv4,
  ipv6,
  STANDARD_PORTS,
  tunnelled,
  udp,
  vlan,
  vxlan,
} from '../decode/decoding.ts';

const ACK = 0x10;

function tcp(flags: number): number[] {
  return [0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x10, 0, 0, 0, 0, 0];
}

/** A DNS message with that id from one port to another. */
function dns(from: number, to: number, flags: number, id = 0x1234): number[] {
  const [, , ...rest] = udp(to, [id >> 8, id & 0xff, flags >> 8, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return [from >> 8, from & 0xff, ...rest];
}
const QUERY = dns(50_000, 53, 0);
const RESPONSE = dns(53, 50_000, 0x8000);

function bare(protocol: number, payload: readonly number[]): number[] {
  return ethernet(0x0800, ipv4({ protocol }, payload));
}

function inTunnel(protocol: number, payload: readonly number[]): number[] {
  return tunnelled(4789, bare(protocol, payload));
}

/** The same frame with a tag. */
function tagged(frame: readonly number[]): number[] {
  return [...frame.slice(0, 12), 0x81, 0, 0, 100, ...frame.slice(12)];
}

/** An ARP message as it stands in its frame, with one byte of it changed. */
function resolution(operation: number, at = 0, byte = 0): number[] {
  return ethernet(0x0806, arp(operation).with(at, byte));
}

const ORDINARY: readonly [string, Ordinary, number[]][] = [
  ['an echo request', Ordinary.EchoRequest, inTunnel(1, echo(8))],
  ['an echo reply', Ordinary.EchoReply, inTunnel(1, echo(0))],
  ['a DNS query', Ordinary.DnsQuery, inTunnel(17, QUERY)],
  ['a DNS response', Ordinary.DnsResponse, inTunnel(17, RESPONSE)],
  ['TCP data', Ordinary.Tcp, inTunnel(6, [...tcp(ACK), 1, 2, 3])],
  ['an ARP request', Ordinary.ArpRequest, tunnelled(4789, resolution(1))],
  ['an ARP reply', Ordinary.ArpReply, tunnelled(4789, resolution(2))],
  ['a tagged echo request', Ordinary.EchoRequest, tagged(inTunnel(1, echo(8)))],
  ['an echo reply outside any tunnel', Ordinary.EchoReply, bare(1, echo(0))],
  ['a tagged echo request outside any tunnel', Ordinary.EchoRequest, tagged(bare(1, echo(8)))],
  ['a DNS query outside any tunnel', Ordinary.DnsQuery, bare(17, QUERY)],
  ['an ARP request outside any tunnel', Ordinary.ArpRequest, resolution(1)],
  ['a tagged ARP reply outside any tunnel', Ordinary.ArpReply, tagged(resolution(2))],
  ['TCP data outside any tunnel', Ordinary.BareTcp, bare(6, [...tcp(ACK), 1, 2])],
  ['TCP data over IPv6', Ordinary.BareTcpOverIpv6, tagged(ethernet(0x86dd, ipv6(6, [...tcp(ACK), 1, 2])))],
];

const OTHERS: readonly [string, number[]][] = [
  ['a SYN', inTunnel(6, tcp(0x02))],
  ['a SYN outside any tunnel', bare(6, tcp(0x02))],
  ['a SYN over IPv6', ethernet(0x86dd, ipv6(6, tcp(0x02)))],
  ['a fragment outside any tunnel', ethernet(0x0800, ipv4({ protocol: 6, fragment: 0x2000 }, tcp(ACK)))],
  ['a reset', inTunnel(6, tcp(0x04))],
  ['a time exceeded', inTunnel(1, echo(11))],
  ['a time exceeded outside any tunnel', bare(1, echo(11))],
  ['an echo to a group', inTunnel(1, echo(8)).map((byte, at) => (at === 80 ? 224 : byte))],
  ['an echo to a group of stations', inTunnel(1, echo(8)).map((byte, at) => (at === 50 ? 1 : byte))],
  ['other UDP', inTunnel(17, udp(54, new Array<number>(12).fill(0)))],
  ['UDP outside any tunnel', bare(17, udp(54, new Array<number>(12).fill(0)))],
  ['Geneve', bare(17, dns(53, 6081, 0x8000))],
  ['a query to another port', inTunnel(17, dns(53, 50_000, 0))],
  ['a response from another port', inTunnel(17, dns(50_000, 53, 0x8000))],
  ['half a DNS header', inTunnel(17, udp(53, [1, 2, 3, 4]))],
  ['DNS that is shorter than its IP packet', inTunnel(17, udp(53, new Array<number>(14).fill(0), 20))],
  ['ARP of another operation', tunnelled(4789, resolution(3))],
  ['ARP for other addresses', tunnelled(4789, resolution(1, 5, 16))],
  ['ARP for another protocol', tunnelled(4789, resolution(1, 3, 1))],
  ['ARP of a host without an address', tunnelled(4789, ethernet(0x0806, arp(1).fill(0, 14, 18)))],
  ['an ARP reply to nobody', tunnelled(4789, ethernet(0x0806, arp(2).fill(0, 24, 28)))],
  ['an ARP announcement', tunnelled(4789, ethernet(0x0806, arp(1).copyWithin(24, 14, 18)))],
  ['two tags', tagged(tagged(inTunnel(1, echo(8))))],
  ['an inner tag', tunnelled(4789, ethernet(0x8100, vlan(5, 0x0800, ipv4({ protocol: 1 }, echo(8)))))],
  ['an inner option', tunnelled(4789, ethernet(0x0800, ipv4({ protocol: 1, options: [1, 1, 1, 1] }, echo(8))))],
  ['an option', ethernet(0x0800, ipv4({ protocol: 1, options: [1, 1, 1, 1] }, echo(8)))],
  ['an inner fragment', tunnelled(4789, ethernet(0x0800, ipv4({ protocol: 1, fragment: 0x2000 }, echo(8))))],
  ['an extension header', ethernet(0x86dd, ipv6(0, extension(6, tcp(ACK))))],
  ['inner IPv6', tunnelled(4789, ethernet(0x86dd, ipv6(6, tcp(ACK))))],
  ['another port', tunnelled(4790)],
  ['a second flag', bare(17, udp(4789, vxlan(7, bare(1, echo(8)), 0x88)))],
];

const kernel = Kernel.start(STANDARD_PORTS)!;
const batch = new GlancedBatch(kernel.memory);
const ROOM = 256;
batch.bytes = kernel.memory.bytes(2 * ROOM);
batch.view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
batch.captured.fill(0);

/** The row of the bytes. They stand there twice, with other bytes behind them, which must not be looked at. */
function rowOf(bytes: readonly number[] | Uint8Array): Int32Array {
  batch.count = 2;
  batch.rows.fill(0);
  for (const [i, behind] of [0, 0xff].entries()) {
    batch.bytes.fill(behind, i * ROOM, (i + 1) * ROOM);
    batch.bytes.set(bytes, i * ROOM);
    batch.offset[i] = i * ROOM;
    batch.captured[i] = bytes.length;
    batch.original[i] = bytes.length + i;
    batch.time[i] = i;
  }
  kernel.glance(batch, [{ linkType: 1 }]);
  const [row, other] = [batch.rows.slice(0, ROW_WORDS), batch.rows.slice(ROW_WORDS, 2 * ROW_WORDS)];
  const isTold = row[Digest.Kind] !== Ordinary.No;
  const told = (words: Int32Array): unknown => (isTold ? [...words] : [words[Digest.Kind], words[Digest.FlowHash]]);
  expect(told(row)).toEqual(told(other));
  return row;
}

/** The same, or null when it is no ordinary packet. */
function look(bytes: readonly number[] | Uint8Array): Int32Array | null {
  const row = rowOf(bytes);
  return row[Digest.Kind] === Ordinary.No ? null : row;
}

const KINDS = {
  [Ordinary.EchoRequest]: Kind.EchoRequest,
  [Ordinary.EchoReply]: Kind.EchoReply,
  [Ordinary.DnsQuery]: Kind.DnsQuery,
  [Ordinary.DnsResponse]: Kind.DnsResponse,
  [Ordinary.ArpRequest]: Kind.ArpRequest,
  [Ordinary.ArpReply]: Kind.ArpReply,
};

function expectAgreement(row: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  const packet: Packet = decode(bytes);
  expect(Outcome[packet.outcome]).toBe('Complete');
  expect(packet.firstFragment || packet.outerFragment || packet.packetType >= 0).toBe(false);
  const kind: Ordinary = row[Digest.Kind];
  if (kind === Ordinary.No) throw new Error('a glance that tells nothing');
  if (kind === Ordinary.BareTcpOverIpv6) {
    expect([packet.tunnel, packet.kind, packet.ipVersion, packet.protocol]).toEqual([Tunnel.None, Kind.Other, 6, 6]);
    return;
  }
  const isTunnelled = row[Digest.OuterLength] !== 0;
  const outerLength = isTunnelled ? packet.tunnelDatagramEnd - packet.tunnelIpAt : 0;
  const isResolution = packet.kind === Kind.ArpRequest || packet.kind === Kind.ArpReply;
  const at = isResolution ? packet.transportAt : packet.ipAt;
  expect([row[Digest.Ip], row[Digest.OuterLength]]).toEqual([at, outerLength]);
  expect([packet.tunnel, packet.tunnelDepth]).toEqual(isTunnelled ? [Tunnel.Vxlan, 1] : [Tunnel.None, 0]);
  expect(packet.ipVersion).toBe(isResolution ? 0 : 4);
  expect(isTunnelled ? packet.tunnelIpVersion : 4).toBe(4);
  if (kind === Ordinary.BareTcp || kind === Ordinary.Tcp) {
    expect(packet.kind).toBe(Kind.Other);
    const ip = isTunnelled ? packet.tunnelIpAt : packet.ipAt;
    const [source, destination] = [view.getInt32(ip + 12), view.getInt32(ip + 16)];
    expect(isTunnelled).toBe(kind === Ordinary.Tcp);
    if (isTunnelled) expectTunnel(row, packet, source, destination);
    else expectTalker(row, source, destination);
    return;
  }
  expect(packet.kind).toBe(KINDS[kind]);
  if (isResolution) expectResolution(row, packet, view);
  else if (packet.kind === Kind.EchoRequest || packet.kind === Kind.EchoReply) expectEcho(row, packet, view);
  else expectDns(row, packet, view);
}

function expectTunnel(row: Int32Array, packet: Packet, source: number, destination: number): void {
  const { tunnelPort: port, vni } = packet;
  const key = [TcpDigest.Port, TcpDigest.Vni, TcpDigest.OuterSource, TcpDigest.OuterDestination];
  expect(key.map((field) => row[field])).toEqual([port, vni, source, destination]);
  expect(row[TcpDigest.TunnelHash]).toBe(hash5(VXLAN_OVER_IPV4 | port, vni, source, destination, 0));
}

function expectTalker(row: Int32Array, source: number, destination: number): void {
  expect([row[BareDigest.Source], row[BareDigest.Destination]]).toEqual([source, destination]);
  expect(row[BareDigest.TalkerHash]).toBe(hash5(4, source, destination, 0, 0));
}

function expectEcho(row: Int32Array, packet: Packet, view: DataView): void {
  const echo = new EchoPacket();
  echo.readIpv4(packet, view);
  expect(echo.isGroup).toBe(false);
  const { vni, source, destination, identifier, sequence, size, fingerprint, way } = echo;
  expectFlow(row, Protocol.Echo, vni, source, destination, identifier);
  const rest = [Digest.Message, Digest.Size, Digest.Fingerprint, Digest.Way].map((field) => row[field]);
  expect(rest).toEqual([(identifier << 16) | sequence, size, fingerprint, way]);
}

function expectDns(row: Int32Array, packet: Packet, view: DataView): void {
  const { ipAt, transportAt: at, vni } = packet;
  const [from, to] = [view.getInt32(ipAt + 12), view.getInt32(ipAt + 16)];
  const [fromPort, toPort, id] = [view.getUint16(at), view.getUint16(at + 2), view.getUint16(at + 8)];
  const isQuery = packet.kind === Kind.DnsQuery;
  if (isQuery) expectFlow(row, Protocol.Dns, vni, from, to, toPort);
  else expectFlow(row, Protocol.Dns, vni, to, from, fromPort);
  const rest = [Digest.Message, Digest.Size, Digest.Fingerprint, Digest.Way].map((field) => row[field]);
  const message = ((isQuery ? fromPort : toPort) << 16) | id;
  expect(rest).toEqual([message, packet.payloadEnd - ipAt, 0, wayOf(packet, view)]);
}

function expectResolution(row: Int32Array, packet: Packet, view: DataView): void {
  const { transportAt: at, vni } = packet;
  const [sender, target] = [view.getInt32(at + 14), view.getInt32(at + 24)];
  expect([sender, target]).not.toContain(0);
  if (packet.kind === Kind.ArpRequest) expectFlow(row, Protocol.Arp, vni, sender, target, 0);
  else expectFlow(row, Protocol.Arp, vni, target, sender, 0);
  const rest = [Digest.Message, Digest.Size, Digest.Fingerprint, Digest.Way].map((field) => row[field]);
  expect(rest).toEqual([0, 0, 0, wayOf(packet, view)]);
}

function expectFlow(
  row: Int32Array,
  protocol: Protocol,
  vni: number,
  source: number,
  destination: number,
  identifier: number,
): void {
  const key = [Digest.Scope, Digest.Source, Digest.Destination, Digest.Identifier].map((field) => row[field]);
  expect(key).toEqual([scopeOf(protocol, vni), source, destination, identifier]);
  expect(row[Digest.FlowHash]).toBe(hash5(protocol, vni, source, destination, identifier));
}

describe('a glance', () => {
  test.each(ORDINARY)('takes in %s', (_name, kind, bytes) => {
    const seen = look(bytes);
    expect(seen?.[Digest.Kind]).toBe(kind);
    expectAgreement(seen!, Uint8Array.from(bytes));
  });

  test.each(ORDINARY)('leaves %s alone at every shorter length', (_name, _kind, bytes) => {
    for (let length = 0; length < bytes.length; length++) expect(look(bytes.slice(0, length))).toBeNull();
  });

  test.each(OTHERS)('leaves alone %s', (_name, bytes) => {
    expect(look(bytes)).toBeNull();
  });

  test('leaves alone what came by an interface that is not Ethernet', () => {
    const [, , bytes] = ORDINARY[0];
    rowOf(bytes);
    for (const [interfaces, channel, kind] of [
      [[{ linkType: 1 }, { linkType: 113 }], 1, Ordinary.No],
      [[{ linkType: 113 }, { linkType: 1 }, { linkType: 1 }], 1, Ordinary.EchoRequest],
      [new Array(300).fill({ linkType: 1 }), 299, Ordinary.No],
    ] as const) {
      batch.interfaceIndex.fill(channel, 0, 2);
      kernel.glance(batch, interfaces);
      expect(batch.rows[Digest.Kind]).toBe(kind);
    }
    batch.interfaceIndex.fill(0, 0, 2);
  });

  test('adds up what the frames come to', () => {
    const [, , bytes] = ORDINARY[0];
    const { length } = bytes;
    rowOf(bytes);
    expect([...batch.totals]).toEqual([2 * length, 2 * length + 1, 1, 0, 1]);
    batch.time.set([Number.NaN, 5]);
    kernel.glance(batch, [{ linkType: 1 }]);
    expect([...batch.totals].slice(3)).toEqual([5, 5]);
  });

  test('agrees with decoding in full whatever bytes are changed', () => {
    let taken = 0;
    const changed = fc.record({
      frame: fc.constantFrom(...ORDINARY.map(([, , bytes]) => bytes)),
      changes: fc.array(fc.tuple(fc.nat(110), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      behind: fc.nat(8),
    });
    fc.assert(
      fc.property(changed, ({ frame, changes, behind }) => {
        const bytes = Uint8Array.from([...frame, ...new Array<number>(behind).fill(0)]);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const seen = look(bytes);
        if (seen === null) return;
        taken++;
        expectAgreement(seen, bytes);
      }),
      { numRuns: 4000 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});
