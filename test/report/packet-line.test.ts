import { describe, expect, test } from 'vitest';
import { FRAMES, type FrameName } from '../wire/frames.ts';
import { print } from './packet-lines.ts';

function bytesOf(name: FrameName): Uint8Array {
  return Uint8Array.from(Buffer.from(FRAMES[name].hex, 'hex'));
}

/** The line of a frame behind its number and time, with some bytes replaced. */
function line(name: FrameName, changes: Record<number, number> = {}): string {
  const bytes = bytesOf(name);
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  const { text } = print(bytes, FRAMES[name].linkType);
  expect(text).toMatch(/^7 2023-10-20T10:34:17\.389643000Z .*\n$/);
  return text.slice('7 2023-10-20T10:34:17.389643000Z '.length, -1);
}

test.each<[FrameName, string]>([
  [
    'vxlan',
    '103 0a:58:0a:84:02:2e > fe:00:12:34:ab:cd 192.168.10.163 > 192.168.10.201 UDP 54001 > 4789 length 61 VXLAN vni 555005 | 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 10.132.2.2 > 10.132.2.46 ICMP echo request id 48879 seq 258 length 19',
  ],
  [
    'vxlan-group-policy',
    '103 0a:58:0a:84:02:2e > fe:00:12:34:ab:cd 192.168.10.163 > 192.168.10.201 UDP 54001 > 4789 length 61 VXLAN vni 16777214 flags 0x88 policy 17185 [reserved bits set] | 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 10.132.2.2 > 10.132.2.46 ICMP echo request id 48879 seq 258 length 19',
  ],
  [
    'vxlan-gpe',
    '103 0a:58:0a:84:02:2e > fe:00:12:34:ab:cd 192.168.10.163 > 192.168.10.201 UDP 54001 > 4790 length 61 VXLAN-GPE vni 7 flags 0x0c | 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 10.132.2.2 > 10.132.2.46 ICMP echo request id 48879 seq 258 length 19',
  ],
  [
    'vxlan-over-ipv6',
    '123 0a:58:0a:84:02:2e > fe:00:12:34:ab:cd 2001:db8::a > 2001:db8::b UDP 40000 > 8472 length 61 VXLAN vni 4096 | 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 10.132.2.2 > 10.132.2.46 ICMP echo request id 48879 seq 258 length 19',
  ],
  [
    'geneve',
    '111 0a:58:0a:84:02:2e > fe:00:12:34:ab:cd 192.168.10.163 > 192.168.10.201 UDP 54001 > 6081 length 69 Geneve vni 11259375 options 8 | 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 10.132.2.2 > 10.132.2.46 ICMP echo request id 48879 seq 258 length 19',
  ],
  ['arp-request', '42 7e:e5:f7:e6:f5:1a > ff:ff:ff:ff:ff:ff ARP who-has 10.132.2.2 tell 10.132.2.46'],
  ['arp-reply', '42 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a ARP 10.132.2.2 is-at 0a:58:0a:84:02:2e'],
  [
    'neighbor-solicitation',
    '86 0a:58:0a:84:02:2e > 33:33:ff:e6:f5:1a fe80::858:aff:fe84:22e > ff02::1:ffe6:f51a ICMPv6 neighbor solicitation who-has fe80::7ce5:f7ff:fee6:f51a from 0a:58:0a:84:02:2e length 32',
  ],
  [
    'neighbor-advertisement',
    '86 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e fe80::7ce5:f7ff:fee6:f51a > fe80::858:aff:fe84:22e ICMPv6 neighbor advertisement fe80::7ce5:f7ff:fee6:f51a is-at 7e:e5:f7:e6:f5:1a router solicited override length 32',
  ],
  [
    'echo-reply-v6',
    '73 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 2001:db8::1 > 2001:db8:0:1::2 ICMPv6 echo reply id 51966 seq 32769 length 19',
  ],
  [
    'packet-too-big',
    '121 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 2001:db8::ff > 2001:db8:0:1::2 ICMPv6 packet too big mtu 1280 length 67 (quotes 2001:db8:0:1::2 > 2001:db8::1 UDP 4000 > 5000 length 11)',
  ],
  [
    'fragment-v6',
    '86 7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 2001:db8::1 > 2001:db8::2 hop-by-hop fragment id 3735928559 offset 1480+',
  ],
  [
    'fragmentation-needed',
    '81 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a 10.0.0.254 > 10.0.0.1 ICMP fragmentation needed mtu 1450 length 47 (quotes 10.0.0.1 > 10.0.0.2 UDP 4000 > 5000 length 11)',
  ],
  [
    'qinq-tcp-syn',
    '82 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a vlan 100 vlan 4094 10.1.0.1 > 10.1.0.2 TCP 51000 > 443 [S] seq 4045620583 win 64240 length 0',
  ],
  [
    'tcp-urgent',
    '65 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a 10.1.0.2 > 10.1.0.1 TCP 443 > 51000 [P.U] seq 2147483649 ack 4045620584 win 502 length 11',
  ],
  [
    'mpls-dns',
    '79 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a mpls 16 mpls 1048575 10.2.0.1 > 10.2.0.53 UDP 33333 > 53 length 29 DNS query 0x1d5e AAAA api.example',
  ],
  [
    'erspan',
    '92 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a 10.3.0.1 > 10.3.0.2 GRE ERSPAN | 7e:e5:f7:e6:f5:1a > ff:ff:ff:ff:ff:ff ARP who-has 10.132.2.2 tell 10.132.2.46',
  ],
  [
    'gre-key',
    '89 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a 10.3.0.1 > 10.3.0.2 GRE key 16909060 | 10.0.0.1 > 10.0.0.2 UDP 4000 > 5000 length 11',
  ],
  ['snap', '61 0a:58:0a:84:02:2e > 7e:e5:f7:e6:f5:1a 10.0.0.1 > 10.0.0.2 UDP 4000 > 5000 length 11'],
  ['sll', '55 other-host 0a:58:0a:84:02:2e 10.0.0.1 > 10.0.0.2 UDP 4000 > 5000 length 11'],
  ['sll2', '79 if 16909060 out 0a:58:0a:84:02:2e 2001:db8:0:1::2 > 2001:db8::1 UDP 4000 > 5000 length 11'],
  ['null', '63 loopback 2001:db8:0:1::2 > 2001:db8::1 UDP 4000 > 5000 length 11'],
  ['loop', '43 loopback 10.0.0.1 > 10.0.0.2 UDP 4000 > 5000 length 11'],
  ['ipv4-options', '51 0a:58:0a:84:02:2e > 01:00:5e:00:00:fb 10.9.0.1 > 224.0.0.251 UDP 9 > 7 length 1'],
])('%s', (name, expected) => {
  expect(line(name)).toBe(expected);
});

