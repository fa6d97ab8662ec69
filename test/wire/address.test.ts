import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  eui64MacHigh,
  eui64MacLow,
  formatIpv4,
  formatIpv6,
  formatMac,
  isBroadcastMac,
  isEui64,
  isLinkLocal,
  isMulticastIpv6,
  isMulticastMac,
  isSolicitedNode,
  parseIp,
  parseMac,
} from '../../src/wire/address.ts';

function ipv6View(text: string, offset = 0): DataView {
  const bytes = new Uint8Array(16 + offset);
  bytes.set(parseIp(text)!.bytes, offset);
  return new DataView(bytes.buffer);
}

const BYTES_16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Addresses with many zero groups, where the rules of shortening differ. */
const SPARSE = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0x0db8), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])));

describe('formatIpv6', () => {
  test.each([
    // RFC 5952 sections 1, 2.2, 4.2 and 5: every spelling on the left becomes the one on the right.
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:0:1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
    ['2001:db8:aaaa:bbbb:cccc:dddd::1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:DB8::AAAA', '2001:db8::aaaa'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['0:1:1:1:1:1:0:0', '0:1:1:1:1:1::'],
    ['0:0:1:1:1:1:1:1', '::1:1:1:1:1:1'],
    ['fe80::0858:0aff:fe84:022e', 'fe80::858:aff:fe84:22e'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['0:0:0:0:ffff:0:1:2', '::ffff:0:1:2'],
  ])('%s is %s', (text, expected) => {
    expect(formatIpv6(ipv6View(text), 0)).toBe(expected);
    expect(formatIpv6(ipv6View(text, 5), 5)).toBe(expected);
  });

  test('is what the URL standard writes, IPv4-mapped addresses aside', () => {
    fc.assert(
      fc.property(fc.oneof(BYTES_16, SPARSE), (bytes) => {
        const text = formatIpv6(new DataView(bytes.buffer, bytes.byteOffset), 0);
        fc.pre(!text.startsWith('::ffff:') || !text.includes('.'));
        const groups = Array.from({ length: 8 }, (_, i) => (bytes[i * 2]! * 256 + bytes[i * 2 + 1]!).toString(16));
        expect(new URL(`http://[${groups.join(':')}]/`).hostname).toBe(`[${text}]`);
      }),
      { numRuns: 2000 },
    );
  });

  test('is read back as the same bytes', () => {
    fc.assert(
      fc.property(fc.oneof(BYTES_16, SPARSE), (bytes) => {
        const text = formatIpv6(new DataView(bytes.buffer, bytes.byteOffset), 0);
        expect(parseIp(text)).toEqual({ family: 6, bytes });
      }),
    );
  });
});

describe('formatIpv4', () => {
  test.each([
    [0x0a84022e, '10.132.2.46'],
    [-1, '255.255.255.255'],
    [0xc0a80aa3, '192.168.10.163'],
    [0xc0a80aa3 | 0, '192.168.10.163'],
    [0, '0.0.0.0'],
  ])('%d is %s', (address, text) => {
    expect(formatIpv4(address)).toBe(text);
  });

  test('is read back as the same bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (address) => {
        const parsed = parseIp(formatIpv4(address));
        expect(parsed?.family).toBe(4);
        expect(new DataView(parsed!.bytes.buffer).getInt32(0)).toBe(address);
      }),
    );
  });
});

describe('parseIp', () => {
  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.-4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '1.2.3.4:1::',
    'fe80::1%eth0',
    '10.0.0.0/8',
    '1:',
    ':1',
    '0:0:0:0:0:0:0:255.255.255.255',
    'localhost',
    `${'0'.repeat(100)}::`,
  ])('rejects %j', (text) => {
    expect(parseIp(text)).toBeNull();
  });

  test('takes what node:net takes, zones aside', () => {
    const character = fc.constantFrom(...'0123456789abcfABCF:::....');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(character, { maxLength: 40 }).map((c) => c.join('')),
        ),
        (text) => {
          fc.pre(!text.includes('%'));
          expect(parseIp(text)?.family ?? 0).toBe(isIP(text));
        },
      ),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(parseIp(text)?.family).toBe(6);
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseIp(text)?.family).toBe(4);
      }),
    );
  });
});

