import { describe, expect, test } from 'vitest';
import { bits32, bytes, header, u8, u16, u24, u32, u32le } from '../../src/wire/layout.ts';

describe('a declaration', () => {
  test('fails when a byte of the header is undeclared', () => {
    expect(() => header('short', 8, [u16('a'), u24('b')])).toThrow('short: declared 5 bytes of a header of 8');
  });

  test('fails when it declares more than the header has', () => {
    expect(() => header('long', 4, [u32('a'), u8('b')])).toThrow('long: declared 5 bytes of a header of 4');
  });

  test('fails when a field is declared twice', () => {
    expect(() => header('twice', 4, [u16('a'), u16('a')])).toThrow('twice: a is declared twice');
  });

  test('gives size and offsets', () => {
    const declared = header('all', 34, [
      u8('one'),
      u16('two'),
      u24('three'),
      u32('four'),
      bits32('bits'),
      bytes(16, 'address'),
      u32le('little'),
    ]);
    expect(declared.size).toBe(34);
    expect(declared.at).toEqual({ one: 0, two: 1, three: 3, four: 6, bits: 10, address: 14, little: 30 });
  });
});

describe('readers', () => {
  const view = new DataView(Uint8Array.of(0x77, 0xfe, 0xdc, 0xba, 0x98, 0x77).buffer);

  test.each([
    ['u8', header('h', 1, [u8('x')]), 0xfe],
    ['u16', header('h', 2, [u16('x')]), 0xfedc],
    ['u24', header('h', 3, [u24('x')]), 0xfedcba],
    ['u32', header('h', 4, [u32('x')]), 0xfedcba98],
    ['bits32', header('h', 4, [bits32('x')]), 0xfedcba98 - 2 ** 32],
    ['u32le', header('h', 4, [u32le('x')]), 0x98badcfe],
  ])('%s', (_, declared, expected) => {
    expect(declared.x(view, 1)).toBe(expected);
  });

  test('bytes are addressed and not read', () => {
    const declared = header('h', 16, [bytes(16, 'x')]);
    expect((declared as unknown as Record<string, unknown>)['x']).toBeUndefined();
    expect(declared.at.x).toBe(0);
  });
});
