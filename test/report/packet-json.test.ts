import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAMES, type FrameName } from '../wire/frames.ts';
import { print } from './packet-lines.ts';

type Json = Record<string, unknown> & { layers: Record<string, unknown>[]; quoted?: Record<string, unknown>[] };

const NAMES = Object.keys(FRAMES) as FrameName[];

function bytesOf(name: FrameName): Uint8Array {
  return Uint8Array.from(Buffer.from(FRAMES[name].hex, 'hex'));
}

function object(name: FrameName): Json {
  return JSON.parse(print(bytesOf(name), FRAMES[name].linkType).json);
}

const IPV4 = {
  layer: 'ipv4',
  timeToLive: 64,
  identification: 0x1234,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  checksum: 'right',
};

test('a VXLAN packet, every field', () => {
  expect(object('vxlan')).toEqual({
    frame: 7,
    time: '2023-10-20T10:34:17.389643000Z',
    captured: 103,
    length: 103,
    kind: 'echo-request',
    vni: 555005,
    outcome: 'complete',
    layers: [
      { layer: 'ethernet', source: '0a:58:0a:84:02:2e', destination: 'fe:00:12:34:ab:cd', etherType: 0x0800 },
      { ...IPV4, source: '192.168.10.163', destination: '192.168.10.201', protocol: 17, length: 89 },
      { layer: 'udp', sourcePort: 54001, destinationPort: 4789, length: 69, checksum: 'right' },
      { layer: 'vxlan', vni: 555005, flags: 8, reserved1: 0, reserved2: 0 },
      { layer: 'ethernet', source: '7e:e5:f7:e6:f5:1a', destination: '0a:58:0a:84:02:2e', etherType: 0x0800 },
      { ...IPV4, source: '10.132.2.2', destination: '10.132.2.46', protocol: 1, length: 39 },
      {
        layer: 'icmp',
        type: 8,
        code: 0,
        name: 'echo request',
        length: 19,
        identifier: 0xbeef,
        sequence: 258,
        checksum: 'right',
      },
    ],
  });
});

describe('the last layer', () => {
  test.each<[FrameName, object]>([
    [
      'arp-request',
      {
        layer: 'arp',
        operation: 1,
        senderMac: '7e:e5:f7:e6:f5:1a',
        senderIp: '10.132.2.46',
        targetMac: '00:00:00:00:00:00',
        targetIp: '10.132.2.2',
      },
    ],
    [
      'neighbor-advertisement',
      {
        layer: 'icmpv6',
        type: 136,
        code: 0,
        name: 'neighbor advertisement',
        length: 32,
        target: 'fe80::7ce5:f7ff:fee6:f51a',
        linkLayerAddress: '7e:e5:f7:e6:f5:1a',
        router: true,
        solicited: true,
        override: true,
        checksum: 'right',
      },
    ],
    [
      'fragment-v6',
      {
        layer: 'ipv6-extension',
        header: 'fragment',
        identification: 0xdeadbeef,
        moreFragments: true,
        fragmentOffset: 1480,
      },
    ],
    [
      'tcp-urgent',
      {
        layer: 'tcp',
        sourcePort: 443,
        destinationPort: 51000,
        sequence: 0x80000001,
        acknowledgment: 0xf1234568,
        flags: 'P.U',
        window: 502,
        payloadLength: 11,
        checksum: 'right',
      },
    ],
    [
      'mpls-dns',
      {
        layer: 'dns',
        id: 0x1d5e,
        response: false,
        responseCode: 0,
        questions: 1,
        answers: 0,
        authority: 0,
        additional: 0,
        questionType: 'AAAA',
        questionName: 'api.example',
      },
    ],
  ])('of %s', (name, layer) => {
    expect(object(name).layers.at(-1)).toEqual(layer);
  });
});

test.each<[FrameName, string, object]>([
  ['vxlan-group-policy', 'vxlan', { vni: 0xfffffe, flags: 0x88, reserved1: 0x484321, reserved2: 0x5a }],
  ['vxlan-gpe', 'vxlan-gpe', { vni: 7, flags: 0x0c, reserved1: 3 }],
  ['vxlan-over-ipv6', 'ipv6', { source: '2001:db8::a', destination: '2001:db8::b', nextHeader: 17, payloadLength: 69 }],
  ['echo-reply-v6', 'ipv6', { hopLimit: 63, flowLabel: 0xbcdef }],
  ['geneve', 'geneve', { vni: 0xabcdef, flags: 0x40, protocolType: 0x6558, optionBytes: 8 }],
  ['qinq-tcp-syn', 'vlan', { id: 100, priority: 7, etherType: 0x8100 }],
  ['mpls-dns', 'mpls', { label: 16, timeToLive: 63 }],
  ['gre-key', 'gre', { flags: 0xb000, protocolType: 0x0800, key: 0x01020304 }],
  ['sll', 'linux-cooked', { packetType: 'other-host', source: '0a:58:0a:84:02:2e', etherType: 0x0800 }],
  ['sll2', 'linux-cooked-v2', { interfaceIndex: 0x01020304, packetType: 'out', etherType: 0x86dd }],
  ['null', 'loopback', { family: 30 }],
  ['packet-too-big', 'icmpv6', { type: 2, mtu: 1280 }],
  ['fragmentation-needed', 'icmp', { type: 3, code: 4, mtu: 1450 }],
])('%s has %s', (name, layer, fields) => {
  expect(object(name).layers.find((each) => each['layer'] === layer)).toMatchObject(fields);
});

