import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpv4, formatIpv6, formatMac, parseIpv4 } from '../../src/wire/address.ts';

/** The groups between colons, two for an IPv4 address. */
function groupsOf(text: string): number[] {
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return group === '' ? [] : [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** The 16 bytes of an address that is right. */
function bytesOf(text: string): Uint8Array {
  const [head = [], tail = []] = text.split('::').map(groupsOf);
  const groups = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

function ipv6View(text: string, offset = 0): DataView {
  const bytes = new Uint8Array(16 + offset);
  bytes.set(bytesOf(text), offset);
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
        expect(bytesOf(text)).toEqual(bytes);
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

  test('is read back as the same bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (address) => {
        expect(parseIpv4(formatIpv4(address))).toBe(address);
      }),
    );
  });
});

describe('parseIpv4', () => {
  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.-4',
    '1..2.3',
    '1.2.3.',
    '.1.2.3',
    '10.0.0.0/8',
    '::1.2.3.4',
    'localhost',
  ])('rejects %j', (text) => {
    expect(parseIpv4(text)).toBeNull();
  });

  test('takes what node:net takes', () => {
    const character = fc.constantFrom(...'0123456789....:a');
    const texts = [fc.string(), fc.ipV4(), fc.array(character, { maxLength: 16 }).map((c) => c.join(''))];
    fc.assert(
      fc.property(fc.oneof(...texts), (text) => {
        expect(parseIpv4(text) !== null).toBe(isIPv4(text));
      }),
      { numRuns: 3000 },
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
  });

  test('every MAC is read back', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (high, low) => {
        const bytes = Buffer.from(formatMac(high, low).replaceAll(':', ''), 'hex');
        expect([bytes.readUInt16BE(0), bytes.readInt32BE(2)]).toEqual([high, low]);
      }),
    );
  });
});
