import { describe, expect, test } from 'vitest';
import * as icmp from '../../src/wire/icmp.ts';
import * as icmpv6 from '../../src/wire/icmpv6.ts';
import { isMulticastOrBroadcast } from '../../src/wire/ipv4.ts';

describe('which messages quote the packet they are about', () => {
  test('ICMP: types 3, 4, 5, 11 and 12 (RFC 1122 section 3.2.2)', () => {
    const errors = Array.from({ length: 256 }, (_, type) => type).filter(icmp.isError);
    expect(errors).toEqual([3, 4, 5, 11, 12]);
  });

  test('ICMPv6: the lower half of all types (RFC 4443 section 2.1)', () => {
    const errors = Array.from({ length: 256 }, (_, type) => type).filter(icmpv6.isError);
    expect(errors).toEqual(Array.from({ length: 128 }, (_, type) => type));
  });
});

test.each([
  [0xe0000001, true],
  [0xefffffff, true],
  [0xffffffff, true],
  [0xf0000000, false],
  [0xdfffffff, false],
  [0x0a8402ff, false],
])('IPv4 address %d goes to several hosts: %j', (address, expected) => {
  expect(isMulticastOrBroadcast(address | 0)).toBe(expected);
});
