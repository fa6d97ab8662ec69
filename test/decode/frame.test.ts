/** Single frames: link layers, tags, fragments, extension headers, tunnels on every port, and what only looks like one. */
import { describe, expect, test } from 'vitest';
import { isSupportedLinkType } from '../../src/decode/frame.ts';
import { Kind, Layer, Outcome, Tunnel } from '../../src/decode/packet.ts';
import {
  arp,
  authentication,
  decode,
  echo,
  ethernet,
  extension,
  fragmentHeader,
  ipv4,
  ipv6,
  layers,
  tunnelled,
  udp,
  vlan,
  vxlan,
} from './decoding.ts';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ping = ipv4({ protocol: 1 }, echo(8));
const frame = (bytes: readonly number[], options?: Parameters<typeof decode>[1]) =>
  decode(Uint8Array.from(bytes), options);

describe('link layers', () => {
  test.each([0, 1, 2, 3, 4])('Linux cooked: packet type %i is kept', (packetType) => {
    const head = [0, packetType, 0, 1, 0, 6, 10, 88, 10, 132, 2, 46, 0, 0, 8, 0];
    const packet = frame([...head, ...ping], { linkType: 113 });
    expect(layers(packet)).toEqual(['LinuxCooked', 'Ipv4', 'Icmp']);
    expect({ type: packet.packetType, kind: Kind[packet.kind] }).toEqual({ type: packetType, kind: 'EchoRequest' });
    expect([packet.ethernetAt, packet.interfaceIndex]).toEqual([-1, 0]);
  });

  test.each([0, 1, 2, 3, 4])('Linux cooked v2: packet type %i and the interface are kept', (packetType) => {
    const head = [8, 0, 0, 0, 0, 0, 1, 0x2c, 0, 1, packetType, 6, 10, 88, 10, 132, 2, 46, 0, 0];
    const packet = frame([...head, ...ping], { linkType: 276 });
    expect(layers(packet)).toEqual(['LinuxCookedV2', 'Ipv4', 'Icmp']);
    expect([packet.packetType, packet.interfaceIndex]).toEqual([packetType, 300]);
  });

  test('a packet type does not outlive its frame in a tunnel', () => {
    const head = [0, 3, 0, 1, 0, 6, 10, 88, 10, 132, 2, 46, 0, 0, 8, 0];
    const packet = frame([...head, ...tunnelled(4789).slice(14)], { linkType: 113 });
    expect(layers(packet)).toEqual(['LinuxCooked', 'Ipv4', 'Udp', 'Vxlan', 'Ethernet', 'Ipv4', 'Icmp']);
    expect(packet.packetType).toBe(3);
    expect(packet.ethernetAt).toBe(16 + 20 + 8 + 8);
  });

  test.each([
    [0, [2, 0, 0, 0]],
    [0, [0, 0, 0, 2]],
    [108, [0, 0, 0, 2]],
  ])('loopback, link type %i, family %j', (linkType, family) => {
    expect(layers(frame([...family, ...ping], { linkType }))).toEqual(['Loopback', 'Ipv4', 'Icmp']);
  });

  test('loopback of a family that is no IP: unsupported', () => {
    const packet = frame([7, 0, 0, 0, ...ping], { linkType: 0 });
    expect(Outcome[packet.outcome]).toBe('Unsupported');
  });

  test.each([12, 14, 101, 228])('raw IP, link type %i', (linkType) => {
    expect(layers(frame(ping, { linkType }))).toEqual(['Ipv4', 'Icmp']);
  });

  test.each([105, 127, 147, 9])('link type %i: unsupported, and said so beforehand', (linkType) => {
    expect(isSupportedLinkType(linkType)).toBe(false);
    const packet = frame(ping, { linkType });
    expect([Outcome[packet.outcome], packet.layerCount]).toEqual(['Unsupported', 0]);
  });
});

