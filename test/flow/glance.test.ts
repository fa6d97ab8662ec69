/** What is told at a glance is what decoding in full tells; and what is out of the ordinary is not glanced at. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ordinary } from '../../src/decode/ordinary.ts';
import { Kind, Outcome, type Packet, Tunnel } from '../../src/decode/packet.ts';
import { BareDigest, Digest, ROW_WORDS, TcpDigest, VXLAN_OVER_IPV4 } from '../../src/flow/digest.ts';
import { EchoPacket } from '../../src/flow/echo-packet.ts';
import { hash5 } from '../../src/flow/hash.ts';
import { localIdentity } from '../../src/flow/identity.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { Protocol } from '../../src/flow/observations.ts';
import { GlancedBatch } from '../../src/glanced-batch.ts';
import { decode, echo, ethernet, ipv4, STANDARD_PORTS, tunnelled, udp, vlan, vxlan } from '../decode/decoding.ts';

const ACK = 0x10;

function tcp(flags: number): number[] {
  return [0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x10, 0, 0, 0, 0, 0];
}

function inTunnel(protocol: number, payload: readonly number[]): number[] {
  return tunnelled(4789, ethernet(0x0800, ipv4({ protocol }, payload)));
}

const ORDINARY: readonly [string, Ordinary, number[]][] = [
  ['an echo request', Ordinary.EchoRequest, inTunnel(1, echo(8))],
  ['an echo reply', Ordinary.EchoReply, inTunnel(1, echo(0))],
  ['TCP data', Ordinary.Tcp, inTunnel(6, [...tcp(ACK), 1, 2, 3])],
  ['TCP data outside any tunnel', Ordinary.BareTcp, ethernet(0x0800, ipv4({ protocol: 6 }, [...tcp(ACK), 1, 2]))],
];

const OTHERS: readonly [string, number[]][] = [
  ['a SYN', inTunnel(6, tcp(0x02))],
  ['a SYN outside any tunnel', ethernet(0x0800, ipv4({ protocol: 6 }, tcp(0x02)))],
  ['a fragment outside any tunnel', ethernet(0x0800, ipv4({ protocol: 6, fragment: 0x2000 }, tcp(ACK)))],
  ['a reset', inTunnel(6, tcp(0x04))],
  ['a time exceeded', inTunnel(1, echo(11))],
  ['inner UDP', inTunnel(17, udp(53, new Array<number>(12).fill(0)))],
  ['ARP', tunnelled(4789, ethernet(0x0806, new Array<number>(60).fill(0)))],
  ['an inner tag', tunnelled(4789, ethernet(0x8100, vlan(5, 0x0800, ipv4({ protocol: 1 }, echo(8)))))],
  ['an inner option', tunnelled(4789, ethernet(0x0800, ipv4({ protocol: 1, options: [1, 1, 1, 1] }, echo(8))))],
  ['an inner fragment', tunnelled(4789, ethernet(0x0800, ipv4({ protocol: 1, fragment: 0x2000 }, echo(8))))],
  ['another port', tunnelled(4790)],
  ['no tunnel', ethernet(0x0800, ipv4({ protocol: 1 }, echo(8, new Array<number>(80).fill(0))))],
  [
    'a second flag',
    ethernet(
      0x0800,
      ipv4({ protocol: 17 }, udp(4789, vxlan(7, ethernet(0x0800, ipv4({ protocol: 1 }, echo(8))), 0x88))),
    ),
  ],
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

const KINDS = { [Ordinary.EchoRequest]: Kind.EchoRequest, [Ordinary.EchoReply]: Kind.EchoReply };

function expectAgreement(row: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  const packet: Packet = decode(bytes);
  expect(Outcome[packet.outcome]).toBe('Complete');
  const kind: Ordinary = row[Digest.Kind];
  if (kind === Ordinary.BareTcp) {
    expect([packet.tunnel, packet.kind, packet.ipVersion]).toEqual([Tunnel.None, Kind.Other, 4]);
    expect(packet.firstFragment || packet.vlan >= 0).toBe(false);
    const [source, destination] = [view.getInt32(packet.ipAt + 12), view.getInt32(packet.ipAt + 16)];
    expect([row[BareDigest.Source], row[BareDigest.Destination]]).toEqual([source, destination]);
    expect(row[BareDigest.TalkerHash]).toBe(hash5(4, source, destination, 0, 0));
    return;
  }
  expect(packet.tunnel).toBe(Tunnel.Vxlan);
  expect([packet.tunnelDepth, packet.ipVersion, packet.tunnelIpVersion]).toEqual([1, 4, 4]);
  expect(packet.firstFragment || packet.outerFragment || packet.vlan >= 0).toBe(false);
  expect([row[Digest.Vni], row[Digest.OuterLength]]).toEqual([
    packet.vni,
    packet.tunnelDatagramEnd - packet.tunnelIpAt,
  ]);
  if (kind === Ordinary.Tcp) {
    expect(packet.kind).toBe(Kind.Other);
    const [source, destination] = [view.getInt32(packet.tunnelIpAt + 12), view.getInt32(packet.tunnelIpAt + 16)];
    expect([row[TcpDigest.Port], row[TcpDigest.OuterSource], row[TcpDigest.OuterDestination]]).toEqual([
      packet.tunnelPort,
      source,
      destination,
    ]);
    const what = VXLAN_OVER_IPV4 | packet.tunnelPort;
    expect(row[TcpDigest.TunnelHash]).toBe(hash5(what, packet.vni, source, destination, 0));
    return;
  }
  if (kind === Ordinary.No) throw new Error('a glance that tells nothing');
  expect(packet.kind).toBe(KINDS[kind]);
  const echo = new EchoPacket();
  echo.readIpv4(packet, view);
  expect(echo.isGroup).toBe(false);
  expect([row[Digest.Source], row[Digest.Destination], row[Digest.IdSequence]]).toEqual([
    echo.source,
    echo.destination,
    (echo.identifier << 16) | echo.sequence,
  ]);
  const { protocol, vni, source, destination, identifier } = echo;
  expect(row[Digest.FlowHash]).toBe(hash5(protocol, vni, source, destination, identifier));
  expect([row[Digest.Size], row[Digest.Fingerprint], row[Digest.Low], row[Digest.Local], row[Digest.Way]]).toEqual([
    echo.size,
    echo.fingerprint,
    echo.low,
    echo.local,
    echo.way,
  ]);
  expect(localIdentity(row[Digest.Local], vni)).toBe(echo.high);
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

  test('leaves DNS alone, and tells its flow', () => {
    const query = udp(53, new Array<number>(12).fill(0));
    const response = [...query.slice(2, 4), ...query.slice(0, 2), ...query.slice(4)];
    const [low, high] = [0x0a010001, 0x0a010002];
    for (const [message, client, server] of [
      [query, low, high],
      [response, high, low],
    ] as const) {
      const bytes = inTunnel(17, message);
      const row = rowOf(bytes);
      expect(row[Digest.Kind]).toBe(Ordinary.No);
      const { vni } = decode(Uint8Array.from(bytes));
      expect(row[Digest.FlowHash]).toBe(hash5(Protocol.Dns, vni, client, server, 53));
    }
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
