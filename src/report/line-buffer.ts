/**
 * Text as bytes: a growing buffer into which numbers and addresses are written digit by digit.
 *
 * Millions of packets are printed one a line; a string for each of their parts would cost more than
 * reading and decoding them. Room is made once a line (`reserve`), so the writers need not look.
 */
import { isIpv4Mapped, longestZeroRun } from '../wire/address.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const COLON = 0x3a;
const DOT = 0x2e;

const encoder = new TextEncoder();

/** Bytes of a text that is written often. */
export function ascii(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Hexadecimal digits of each byte, the high one and the low one. */
const HIGH_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4).toString(16).charCodeAt(0));
const LOW_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => (byte & 15).toString(16).charCodeAt(0));
/** Decimal digits of 0 to 99, tens and ones. */
const TENS = Uint8Array.from({ length: 100 }, (_, number) => ZERO + Math.floor(number / 10));
const ONES = Uint8Array.from({ length: 100 }, (_, number) => ZERO + (number % 10));
const MAPPED_PREFIX = ascii('::ffff:');

export class LineBuffer {
  bytes: Uint8Array;
  /** Bytes written. */
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  clear(): void {
    this.length = 0;
  }

  /** What was written since `clear`; a view that the next write may change. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  space(): void {
    this.bytes[this.length++] = SPACE;
  }

  newline(): void {
    this.bytes[this.length++] = NEWLINE;
  }

  text(text: Uint8Array): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text[i];
    this.length = at;
  }

  /** A whole number from 0 to 2^53. */
  decimal(number: number): void {
    if (number < 100) {
      if (number >= 10) this.bytes[this.length++] = TENS[number];
      this.bytes[this.length++] = ONES[number];
      return;
    }
    if (number >= 1e9) {
      const high = Math.floor(number / 1e9);
      this.decimal(high);
      this.padded(number - high * 1e9, 9);
      return;
    }
    this.padded(number, digitCount(number));
  }

  /** The last `digits` digits of a whole number below 2^31. */
  padded(number: number, digits: number): void {
    const { bytes } = this;
    const start = this.length;
    let at = start + digits;
    let rest = number | 0;
    this.length = at;
    while (at - start >= 2) {
      const quotient = (rest / 100) | 0;
      const pair = rest - quotient * 100;
      bytes[--at] = ONES[pair];
      bytes[--at] = TENS[pair];
      rest = quotient;
    }
    if (at > start) bytes[start] = ONES[rest % 10];
  }

  /** Two hexadecimal digits. */
  hex8(value: number): void {
    this.bytes[this.length++] = HIGH_DIGIT[value];
    this.bytes[this.length++] = LOW_DIGIT[value];
  }

  /** `0x` and four hexadecimal digits. */
  hex16(value: number): void {
    this.bytes[this.length++] = ZERO;
    this.bytes[this.length++] = 0x78;
    this.hex8(value >> 8);
    this.hex8(value & 255);
  }

  /** As `formatMac` writes it. */
  mac(high: number, low: number): void {
    const { bytes, length: at } = this;
    bytes[at] = HIGH_DIGIT[high >> 8];
    bytes[at + 1] = LOW_DIGIT[high >> 8];
    bytes[at + 2] = COLON;
    bytes[at + 3] = HIGH_DIGIT[high & 255];
    bytes[at + 4] = LOW_DIGIT[high & 255];
    bytes[at + 5] = COLON;
    bytes[at + 6] = HIGH_DIGIT[low >>> 24];
    bytes[at + 7] = LOW_DIGIT[low >>> 24];
    bytes[at + 8] = COLON;
    bytes[at + 9] = HIGH_DIGIT[(low >> 16) & 255];
    bytes[at + 10] = LOW_DIGIT[(low >> 16) & 255];
    bytes[at + 11] = COLON;
    bytes[at + 12] = HIGH_DIGIT[(low >> 8) & 255];
    bytes[at + 13] = LOW_DIGIT[(low >> 8) & 255];
    bytes[at + 14] = COLON;
    bytes[at + 15] = HIGH_DIGIT[low & 255];
    bytes[at + 16] = LOW_DIGIT[low & 255];
    this.length = at + 17;
  }

  /** As `formatIpv4` writes it. */
  ipv4(address: number): void {
    this.decimalByte(address >>> 24);
    this.bytes[this.length++] = DOT;
    this.decimalByte((address >> 16) & 255);
    this.bytes[this.length++] = DOT;
    this.decimalByte((address >> 8) & 255);
    this.bytes[this.length++] = DOT;
    this.decimalByte(address & 255);
  }

  /** As `formatIpv6` writes it. */
  ipv6(view: DataView, at: number): void {
    if (isIpv4Mapped(view, at)) {
      this.text(MAPPED_PREFIX);
      this.ipv4(view.getInt32(at + 12));
      return;
    }
    const run = longestZeroRun(view, at);
    const start = run >> 4;
    const end = start + (run & 15);
    for (let group = 0; group < 8; group++) {
      if (group === start) {
        this.bytes[this.length++] = COLON;
        this.bytes[this.length++] = COLON;
        group = end - 1;
      } else {
        if (group > 0 && group !== end) this.bytes[this.length++] = COLON;
        this.hexGroup(view.getUint16(at + group * 2));
      }
    }
  }

  private decimalByte(value: number): void {
    if (value >= 100) {
      const hundreds = value >= 200 ? 2 : 1;
      this.bytes[this.length++] = ZERO + hundreds;
      const rest = value - hundreds * 100;
      this.bytes[this.length++] = TENS[rest];
      this.bytes[this.length++] = ONES[rest];
      return;
    }
    if (value >= 10) this.bytes[this.length++] = TENS[value];
    this.bytes[this.length++] = ONES[value];
  }

  /** 16 bits in hexadecimal without leading zeros. */
  private hexGroup(group: number): void {
    if (group >= 0x1000) this.bytes[this.length++] = HIGH_DIGIT[group >> 8];
    if (group >= 0x100) this.bytes[this.length++] = LOW_DIGIT[group >> 8];
    if (group >= 0x10) this.bytes[this.length++] = HIGH_DIGIT[group & 255];
    this.bytes[this.length++] = LOW_DIGIT[group & 255];
  }
}

function digitCount(number: number): number {
  if (number < 1e4) return number < 1e3 ? 3 : 4;
  if (number < 1e6) return number < 1e5 ? 5 : 6;
  if (number < 1e8) return number < 1e7 ? 7 : 8;
  return 9;
}