describe('what is wrong with a packet stands in brackets', () => {
  test('checksums', () => {
    expect(line('vxlan', { 24: 0 })).toContain('192.168.10.201 [bad IPv4 header checksum 0x00a3] UDP');
    expect(line('vxlan', { 102: 0 })).toMatch(
      /length 61 \[bad checksum 0xea96\] VXLAN .* length 19 \[bad checksum 0x13f0\]$/,
    );
    expect(line('echo-reply-v6', { 72: 0 })).toMatch(/length 19 \[bad checksum 0xb41d\]$/);
    expect(line('tcp-urgent', { 64: 0 })).toMatch(/length 11 \[bad checksum 0xf602\]$/);
  });

  test('a checksum that the card was to complete is no bad one', () => {
    // The folded sum of the pseudo-header alone, worked out in the test of the checksum.
    expect(line('vxlan', { 40: 0x97, 41: 0x13 })).toContain('length 61 [checksum left to the card] VXLAN');
  });

  test('reserved bits of VXLAN', () => {
    expect(line('vxlan', { 49: 1 })).toContain('VXLAN vni 555005 [reserved bits set] |');
    expect(line('vxlan', { 43: 1 })).toContain('VXLAN vni 555005 [reserved bits set] |');
    expect(line('vxlan', { 42: 0x0c })).toContain('VXLAN vni 555005 flags 0x0c [reserved bits set] |');
  });

  test('the sender of an ARP request that is not the sender of the frame', () => {
    expect(line('arp-request', { 27: 0x1b })).toMatch(/tell 10\.132\.2\.46 \[sender 7e:e5:f7:e6:f5:1b\]$/);
  });

  test('a frame cut by the snap length, and one that lies about its length', () => {
    const bytes = bytesOf('vxlan').slice(0, 90);
    expect(print(bytes, 1, 103).text).toMatch(
      /Z 90\/103 .* 10\.132\.2\.46 \[cut in ipv4 at byte 14: needs 89 bytes, has 76\]\n$/,
    );
    expect(print(bytes, 1, 90).text).toMatch(/Z 90 .*\[malformed ipv4 at byte 14: needs 89 bytes, has 76\]\n$/);
  });

  test('what is not decoded', () => {
    expect(line('arp-request', { 12: 0x88, 13: 0xcc })).toMatch(/ff:ff \[not decoded: EtherType 0x88cc, 28 bytes\]$/);
    expect(line('arp-request', { 12: 0x00, 13: 0x26 })).toMatch(/ff:ff \[not decoded: LLC, 28 bytes\]$/);
    expect(line('tcp-urgent', { 23: 89 })).toMatch(/\[not decoded: protocol 89, 31 bytes\]$/);
    expect(line('echo-reply-v6', { 20: 89 })).toMatch(/2001:db8:0:1::2 \[not decoded: protocol 89, 19 bytes\]$/);
    expect(line('sll', { 14: 0x88, 15: 0xcc })).toMatch(/\[not decoded: EtherType 0x88cc, 39 bytes\]$/);
    expect(print(Uint8Array.of(1, 2, 3), 147).text).toMatch(/Z 3 \[not decoded: 3 bytes\]\n$/);
  });
});

