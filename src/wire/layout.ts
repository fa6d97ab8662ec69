/**
 * Headers are declared once, with `buffer-layout`; the readers are derived from the declaration here.
 *
 * `buffer-layout` checks and names the fields but decodes them into an object per header. The decoder
 * must not allocate, so each field becomes a function `(view, at) => number` that reads it where it
 * lies. The functions are compiled with their offset as a literal: a call costs what
 * `view.getUint16(at + 2)` costs, and the offset still stands in one place only.
 */
import {
  type Layout,
  blob as layoutBlob,
  s32be as layoutS32be,
  u8 as layoutU8,
  u16be as layoutU16be,
  u24be as layoutU24be,
  u32 as layoutU32,
  u32be as layoutU32be,
  struct,
} from 'buffer-layout';

/** Reads one field of the header that starts at byte `at`. The caller has checked that the header is all there. */
export type FieldReader = (view: DataView, at: number) => number;

/** One declared field; `Name` is the RFC's name in camelCase. */
export interface Field<Name extends string> {
  readonly name: Name;
  readonly layout: Layout;
  /** Expression that reads the field at byte `o` of `v`; null for fields that are addressed, not read (IPv6 addresses). */
  readonly expression: ((offset: number) => string) | null;
}

export const u8 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU8(name),
  expression: (offset) => `v.getUint8(a+${offset})`,
});

export const u16 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU16be(name),
  expression: (offset) => `v.getUint16(a+${offset})`,
});

export const u24 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU24be(name),
  expression: (offset) => `(v.getUint16(a+${offset})<<8|v.getUint8(a+${offset + 2}))`,
});

export const u32 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU32be(name),
  expression: (offset) => `v.getUint32(a+${offset})`,
});

/** 32 bits as a signed number: bit patterns (addresses, MAC halves) that are compared, never calculated with. A small integer to V8. */
export const bits32 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutS32be(name),
  expression: (offset) => `v.getInt32(a+${offset})`,
});

/** 32 bits in the byte order of the host that captured; read as little endian. */
export const u32le = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU32(name),
  expression: (offset) => `v.getUint32(a+${offset},true)`,
});

/** Bytes that are addressed by their offset and never read as a number. */
export const bytes = <N extends string>(length: number, name: N): Field<N> => ({
  name,
  layout: layoutBlob(length, name),
  expression: null,
});

/**
 * A header's readers, with `size` in bytes and `at`, the offset of each field.
 *
 * `expression` gives the text of a reader, for functions that read fields of several headers at once:
 * the field, of a header that starts `offset` bytes behind byte `a` of the view `v`.
 */
export type Header<Name extends string> = { readonly [N in Name]: FieldReader } & {
  readonly size: number;
  readonly at: { readonly [N in Name]: number };
  readonly expression: { readonly [N in Name]: (offset: number) => string };
};

/**
 * Declares a header of `size` bytes.
 *
 * @throws Error when loading, if a byte of the header is undeclared or declared twice.
 */
export function header<const Fields extends readonly Field<string>[]>(
  name: string,
  size: number,
  fields: Fields,
): Header<Fields[number]['name']> {
  const layout = struct(
    fields.map((field) => field.layout),
    name,
  );
  if (layout.span !== size) throw new Error(`${name}: declared ${layout.span} bytes of a header of ${size}`);
  const at: Record<string, number> = {};
  const expressions: Record<string, (offset: number) => string> = {};
  const readers: Record<string, unknown> = { size, at, expression: expressions };
  for (const field of fields) {
    if (field.name in at) throw new Error(`${name}: ${field.name} is declared twice`);
    const offset = layout.offsetOf(field.name);
    if (offset === undefined) throw new Error(`${name}: ${field.name} has no offset`);
    at[field.name] = offset;
    const { expression } = field;
    if (expression !== null) {
      readers[field.name] = new Function('v', 'a', `return ${expression(offset)}`);
      expressions[field.name] = (start) => expression(start + offset);
    }
  }
  return readers as Header<Fields[number]['name']>;
}
