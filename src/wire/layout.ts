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
  /** Texts that read the field `offset` bytes behind byte `a`; null for fields that are addressed, not read (IPv6 addresses). */
  readonly expression: Expression | null;
}

/** The text of a reader in two languages. */
interface Expression {
  /** JavaScript, of the view `v`. */
  readonly script: (offset: number) => string;
  /** AssemblyScript, of the memory. */
  readonly assembly: (offset: number) => string;
}

export const u8 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU8(name),
  expression: {
    script: (offset) => `v.getUint8(a+${offset})`,
    assembly: (offset) => `i32(load<u8>(a, ${offset}))`,
  },
});

export const u16 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU16be(name),
  expression: {
    script: (offset) => `v.getUint16(a+${offset})`,
    assembly: (offset) => `i32(bswap(load<u16>(a, ${offset})))`,
  },
});

export const u24 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU24be(name),
  expression: {
    script: (offset) => `(v.getUint16(a+${offset})<<8|v.getUint8(a+${offset + 2}))`,
    assembly: (offset) => `(i32(bswap(load<u16>(a, ${offset}))) << 8 | i32(load<u8>(a, ${offset + 2})))`,
  },
});

export const u32 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU32be(name),
  expression: {
    script: (offset) => `v.getUint32(a+${offset})`,
    assembly: (offset) => `i64(bswap(load<u32>(a, ${offset})))`,
  },
});

/** 32 bits as a signed number: bit patterns (addresses, MAC halves) that are compared, never calculated with. A small integer to V8. */
export const bits32 = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutS32be(name),
  expression: {
    script: (offset) => `v.getInt32(a+${offset})`,
    assembly: (offset) => `bswap(load<i32>(a, ${offset}))`,
  },
});

/** 32 bits in the byte order of the host that captured; read as little endian. */
export const u32le = <N extends string>(name: N): Field<N> => ({
  name,
  layout: layoutU32(name),
  expression: {
    script: (offset) => `v.getUint32(a+${offset},true)`,
    assembly: (offset) => `i64(load<u32>(a, ${offset}))`,
  },
});

/** Bytes that are addressed by their offset and never read as a number. */
export const bytes = <N extends string>(length: number, name: N): Field<N> => ({
  name,
  layout: layoutBlob(length, name),
  expression: null,
});

/**
 * A header's readers, with `size` in bytes and `at`, the offset of each field. `assembly` makes the texts of the same
 * readers in AssemblyScript, for the kernel: each reads its field of a header that starts at address `a`.
 */
export type Header<Name extends string> = { readonly [N in Name]: FieldReader } & {
  readonly size: number;
  readonly at: { readonly [N in Name]: number };
  readonly assembly: () => Readonly<Record<string, string>>;
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
  const assembly = (): Record<string, string> => {
    const texts = fields.map(({ name, expression }) => [name, expression?.assembly(at[name])]);
    return Object.fromEntries(texts.filter(([, text]) => text !== undefined));
  };
  const readers: Record<string, unknown> = { size, at, assembly };
  for (const field of fields) {
    if (field.name in at) throw new Error(`${name}: ${field.name} is declared twice`);
    const offset = layout.offsetOf(field.name);
    if (offset === undefined) throw new Error(`${name}: ${field.name} has no offset`);
    at[field.name] = offset;
    const { expression } = field;
    if (expression !== null) {
      readers[field.name] = new Function('v', 'a', `return ${expression.script(offset)}`);
    }
  }
  return readers as Header<Fields[number]['name']>;
}
