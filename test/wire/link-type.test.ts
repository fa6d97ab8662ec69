import { describe, expect, test } from 'vitest';
import { AF_INET, isInet6, LOOPBACK_SIZE, linkTypeName, loopbackFamily } from '../../src/wire/link-type.ts';
import { frameView } from './frames.ts';

describe('the address family of BSD loopback', () => {
  test.each([
    ['little endian', [2, 0, 0, 0], AF_INET],
    ['big endian', [0, 0, 0, 2], AF_INET],
    ['little endian', [30, 0, 0, 0], 30],
    ['big endian', [0, 0, 0, 30], 30],
    ['big endian, more than a byte', [0, 0, 0x12, 0x34], 0x1234],
    ['little endian, more than a byte', [0x34, 0x12, 0, 0], 0x1234],
    ['nonsense', [0xff, 0xff, 0xff, 0xff], 0xffffffff],
  ])('%s %j', (_, bytes, family) => {
    const view = new DataView(Uint8Array.of(0xff, ...bytes).buffer);
    expect(loopbackFamily(view, 1)).toBe(family);
  });

  test('in frames', () => {
    expect(LOOPBACK_SIZE).toBe(4);
    expect(loopbackFamily(frameView('loop'), 0)).toBe(AF_INET);
    expect(isInet6(loopbackFamily(frameView('null'), 0))).toBe(true);
  });

  test.each([
    [10, true],
    [23, true],
    [24, true],
    [28, true],
    [30, true],
    [2, false],
    [7, false],
    [0, false],
  ])('%d is IPv6: %j', (family, expected) => {
    expect(isInet6(family)).toBe(expected);
  });
});

test.each([
  [0, 'NULL'],
  [1, 'ETHERNET'],
  [12, 'RAW'],
  [101, 'RAW'],
  [113, 'LINUX_SLL'],
  [127, 'IEEE802_11_RADIOTAP'],
  [228, 'IPV4'],
  [276, 'LINUX_SLL2'],
  [147, 'LINKTYPE_147'],
  [65535, 'LINKTYPE_65535'],
  [-1, 'LINKTYPE_-1'],
])('link type %d is called %s', (linkType, name) => {
  expect(linkTypeName(linkType)).toBe(name);
});