describe('MACs', () => {
  test.each([
    ['0a:58:0a:84:02:2e', 0x0a58, 0x0a84022e],
    ['7e:e5:f7:e6:f5:1a', 0x7ee5, 0xf7e6f51a - 2 ** 32],
    ['00:00:00:00:00:00', 0, 0],
    ['ff:ff:ff:ff:ff:ff', 0xffff, -1],
  ])('%s', (text, high, low) => {
    expect(formatMac(high, low)).toBe(text);
    expect(formatMac(high, low >>> 0)).toBe(text);
    expect(parseMac(text)).toEqual({ high, low });
    expect(parseMac(text.toUpperCase().replaceAll(':', '-'))).toEqual({ high, low });
  });

  test.each([
    '',
    '0a:58:0a:84:02',
    '0a:58:0a:84:02:2e:00',
    '0a:58-0a:84:02:2e',
    '0a580a84022e',
    'ga:58:0a:84:02:2e',
    ' 0a:58:0a:84:02:2e',
  ])('rejects %j', (text) => {
    expect(parseMac(text)).toBeNull();
  });

  test('every MAC is read back', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (high, low) => {
        expect(parseMac(formatMac(high, low))).toEqual({ high, low });
      }),
    );
  });

  test.each([
    ['ff:ff:ff:ff:ff:ff', true, true],
    ['01:00:5e:00:00:fb', true, false],
    ['33:33:ff:e6:f5:1a', true, false],
    ['ff:ff:00:00:00:00', true, false],
    ['fe:ff:ff:ff:ff:ff', false, false],
    ['0a:58:0a:84:02:2e', false, false],
    ['00:ff:ff:ff:ff:ff', false, false],
  ])('%s: group %j, broadcast %j', (text, group, broadcast) => {
    const { high, low } = parseMac(text)!;
    expect(isMulticastMac(high)).toBe(group);
    expect(isBroadcastMac(high, low)).toBe(broadcast);
  });
});

describe('kinds of IPv6 addresses', () => {
  test.each([
    ['fe80::1', true, false],
    ['febf::1', true, false],
    ['fec0::1', false, false],
    ['ff02::1', false, true],
    ['fe00::1', false, false],
    ['2001:db8::1', false, false],
  ])('%s: link-local %j, multicast %j', (text, linkLocal, multicast) => {
    expect(isLinkLocal(ipv6View(text, 3), 3)).toBe(linkLocal);
    expect(isMulticastIpv6(ipv6View(text, 3), 3)).toBe(multicast);
  });

  test.each([
    ['fe80::858:aff:fe84:22e', '0a:58:0a:84:02:2e'],
    ['fe80::7ce5:f7ff:fee6:f51a', '7e:e5:f7:e6:f5:1a'],
    ['2001:db8::200:5eff:fe00:53fe', '00:00:5e:00:53:fe'],
    ['fe80::fdff:ffff:feff:ffff', 'ff:ff:ff:ff:ff:ff'],
  ])('the interface id of %s is of %s', (text, mac) => {
    const view = ipv6View(text, 7);
    expect(isEui64(view, 7)).toBe(true);
    expect(formatMac(eui64MacHigh(view, 7), eui64MacLow(view, 7))).toBe(mac);
  });

  test.each(['fe80::1', 'fe80::fe:fe00:0', 'fe80::858:aff:fd84:22e', 'fe80::858:afe:fe84:22e'])(
    'the interface id of %s is of no MAC',
    (text) => {
      expect(isEui64(ipv6View(text), 0)).toBe(false);
    },
  );

  test.each([
    ['ff02::1:ffe6:f51a', 'fe80::7ce5:f7ff:fee6:f51a', true],
    ['ff02::1:ff28:9c5a', '2001:db8::2aa:ff:fe28:9c5a', true],
    ['ff02::1:ffe6:f51a', 'fe80::7ce5:f7ff:fee6:f51b', false],
    ['ff02::1:fee6:f51a', 'fe80::7ce5:f7ff:fee6:f51a', false],
    ['ff05::1:ffe6:f51a', 'fe80::7ce5:f7ff:fee6:f51a', false],
    ['ff02::2:ffe6:f51a', 'fe80::7ce5:f7ff:fee6:f51a', false],
    ['ff02:1::1:ffe6:f51a', 'fe80::7ce5:f7ff:fee6:f51a', false],
    ['ff02::1', 'fe80::1', false],
  ])('%s is the solicited-node address of %s: %j', (group, target, expected) => {
    const bytes = new Uint8Array(33);
    bytes.set(parseIp(group)!.bytes, 1);
    bytes.set(parseIp(target)!.bytes, 17);
    expect(isSolicitedNode(new DataView(bytes.buffer), 1, 17)).toBe(expected);
  });
});
