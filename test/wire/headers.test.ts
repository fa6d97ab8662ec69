import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { frameView } from './frames.ts';
import { HEADERS, readerOf } from './headers.ts';

/** The layouts that the declarations hand to `buffer-layout`, by name: an interpreter to compare the compiled readers with. */
const layouts = vi.hoisted(() => new Map<string, import('buffer-layout').Structure>());

vi.mock('buffer-layout', async (original) => {
  const actual = await original<typeof import('buffer-layout')>();
  return {
    ...actual,
    struct: (fields: import('buffer-layout').Layout[], name: string) => {
      const layout = actual.struct(fields, name);
      layouts.set(name, layout);
      return layout;
    },
  };
});

function decoded(name: string, bytes: Uint8Array, at: number): Record<string, number | string> {
  const fields = layouts.get(name)!.decode(Buffer.from(bytes), at);
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      typeof value === 'number' ? value : Buffer.from(value).toString('hex'),
    ]),
  );
}

describe.each(HEADERS)('$name in $frame at $at', ({ name, header, frame, at, fields }) => {
  const view = frameView(frame);
  const bytes = new Uint8Array(view.buffer);

  test('its fields are the bytes of the frame', () => {
    expect(Object.keys(fields)).toEqual(Object.keys(header.at));
    for (const [field, expected] of Object.entries(fields)) {
      const read = readerOf(header, field);
      if (read !== null) expect(read(view, at), field).toBe(expected);
      else expect(Buffer.from(bytes).toString('hex', at + header.at[field]!)).toMatch(new RegExp(`^${expected}`));
    }
  });

  test('buffer-layout reads the same fields', () => {
    expect(decoded(name, bytes, at)).toEqual(fields);
  });

  test('buffer-layout reads the same from any bytes at any offset', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: header.size, maxLength: header.size }),
        fc.nat(9),
        fc.nat(9),
        (random, before, after) => {
          const padded = new Uint8Array(before + header.size + after).fill(0xa5);
          padded.set(random, before);
          const expected = decoded(name, padded, before);
          const paddedView = new DataView(padded.buffer);
          for (const field of Object.keys(header.at)) {
            const read = readerOf(header, field);
            if (read !== null) expect(read(paddedView, before), field).toBe(expected[field]);
          }
        },
      ),
    );
  });

  test('it stays within its size', () => {
    const exact = new DataView(new ArrayBuffer(header.size));
    for (const field of Object.keys(header.at)) readerOf(header, field)?.(exact, 0);
    const last = Object.keys(header.at).at(-1)!;
    const short = new DataView(new ArrayBuffer(header.size - 1));
    const read = readerOf(header, last);
    if (read !== null) expect(() => read(short, 0)).toThrow(RangeError);
  });
});

test('every declared header is in the table', () => {
  const loopback = ['loopback', 'loopbackLittleEndian'];
  const declared = [...layouts.keys()].filter((name) => !loopback.includes(name));
  expect(new Set(HEADERS.map(({ name }) => name))).toEqual(new Set(declared));
});