describe('tags', () => {
  test('802.1Q: the VLAN', () => {
    const packet = frame(ethernet(0x8100, vlan(0xe123, IPV4, ping)));
    expect(layers(packet)).toEqual(['Ethernet', 'Vlan', 'Ipv4', 'Icmp']);
    expect(packet.vlan).toBe(0x123);
  });

  test.each([0x88a8, 0x9100, 0x8100])('two tags, the outer one %i: the inner VLAN', (outer) => {
    const packet = frame(ethernet(outer, vlan(100, 0x8100, vlan(200, IPV4, ping))));
    expect(layers(packet)).toEqual(['Ethernet', 'Vlan', 'Vlan', 'Ipv4', 'Icmp']);
    expect([packet.vlan, Kind[packet.kind]]).toEqual([200, 'EchoRequest']);
  });

  test('a tag outside the tunnel is none of the inner frame', () => {
    const packet = frame(ethernet(0x8100, vlan(7, IPV4, tunnelled(4789).slice(14))));
    expect([packet.vni, packet.vlan]).toEqual([555005, -1]);
  });

  test('a tag inside the tunnel', () => {
    const packet = frame(tunnelled(4789, ethernet(0x8100, vlan(30, IPV4, ping))));
    expect([packet.vni, packet.vlan, Kind[packet.kind]]).toEqual([555005, 30, 'EchoRequest']);
  });
});

describe('fragments', () => {
  test('the first one is decoded as far as it goes', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 1, fragment: 0x2000 }, echo(8))));
    expect([Kind[packet.kind], packet.firstFragment, packet.whole]).toEqual(['EchoRequest', true, false]);
  });

  test('a later one has no transport header, whatever its bytes look like', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 1, fragment: 0x2001 }, echo(8))));
    expect([Kind[packet.kind], packet.transportAt, packet.firstFragment]).toEqual(['LaterFragment', -1, false]);
  });

  test('a later one of a VXLAN datagram is no VXLAN', () => {
    const packet = frame(
      ethernet(IPV4, ipv4({ protocol: 17, fragment: 100 }, udp(4789, vxlan(1, ethernet(IPV4, ping))))),
    );
    expect([packet.tunnel, Kind[packet.kind]]).toEqual([Tunnel.None, 'LaterFragment']);
  });

  test('the first one of a VXLAN datagram holds the inner headers, and what it lacks is no fault of theirs', () => {
    const inner = ethernet(IPV4, ipv4({ protocol: 1, totalLength: 1400 }, echo(8)));
    const datagram = udp(4789, vxlan(555005, inner), 1450);
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 17, fragment: 0x2000 }, datagram)));
    expect([packet.vni, Kind[packet.kind], packet.outerFragment]).toEqual([555005, 'EchoRequest', true]);
    expect([Outcome[packet.outcome], packet.firstFragment, packet.whole]).toEqual(['Truncated', false, false]);
  });

  test('don’t fragment alone makes none', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 1, fragment: 0x4000 }, echo(8))));
    expect([packet.firstFragment, packet.whole, Outcome[packet.outcome]]).toEqual([false, true, 'Complete']);
  });

  test('IPv6: first, later, and atomic', () => {
    const of = (offsetFlags: number) => frame(ethernet(IPV6, ipv6(44, fragmentHeader(58, offsetFlags, echo(128)))));
    expect([Kind[of(1).kind], of(1).firstFragment]).toEqual(['EchoRequest', true]);
    expect([Kind[of(9).kind], of(9).transportAt]).toEqual(['LaterFragment', -1]);
    expect([Kind[of(0).kind], of(0).firstFragment, of(0).whole]).toEqual(['EchoRequest', false, true]);
  });
});