test('other messages have their names, or their numbers', () => {
  expect(line('fragmentation-needed', { 35: 3 })).toContain('ICMP port unreachable length 47');
  expect(line('fragmentation-needed', { 35: 77 })).toContain('ICMP destination unreachable code 77 length 47');
  expect(line('fragmentation-needed', { 34: 11 })).toContain('ICMP time exceeded code 4 length 47');
  expect(line('fragmentation-needed', { 34: 200 })).toContain('ICMP 200 code 4 length 47');
  expect(line('packet-too-big', { 54: 1, 55: 4 })).toContain('ICMPv6 port unreachable length 67 [bad checksum');
  expect(line('packet-too-big', { 54: 201, 55: 4 })).toContain('ICMPv6 201 code 4 length 67 [bad checksum');
  expect(line('neighbor-solicitation', { 78: 9 })).toContain('who-has fe80::7ce5:f7ff:fee6:f51a length 32');
  expect(line('arp-request', { 21: 9 })).toMatch(/ARP operation 9$/);
  expect(line('arp-request', { 18: 8 })).toMatch(/ARP operation 1$/);
  expect(line('vxlan', { 42: 0 })).toMatch(/UDP 54001 > 4789 length 61 \[bad checksum 0xea96\]$/);
});

test('a tunnel that an ICMP error quotes is shown', () => {
  const outer = bytesOf('vxlan').subarray(14);
  const error = bytesOf('fragmentation-needed').subarray(0, 42);
  const bytes = Uint8Array.from([...error, ...outer]);
  new DataView(bytes.buffer).setUint16(16, 28 + outer.length);
  bytes[35] = 3;
  expect(print(bytes, 1).text).toContain(
    '(quotes 192.168.10.163 > 192.168.10.201 UDP 54001 > 4789 length 61 VXLAN vni 555005 | ' +
      '7e:e5:f7:e6:f5:1a > 0a:58:0a:84:02:2e 10.132.2.2 > 10.132.2.46 ICMP echo request id 48879 seq 258 length 19)\n',
  );
});

describe('DNS', () => {
  /** First letter of the name of the question. */
  const NAME = 63;

  test('responses', () => {
    expect(line('mpls-dns', { 52: 0x81, 53: 0x83 })).toContain('DNS response 0x1d5e NXDomain 0/0/0 AAAA api.example');
    expect(line('mpls-dns', { 52: 0x81, 53: 0x8f })).toContain('DNS response 0x1d5e 15 0/0/0 AAAA api.example');
  });

  test('bytes of a name that would do harm on a terminal, or in JSON, are escaped', () => {
    expect(line('mpls-dns', { [NAME]: 0x1b, [NAME + 1]: 0x22, [NAME + 2]: 0x5c })).toContain(
      'AAAA \\027\\034\\092.example',
    );
  });

  test('a name that is compressed, cut or too long is left out', () => {
    expect(line('mpls-dns', { [NAME - 1]: 0xc0 })).toMatch(/DNS query 0x1d5e$/);
    expect(line('mpls-dns', { [NAME - 1]: 63 })).toMatch(/DNS query 0x1d5e$/);
    expect(line('mpls-dns', { 55: 0 })).toMatch(/DNS query 0x1d5e$/);
  });

  test('the root is a dot', () => {
    expect(line('mpls-dns', { [NAME - 1]: 0 })).toMatch(/ \.$/);
  });
});
