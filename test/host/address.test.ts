import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  prefixContains,
  prefixLength,
  readAddress,
  readDestination,
  readMac,
  readPrefix,
} from '../../src/host/address.ts';

test.each([
  ['0a:58:0a:84:02:2e', '0a:58:0a:84:02:2e'],
  ['0A-58-0A-84-02-2E', '0a:58:0a:84:02:2e'],
  ['a:58:a:84:2:2e', '0a:58:0a:84:02:2e'],
  ['0a58.0a84.022e', '0a:58:0a:84:02:2e'],
  ['0a:58:0a:84:02', null],
  ['0a:58:0a:84:02:2e:00', null],
  ['<incomplete>', null],
  ['', null],
])('MAC %s', (text, mac) => {
  expect(readMac(text)).toBe(mac);
});

test.each([
  ['10.132.2.46', '10.132.2.46'],
  ['255.255.255.255', '255.255.255.255'],
  ['10.132.2', null],
  ['10.132.2.256', null],
  ['010.1.1.1', null],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['::ffff:a00:1', '::ffff:10.0.0.1'],
  ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['1::2::3', null],
  [':1', null],
  ['1:2:3:4:5:6:7', null],
  ['1:2:3:4:5:6:7:8:9', null],
  ['1:2:3:4::5:6:7:8', null],
  ['10.0.0.1::', null],
  ['12345::', null],
  ['', null],
  ['eth0', null],
])('address %s', (text, address) => {
  expect(readAddress(text)).toBe(address);
});

test.each([
  ['24', 24],
  ['255.255.255.0', 24],
  ['0.0.0.0', 0],
  ['255.0.255.0', null],
  ['x', null],
])('prefix length %s', (text, length) => {
  expect(prefixLength(text)).toBe(length);
});

test('prefixes', () => {
  expect(readPrefix('10.0.0.1/24')).toEqual({ address: '10.0.0.1', length: 24 });
  expect(readPrefix('10.0.0.1/33')).toBeNull();
  expect(readPrefix('fe80::/10')).toEqual({ address: 'fe80::', length: 10 });
  expect(readDestination('10.0.0.1/32')).toBe('10.0.0.1');
  expect(readDestination('::1/128')).toBe('::1');
  expect(readDestination('10.0.0.0/255.0.0.0')).toBe('10.0.0.0/8');
});

test.each([
  ['10.132.2.0/24', '10.132.2.46', true],
  ['10.132.2.0/25', '10.132.2.200', false],
  ['10.132.2.46', '10.132.2.46', true],
  ['0.0.0.0/0', '10.132.2.46', true],
  ['0.0.0.0/0', '::1', false],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['nonsense', '10.0.0.1', null],
  ['10.0.0.0/8', 'nonsense', null],
])('%s contains %s: %s', (prefix, address, expected) => {
  expect(prefixContains(prefix, address)).toBe(expected);
});

describe('properties', () => {
  test('an address is read as it was written, however it is spelled', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const once = readAddress(text);
        expect(once).not.toBeNull();
        expect(readAddress(once!)).toBe(once);
        // The URL parser is an independent reader of IPv6; it prints mapped addresses in hexadecimal.
        const url = new URL(`http://[${text}]/`).hostname.slice(1, -1);
        if (!once!.startsWith('::ffff:')) expect(once).toBe(url);
      }),
      { numRuns: 1000 },
    );
  });

  test('a prefix contains its own addresses', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 31 }),
        (address, length, bit) => {
          const value = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
          const flipped = (value ^ (1 << (31 - bit))) >>> 0;
          const other = [24, 16, 8, 0].map((shift) => (flipped >>> shift) & 255).join('.');
          expect(prefixContains(`${address}/${length}`, address)).toBe(true);
          expect(prefixContains(`${address}/${length}`, other)).toBe(bit >= length);
        },
      ),
    );
  });
});