describe('IP', () => {
  test('options move the transport', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 1, options: [1, 1, 1, 0, 1, 1, 1, 0] }, echo(0))));
    expect([Kind[packet.kind], packet.transportAt]).toEqual(['EchoReply', 14 + 28]);
  });

  test.each([
    ['hop by hop', 0],
    ['routing', 43],
    ['destination options', 60],
    ['mobility', 135],
  ])('IPv6 %s, of 8 and of 24 bytes', (_, header) => {
    for (const extra of [0, 2]) {
      const packet = frame(ethernet(IPV6, ipv6(header, extension(58, echo(128), extra))));
      expect(layers(packet)).toEqual(['Ethernet', 'Ipv6', 'Ipv6Extension', 'Icmpv6']);
      expect([Kind[packet.kind], packet.protocol]).toEqual(['EchoRequest', 58]);
    }
  });

  test('IPv6 authentication header: its length counts words', () => {
    const packet = frame(ethernet(IPV6, ipv6(51, authentication(58, 6, echo(129)))));
    expect([Kind[packet.kind], packet.transportAt]).toEqual(['EchoReply', 14 + 40 + 24]);
  });

  test('IPv6 extension headers in a row, VXLAN behind them', () => {
    const datagram = udp(4789, vxlan(9, ethernet(IPV4, ping)));
    const packet = frame(ethernet(IPV6, ipv6(0, extension(60, extension(17, datagram)))));
    expect([packet.vni, packet.tunnelIpVersion, Kind[packet.kind]]).toEqual([9, 6, 'EchoRequest']);
  });

  test('IPv6 no next header: nothing behind it, and nothing wrong', () => {
    const packet = frame(ethernet(IPV6, ipv6(59, [])));
    expect([Outcome[packet.outcome], Kind[packet.kind]]).toEqual(['Complete', 'Other']);
  });

  test.each([
    ['ICMPv6 behind IPv4', ethernet(IPV4, ipv4({ protocol: 58 }, [135, ...new Array<number>(23).fill(0)]))],
    ['ICMP behind IPv6', ethernet(IPV6, ipv6(1, echo(8)))],
  ])('%s: another protocol', (_, bytes) => {
    const packet = frame(bytes);
    expect([Outcome[packet.outcome], Kind[packet.kind], packet.layerCount]).toEqual(['Unsupported', 'Other', 2]);
    expect(packet.transportAt).toBe(-1);
  });

  test.each([
    ['a total length below the header', ipv4({ protocol: 1, totalLength: 12 }, echo(8))],
    ['a total length beyond the frame', ipv4({ protocol: 1, totalLength: 2000 }, echo(8))],
    ['a version that is not 4', [0x65, ...ping.slice(1)]],
    ['a header length of 16', [0x44, ...ping.slice(1)]],
  ])('%s: malformed', (_, packet) => {
    const decoded = frame(ethernet(IPV4, packet));
    expect([Outcome[decoded.outcome], Layer[decoded.problemLayer]]).toEqual(['Malformed', 'Ipv4']);
  });

  test('a payload length beyond the frame: malformed', () => {
    const decoded = frame(ethernet(IPV6, ipv6(58, echo(128), 500)));
    expect([Outcome[decoded.outcome], decoded.needed, decoded.available]).toEqual(['Malformed', 540, 52]);
  });

  test('a total length of zero, as segmentation offload leaves it: up to the end of the frame', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 1, totalLength: 0 }, echo(8))));
    expect([Outcome[packet.outcome], packet.payloadEnd]).toEqual(['Complete', 14 + 20 + 12]);
  });

  test('a UDP length below its header: malformed', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 17 }, udp(4789, vxlan(1, ethernet(IPV4, ping)), 7))));
    expect([Outcome[packet.outcome], packet.tunnel]).toEqual(['Malformed', Tunnel.None]);
  });

  test('ARP: requests and replies for IPv4 over Ethernet, nothing else', () => {
    const kindOf = (bytes: readonly number[]) => Kind[frame(ethernet(0x0806, bytes)).kind];
    expect([1, 2, 3, 8].map((operation) => kindOf(arp(operation)))).toEqual([
      'ArpRequest',
      'ArpReply',
      'Other',
      'Other',
    ]);
    expect(kindOf(arp(1, 8))).toBe('Other');
  });
});

describe('VXLAN by its port', () => {
  test.each([4789, 8472])('%i always', (port) => {
    const packet = frame(tunnelled(port));
    expect([packet.tunnel, packet.vni, packet.tunnelPort]).toEqual([Tunnel.Vxlan, 555005, port]);
  });

  test('a port that the user names, whatever the reserved bits say', () => {
    const unusual = ethernet(IPV4, ipv4({ protocol: 17 }, udp(7777, vxlan(5, ethernet(0x1234, [1, 2, 3]), 0x88))));
    expect(frame(unusual).tunnel).toBe(Tunnel.None);
    expect(frame(unusual, { vxlanPorts: [7777] }).vni).toBe(5);
  });

  test('not by the source port', () => {
    const bytes = ethernet(IPV4, ipv4({ protocol: 17 }, udp(9999, vxlan(5, ethernet(0x1234, [1, 2, 3])))));
    bytes.splice(14 + 20, 2, 0x12, 0xb5);
    expect(frame(bytes).tunnel).toBe(Tunnel.None);
  });

  test('a clear I flag: none', () => {
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 17 }, udp(4789, vxlan(5, ethernet(IPV4, ping), 0)))));
    expect([packet.tunnel, packet.vni, Kind[packet.kind]]).toEqual([Tunnel.None, -1, 'Other']);
  });

  test('in VXLAN: the innermost VNI, counted twice deep', () => {
    const inner = tunnelled(4789, ethernet(IPV4, ping));
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 17 }, udp(8472, vxlan(7, inner)))));
    expect([packet.vni, packet.tunnelDepth, packet.tunnelPort]).toEqual([555005, 2, 4789]);
  });
});