test('an ICMP error has what it quotes', () => {
  const { kind, quoted } = object('fragmentation-needed');
  expect(kind).toBe('icmp-error');
  expect(quoted).toMatchObject([
    { layer: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2', checksum: 'unverified' },
    { layer: 'udp', sourcePort: 4000, destinationPort: 5000, checksum: 'unverified' },
  ]);
});

test('a packet that is cut has its problem', () => {
  const { json } = print(bytesOf('vxlan').slice(0, 60), 1, 103);
  expect(JSON.parse(json)).toMatchObject({
    captured: 60,
    length: 103,
    vni: 555005,
    outcome: 'truncated',
    problem: { layer: 'ipv4', offset: 14, needed: 89, available: 46 },
  });
});

describe('checksums', () => {
  const statesOf = (bytes: Uint8Array): unknown[] =>
    (JSON.parse(print(bytes, 1).json) as Json).layers.flatMap(({ checksum }) => checksum ?? []);

  test.each<[string, Record<number, number>, string[]]>([
    ['right', {}, ['right', 'right', 'right', 'right']],
    ['wrong payload', { 102: 0 }, ['right', 'wrong', 'right', 'wrong']],
    ['wrong header', { 22: 63 }, ['wrong', 'right', 'right', 'right']],
    ['absent', { 40: 0, 41: 0 }, ['right', 'absent', 'right', 'right']],
    ['offloaded', { 40: 0x97, 41: 0x13 }, ['right', 'offloaded', 'right', 'right']],
  ])('%s', (_, changes, states) => {
    const bytes = bytesOf('vxlan');
    for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
    expect(statesOf(bytes)).toEqual(states);
  });
});

/** All addresses in an object, however deep. */
function addresses(value: unknown): string[] {
  if (typeof value === 'string')
    return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$|^\d+\.\d+\.\d+\.\d+$|^[0-9a-f:]*::?[0-9a-f:.]*$/.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(addresses) : [];
}

/** One line of printable ASCII, JSON that parses, the same packet in both. */
function expectSound(bytes: Uint8Array, linkType: number, original: number): void {
  const { text, json } = print(bytes, linkType, original);
  expect(text).toMatch(/^[ -~]+\n$/);
  expect(json).toMatch(/^\{[ -~]+\}\n$/);
  const parsed = JSON.parse(json) as Json;
  if (parsed['outcome'] === 'malformed') expect(text).toContain('[malformed ');
  if (parsed['outcome'] === 'truncated') expect(text).toContain('[cut in ');
  for (const { layer, source, destination } of parsed.layers) {
    if (layer !== 'ethernet' && layer !== 'ipv4' && layer !== 'ipv6') continue;
    expect(text).toContain(` ${source} > ${destination}`);
  }
  // What stands around the frame in its slab is 0xee.
  expect(addresses(parsed).filter((address) => address.startsWith('238.238.') || address.startsWith('ee:ee:'))).toEqual(
    [],
  );
}

describe('whatever the bytes', () => {
  test.each(NAMES)('%s, every length of it', (name) => {
    const bytes = bytesOf(name);
    for (let length = 0; length <= bytes.length; length++) {
      expectSound(bytes.subarray(0, length), FRAMES[name].linkType, bytes.length);
      expectSound(bytes.subarray(0, length), FRAMES[name].linkType, length);
    }
  });

  test('an ERSPAN header that the IP packet has no room for', () => {
    const bytes = bytesOf('erspan');
    bytes[17] = 28;
    expectSound(bytes, FRAMES.erspan.linkType, bytes.length);
  });

  test('frames with any bytes changed', () => {
    const change = fc.tuple(fc.nat(130), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.nat(40),
        (name, changes, less) => {
          const bytes = bytesOf(name);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value === 0xee ? 0 : value;
          const captured = bytes.subarray(0, Math.max(0, bytes.length - Math.max(0, less - 20)));
          expectSound(captured, FRAMES[name].linkType, bytes.length);
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('arbitrary bytes of any link type', () => {
    const linkType = fc.constantFrom(0, 1, 12, 101, 108, 113, 228, 229, 276, 147);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), linkType, fc.nat(100), (random, type, more) => {
        const bytes = random.map((byte) => (byte === 0xee ? 0 : byte));
        expectSound(bytes, type, bytes.length + more);
      }),
      { numRuns: 2000 },
    );
  });
});
