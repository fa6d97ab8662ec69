/**
 * Text as bytes: a growing buffer into which words, numbers and addresses are written.
 *
 * Millions of packets are printed one a line; a string for each of their parts would cost more than
 * reading and decoding them. So four or eight bytes are stored at a time, digits come from tables, and room
 * is made once a line (`reserve`), so that the writers need not look. A store may reach past what it
 * writes; what comes next overwrites that. Eight bytes travel as a double, which is the same
 * afterwards: only what is no number may change, and that has bytes in it that do not occur in UTF-8.
 */
import { isIpv4Mapped, longestZeroRun } from '../wire/address.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const COLON = 0x3a;
const POINT = 0x2e;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;
/** Bytes that a store may reach past the text. */
const OVERHANG = 32;

/** Text that is written often, as words of eight bytes in little endian. */
export interface Word {
  readonly text: string;
  readonly words: Float64Array;
  /** Bytes of the text. */
  readonly length: number;
}

const encoder = new TextEncoder();

/** Makes ready a text that is written often. */
export function word(text: string): Word {
  const bytes = encoder.encode(text);
  const padded = new Uint8Array((bytes.length + 7) & -8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = Float64Array.from({ length: padded.length >> 3 }, (_, index) => view.getFloat64(index << 3, true));
  return { text, words, length: bytes.length };
}

/** A table of four ASCII characters each, as one number in little endian. */
function table(size: number, text: (index: number) => string): Int32Array {
  return Int32Array.from({ length: size }, (_, index) => {
    const characters = text(index);
    let number = 0;
    for (let i = 0; i < characters.length; i++) number |= characters.charCodeAt(i) << (i << 3);
    return number;
  });
}

/** `2e:` for each byte. */
const HEX_COLON = table(256, (byte) => `${byte.toString(16).padStart(2, '0')}:`);
/** `46.` for each byte, and how long that is. */
const DECIMAL_DOT = table(256, (byte) => `${byte}.`);
const DECIMAL_DOT_LENGTH = Uint8Array.from({ length: 256 }, (_, byte) => `${byte}.`.length);
/** `046` for each number below 1000. */
const THREE_DIGITS = table(1000, (number) => String(number).padStart(3, '0'));
/** `46` for each number below 1000, and how long that is. */
const DIGITS = table(1000, String);
const DIGITS_LENGTH = Uint8Array.from({ length: 1000 }, (_, number) => String(number).length);
const MAPPED_PREFIX = word('::ffff:');

export class LineBuffer {
  /** What is written to; the text stands at its start. */
  memory: ArrayBufferLike;
  private readonly allocate: (bytes: number) => ArrayBufferLike;
  private view: DataView;
  /** Bytes written. */
  length = 0;

  /** Writes into `memory`, or new memory of so many bytes; more comes from `allocate` when it is needed. */
  constructor(
    memory: ArrayBufferLike | number,
    allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
  ) {
    this.memory = typeof memory === 'number' ? allocate(memory + OVERHANG) : memory;
    this.allocate = allocate;
    this.view = new DataView(this.memory);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count + OVERHANG;
    if (needed <= this.view.byteLength) return;
    const written = this.written();
    this.use(this.allocate(Math.max(needed, this.memory.byteLength * 2)));
    new Uint8Array(this.memory).set(written);
  }

  clear(): void {
    this.length = 0;
  }

  /** Takes over a text of so many bytes that another thread wrote: into `memory` of this one, or new memory, which is larger. */
  take(memory: ArrayBufferLike, length: number): void {
    if (memory.byteLength !== this.memory.byteLength) this.use(memory);
    this.length = length;
  }

  private use(memory: ArrayBufferLike): void {
    this.memory = memory;
    this.view = new DataView(memory);
  }

  /** What was written since `clear`; a view that the next write may change. */
  written(): Uint8Array {
    return new Uint8Array(this.memory, 0, this.length);
  }

  byte(value: number): void {
    this.view.setUint8(this.length++, value);
  }

  space(): void {
    this.byte(SPACE);
  }

  newline(): void {
    this.byte(NEWLINE);
  }

  text(text: Word): void {
    const { view, length } = this;
    const { words } = text;
    for (let i = 0; i < words.length; i++) view.setFloat64(length + (i << 3), words[i], true);
    this.length = length + text.length;
  }

  /** Writes `count` bytes of the text that starts with `words[from]`. Four words are copied at a time. */
  copy(words: Float64Array, from: number, count: number): void {
    const { view, length } = this;
    let word = from;
    for (let at = length; at < length + count; at += 32) {
      view.setFloat64(at, words[word], true);
      view.setFloat64(at + 8, words[word + 1], true);
      view.setFloat64(at + 16, words[word + 2], true);
      view.setFloat64(at + 24, words[word + 3], true);
      word += 4;
    }
    this.length = length + count;
  }

  /** Copies what was written from `start` on to `words[to]` and what follows. */
  save(start: number, words: Float64Array, to: number): void {
    const { view, length } = this;
    for (let at = start; at < length; at += 8) words[to + ((at - start) >> 3)] = view.getFloat64(at, true);
  }

  /** Text of printable ASCII characters without quotes and backslashes; of any other nothing is written, and false returned. */
  plain(text: string): boolean {
    const { view, length } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) return false;
      view.setUint8(length + i, code);
    }
    this.length = length + text.length;
    return true;
  }

  /** A number from 0 to 10^9 with up to three digits behind the point; of any other nothing is written, and false returned. */
  fraction(number: number): boolean {
    const thousandths = Math.round(number * 1000);
    if (!(number >= 0 && number < 1e9 && thousandths / 1000 === number)) return false;
    const whole = Math.floor(number);
    this.decimal(whole);
    const rest = thousandths - whole * 1000;
    if (rest === 0) return true;
    this.byte(POINT);
    this.threeDigits(rest);
    while (this.view.getUint8(this.length - 1) === ZERO) this.length--;
    return true;
  }

  /** A whole number from 0 to 2^53. */
  decimal(number: number): void {
    if (number < 1000) {
      const { length } = this;
      this.view.setInt32(length, DIGITS[number], true);
      this.length = length + DIGITS_LENGTH[number];
    } else if (number < 1e6) {
      const { view, length } = this;
      const thousands = (number / 1000) | 0;
      const rest = length + DIGITS_LENGTH[thousands];
      view.setInt32(length, DIGITS[thousands], true);
      view.setInt32(rest, THREE_DIGITS[number - thousands * 1000], true);
      this.length = rest + 3;
    } else if (number < 1e9) {
      const millions = (number / 1e6) | 0;
      this.decimal(millions);
      this.sixDigits(number - millions * 1e6);
    } else {
      const high = Math.floor(number / 1e9);
      this.decimal(high);
      this.nineDigits(number - high * 1e9);
    }
  }

  /** A number below 1 000 000 with its leading zeros. */
  private sixDigits(number: number): void {
    const thousands = (number / 1000) | 0;
    this.threeDigits(thousands);
    this.threeDigits(number - thousands * 1000);
  }

  /** A number below 1000 with its leading zeros. */
  threeDigits(number: number): void {
    this.view.setInt32(this.length, THREE_DIGITS[number], true);
    this.length += 3;
  }

  /** The whole part of a number below 10^9 with its leading zeros. */
  nineDigits(number: number): void {
    const whole = number | 0;
    const millions = (whole / 1e6) | 0;
    this.threeDigits(millions);
    this.sixDigits(whole - millions * 1e6);
  }

  /** Two hexadecimal digits. */
  hex8(value: number): void {
    this.view.setInt32(this.length, HEX_COLON[value], true);
    this.length += 2;
  }

  /** Four hexadecimal digits. */
  hex16(value: number): void {
    this.hex8(value >> 8);
    this.hex8(value & 255);
  }

  /** As `formatMac` writes it. */
  mac(high: number, low: number): void {
    const { view, length } = this;
    view.setInt32(length, HEX_COLON[high >> 8], true);
    view.setInt32(length + 3, HEX_COLON[high & 255], true);
    view.setInt32(length + 6, HEX_COLON[low >>> 24], true);
    view.setInt32(length + 9, HEX_COLON[(low >> 16) & 255], true);
    view.setInt32(length + 12, HEX_COLON[(low >> 8) & 255], true);
    view.setInt32(length + 15, HEX_COLON[low & 255], true);
    this.length = length + 17;
  }

  /** As `formatIpv4` writes it. */
  ipv4(address: number): void {
    const { view } = this;
    let at = this.length;
    view.setInt32(at, DECIMAL_DOT[address >>> 24], true);
    at += DECIMAL_DOT_LENGTH[address >>> 24];
    view.setInt32(at, DECIMAL_DOT[(address >> 16) & 255], true);
    at += DECIMAL_DOT_LENGTH[(address >> 16) & 255];
    view.setInt32(at, DECIMAL_DOT[(address >> 8) & 255], true);
    at += DECIMAL_DOT_LENGTH[(address >> 8) & 255];
    view.setInt32(at, DECIMAL_DOT[address & 255], true);
    this.length = at + DECIMAL_DOT_LENGTH[address & 255] - 1;
  }

  /** As `formatIpv6` writes it. `source` holds the address at `at`. */
  ipv6(source: DataView, at: number): void {
    if (isIpv4Mapped(source, at)) {
      this.text(MAPPED_PREFIX);
      this.ipv4(source.getInt32(at + 12));
      return;
    }
    const run = longestZeroRun(source, at);
    const start = run >> 4;
    const end = start + (run & 15);
    for (let group = 0; group < 8; group++) {
      if (group === start) {
        this.byte(COLON);
        this.byte(COLON);
        group = end - 1;
      } else {
        if (group > 0 && group !== end) this.byte(COLON);
        this.hexGroup(source.getUint16(at + group * 2));
      }
    }
  }

  /** 16 bits in hexadecimal without leading zeros. */
  private hexGroup(group: number): void {
    const high = group >> 8;
    if (high !== 0) this.hexByte(high);
    if (high !== 0) this.hex8(group & 255);
    else this.hexByte(group & 255);
  }

  /** 8 bits in hexadecimal without a leading zero. */
  private hexByte(value: number): void {
    if (value >= 16) {
      this.hex8(value);
      return;
    }
    this.byte(HEX_COLON[value] >> 8);
  }
}