describe('VXLAN by its bytes, on port 12345', () => {
  const carrying = (inner: readonly number[]) => tunnelled(12345, inner);
  const datagram = (payload: readonly number[]) => ethernet(IPV4, ipv4({ protocol: 17 }, udp(12345, payload)));
  const innerPing = ethernet(IPV4, ping);

  test.each([
    ['IPv4', carrying(innerPing), 'EchoRequest'],
    ['IPv4 with padding', carrying([...innerPing, 0, 0, 0]), 'EchoRequest'],
    [
      'IPv4 whose checksum is left to the card',
      carrying(ethernet(IPV4, ipv4({ protocol: 1, checksum: 0 }, echo(8)))),
      'EchoRequest',
    ],
    ['IPv6', carrying(ethernet(IPV6, ipv6(58, echo(128)))), 'EchoRequest'],
    ['ARP', carrying(ethernet(0x0806, arp(1))), 'ArpRequest'],
  ])('%s: unmistakable', (_, bytes, kind) => {
    const packet = frame(bytes);
    expect([packet.tunnel, packet.vni, packet.tunnelPort]).toEqual([Tunnel.Vxlan, 555005, 12345]);
    expect(Kind[packet.kind]).toBe(kind);
  });

  const changed = (at: number, value: number): number[] => {
    const payload = vxlan(555005, innerPing);
    payload[at] = value;
    return datagram(payload);
  };
  test.each([
    ['a second flag', changed(0, 0x88)],
    ['no I flag', changed(0, 0)],
    ['a reserved byte before the VNI', changed(2, 1)],
    ['a reserved byte behind the VNI', changed(7, 1)],
    ['an EtherType that is none of these', changed(8 + 12, 0x07)],
    ['an inner version that is not 4', changed(8 + 14, 0x55)],
    ['an inner header length below 20', changed(8 + 14, 0x44)],
    ['an inner checksum that is wrong', changed(8 + 14 + 10, 0x77)],
    [
      'no inner checksum and a length that does not fill the frame',
      datagram(vxlan(1, ethernet(IPV4, [...ipv4({ protocol: 1, checksum: 0 }, echo(8)), 0]))),
    ],
    ['an IPv6 length that does not fill the frame', datagram(vxlan(1, ethernet(IPV6, ipv6(58, echo(128), 5))))],
    ['ARP of another operation', datagram(vxlan(1, ethernet(0x0806, arp(3))))],
    ['a frame too short for anything', datagram(vxlan(1, ethernet(IPV4, [])))],
    ['text', datagram([...Buffer.from('\x08\0\0\0 the quick brown fox jumps over the lazy dog, twice')])],
  ])('%s: not', (_, bytes) => {
    const packet = frame(bytes);
    expect([packet.tunnel, packet.vni, Kind[packet.kind]]).toEqual([Tunnel.None, -1, 'Other']);
    expect(layers(packet)).toEqual(['Ethernet', 'Ipv4', 'Udp']);
  });

  test('what an ICMP error quotes is no tunnel', () => {
    const error = [3, 3, 0, 0, 0, 0, 0, 0, ...tunnelled(4789).slice(14)];
    const packet = frame(ethernet(IPV4, ipv4({ protocol: 1 }, error)));
    expect([Kind[packet.kind], packet.tunnel]).toEqual(['Error', Tunnel.None]);
    expect(layers(packet)).toEqual(['Ethernet', 'Ipv4', 'Icmp']);
  });
});
