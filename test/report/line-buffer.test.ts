import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineBuffer, word } from '../../src/report/line-buffer.ts';
import { TimestampText } from '../../src/report/timestamp.ts';
import { formatIpv4, formatIpv6, formatMac } from '../../src/wire/address.ts';

/** What `write` writes, with text before and after it that must stay whole. */
function written(write: (out: LineBuffer) => void): string {
  const out = new LineBuffer(256);
  out.text(word('<'));
  write(out);
  out.text(word('>'));
  const text = Buffer.from(out.written()).toString();
  expect(text).toMatch(/^<.*>$/s);
  return text.slice(1, -1);
}

const BITS_32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('LineBuffer', () => {
  test('writes numbers as String does', () => {
    const edges = [0, 9, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 100000, 999999, 1e6, 1e7, 1e8, 999999999, 1e9];
    for (const number of [
      ...edges,
      1e9 + 1,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32 - 1,
      1e12 + 7,
      1e15,
      Number.MAX_SAFE_INTEGER,
    ]) {
      expect(written((out) => out.decimal(number))).toBe(String(number));
    }
    fc.assert(
      fc.property(fc.oneof(fc.nat(70000), fc.nat(), fc.maxSafeNat()), (number) => {
        expect(written((out) => out.decimal(number))).toBe(String(number));
      }),
    );
  });

  test('writes numbers with leading zeros', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (number) => {
        expect(written((out) => out.nineDigits(number))).toBe(String(number).padStart(9, '0'));
        expect(written((out) => out.threeDigits(number % 1000))).toBe(String(number % 1000).padStart(3, '0'));
      }),
    );
  });

  test('leaves out what is behind the point', () => {
    expect(written((out) => out.nineDigits(12.9))).toBe('000000012');
  });

  test('writes hexadecimal digits', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), (number) => {
        expect(written((out) => out.hex16(number))).toBe(number.toString(16).padStart(4, '0'));
        expect(written((out) => out.hex8(number & 255))).toBe((number & 255).toString(16).padStart(2, '0'));
      }),
    );
  });

  test('writes MACs and IPv4 addresses as their formatters do', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), BITS_32, (high, low) => {
        expect(written((out) => out.mac(high, low))).toBe(formatMac(high, low));
        expect(written((out) => out.ipv4(low))).toBe(formatIpv4(low));
      }),
    );
  });

  test('writes IPv6 addresses as their formatter does', () => {
    const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(15), fc.nat(255), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(5), (groups, before) => {
        const view = new DataView(new ArrayBuffer(16 + before));
        for (const [index, value] of groups.entries()) view.setUint16(before + index * 2, value);
        expect(written((out) => out.ipv6(view, before))).toBe(formatIpv6(view, before));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['', 'a', 'ab', 'abc', 'abcd', 'abcde', ',"sourcePort":', 'ünïcode → bytes'])(
    'writes the word %j',
    (text) => {
      expect(word(text).length).toBe(Buffer.byteLength(text));
      expect(written((out) => out.text(word(text)))).toBe(text);
    },
  );

  test('grows and keeps what it holds', () => {
    const out = new LineBuffer(4);
    for (let line = 0; line < 1000; line++) {
      out.reserve(20);
      out.decimal(line);
      out.newline();
    }
    const lines = Array.from({ length: 1000 }, (_, line) => `${line}\n`).join('');
    expect(Buffer.from(out.written()).toString()).toBe(lines);
    out.clear();
    expect(out.written().length).toBe(0);
  });

  test('has room for what was reserved, to the last byte', () => {
    const out = new LineBuffer(0);
    out.reserve(17);
    out.mac(0x0a58, 0x0a84022e);
    expect(Buffer.from(out.written()).toString()).toBe('0a:58:0a:84:02:2e');
  });
});

describe('TimestampText', () => {
  test.each([
    [1697798057, 389643000, '2023-10-20T10:34:17.389643000Z'],
    [1697798057, 0, '2023-10-20T10:34:17.000000000Z'],
    [1697798057, 999999999, '2023-10-20T10:34:17.999999999Z'],
    [1697798057, 1e9, '2023-10-20T10:34:18.000000000Z'],
    [1697798057, -1, '2023-10-20T10:34:16.999999999Z'],
    [0, 86400e9 + 1, '1970-01-02T00:00:00.000000001Z'],
    [0, -1, '1969-12-31T23:59:59.999999999Z'],
    [253402300800, 5, '+010000-01-01T00:00:00.000000005Z'],
  ])('%d s and %d ns are %s', (epoch, nanoseconds, expected) => {
    const timestamp = new TimestampText(epoch);
    expect(timestamp.isWritable(nanoseconds)).toBe(true);
    expect(written((out) => timestamp.write(out, nanoseconds))).toBe(expected);
  });

  test('times in any order', () => {
    const timestamp = new TimestampText(1697798057);
    fc.assert(
      fc.property(fc.integer({ min: -1e14, max: 1e14 }), (nanoseconds) => {
        const second = Math.floor(nanoseconds / 1e9);
        const iso = new Date((1697798057 + second) * 1000).toISOString().slice(0, 19);
        const fraction = String(nanoseconds - second * 1e9).padStart(9, '0');
        expect(written((out) => timestamp.write(out, nanoseconds))).toBe(`${iso}.${fraction}Z`);
      }),
    );
  });

  test.each([
    [1000, 410_659_000, '410659000'],
    [1000, 999_999_600, '000000000'],
    [1, 410_659_008, '410659008'],
  ])('years from the first packet, in units of %d ns, %d ns of a second are %s', (unit, nanoseconds, expected) => {
    const timestamp = new TimestampText(0);
    timestamp.unit = unit;
    const years = 1e8 * 1e9;
    expect(Number.isSafeInteger(years)).toBe(false);
    expect(written((out) => timestamp.write(out, years + nanoseconds))).toMatch(new RegExp(`\\.${expected}Z$`));
  });

  test('times so far away that nanoseconds are rounded still have nine digits', () => {
    const timestamp = new TimestampText(0);
    fc.assert(
      fc.property(fc.double({ min: -8e21, max: 8e21, noNaN: true }), (nanoseconds) => {
        expect(timestamp.isWritable(nanoseconds)).toBe(true);
        expect(written((out) => timestamp.write(out, nanoseconds))).toMatch(
          /^[-+\d]+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/,
        );
      }),
    );
  });

  test.each([
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
    [9e15, 0],
    [-9e15, 0],
  ])('%d s and %d ns are no time', (epoch, nanoseconds) => {
    expect(new TimestampText(epoch).isWritable(nanoseconds)).toBe(false);
  });
});
