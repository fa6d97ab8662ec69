/** Block types and option codes of pcapng, draft-ietf-opsawg-pcapng sections 4 and 10.1; and how options are found. */

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const OBSOLETE_PACKET = 2;
export const SIMPLE_PACKET = 3;
export const INTERFACE_STATISTICS = 5;
export const ENHANCED_PACKET = 6;

/** Stands in a section header, in the byte order of its section. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option of any block. */
export const COMMENT = 1;
/** What a comment of ours begins with when it says what weakens the capture. */
export const REMARK = 'vxtrace remark: ';

/** Options of an interface description. */
export const INTERFACE_NAME = 2;
export const INTERFACE_TIME_RESOLUTION = 9;
const INTERFACE_FILTER = 11;
export const INTERFACE_TIME_OFFSET = 14;
/** Options of interface statistics. */
export const STATISTICS_END_TIME = 3;
export const STATISTICS_RECEIVED = 4;
export const STATISTICS_DROPPED_BY_INTERFACE = 5;
export const STATISTICS_DROPPED_BY_SYSTEM = 7;

const END_OF_OPTIONS = 0;

/** Options of one block, found by code. They end where a length no longer makes sense. */
export class BlockOptions {
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #start: number;
  readonly #end: number;

  /** The options lie in `view` at bytes [start, end). */
  constructor(view: DataView, littleEndian: boolean, start: number, end: number) {
    this.#view = view;
    this.#littleEndian = littleEndian;
    this.#start = start;
    this.#end = end;
  }

  /** The value of the option's first occurrence when it is `length` bytes long or longer, else null. */
  value(code: number, length: number): DataView | null {
    for (let at = this.#start; at + 4 <= this.#end; ) {
      const found = this.#view.getUint16(at, this.#littleEndian);
      const bytes = this.#view.getUint16(at + 2, this.#littleEndian);
      if (found === END_OF_OPTIONS || at + 4 + bytes > this.#end) return null;
      if (found === code && bytes >= length) {
        return new DataView(this.#view.buffer, this.#view.byteOffset + at + 4, bytes);
      }
      at += 4 + ((bytes + 3) & ~3);
    }
    return null;
  }

  /** The remarks among the comments, of each no more than `limit` bytes. */
  remarks(limit: number): string[] {
    const found: string[] = [];
    for (let at = this.#start; at + 4 <= this.#end; ) {
      const code = this.#view.getUint16(at, this.#littleEndian);
      const bytes = this.#view.getUint16(at + 2, this.#littleEndian);
      if (code === END_OF_OPTIONS || at + 4 + bytes > this.#end) break;
      if (code === COMMENT) {
        const comment = new DataView(this.#view.buffer, this.#view.byteOffset + at + 4, bytes);
        const text = decodeText(comment, REMARK.length + limit);
        if (text.startsWith(REMARK)) found.push(text.slice(REMARK.length));
      }
      at += 4 + ((bytes + 3) & ~3);
    }
    return found;
  }

  /** A signed 64-bit option; null when absent. */
  integer(code: number): bigint | null {
    return this.value(code, 8)?.getBigInt64(0, this.#littleEndian) ?? null;
  }

  /** A 64-bit counter; null when absent or when all its bits are set, which some writers use for "unknown". */
  counter(code: number): number | null {
    const count = this.value(code, 8)?.getBigUint64(0, this.#littleEndian);
    return count === undefined || count === 0xffff_ffff_ffff_ffffn ? null : Number(count);
  }

  /** A UTF-8 option without the zero bytes some writers end it with, no more than `limit` bytes of it; null when absent. */
  text(code: number, limit: number): string | null {
    const value = this.value(code, 0);
    return value === null ? null : decodeText(value, limit);
  }

  /** The capture filter, where it is given as text and not as compiled instructions; no more than `limit` bytes of it. */
  filter(limit: number): string | null {
    const value = this.value(INTERFACE_FILTER, 1);
    if (value === null || value.getUint8(0) !== 0) return null;
    return decodeText(new DataView(value.buffer, value.byteOffset + 1, value.byteLength - 1), limit);
  }
}

/** What is left out of a text is marked with an ellipsis. */
function decodeText(value: DataView, limit: number): string {
  let length = value.byteLength;
  while (length > 0 && value.getUint8(length - 1) === 0) length--;
  const isCut = length > limit;
  if (isCut) {
    // Not within a character: its further bytes begin with the bits 10.
    for (length = limit; length > 0 && (value.getUint8(length) & 0xc0) === 0x80; ) length--;
  }
  const text = new TextDecoder().decode(new Uint8Array(value.buffer, value.byteOffset, length));
  return isCut ? `${text}…` : text;
}
