/** The first question of a DNS message, RFC 1035 section 4.1.2, as text. */
import { dns } from '../wire/dns.ts';
import type { LineBuffer, Word } from './line-buffer.ts';

const DOT = 0x2e;
const MAXIMUM_LABEL = 63;
const MAXIMUM_NAME = 255;

/** Bytes that a label shows as they are: letters, digits, hyphen, underscore, asterisk. All others are written as \DDD (RFC 4343 section 2.1). */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (/[-\w*]/.test(String.fromCharCode(byte)) ? 1 : 0));

/**
 * Where the name of the first question of the message at `at` ends, its type behind it; -1 when there is no
 * question, or it is not all there before `end`, or its name is compressed, which a first name cannot be.
 */
export function questionEnd(view: DataView, at: number, end: number): number {
  if (dns.questions(view, at) === 0) return -1;
  const start = at + dns.size;
  let label = start;
  while (label < end && label - start < MAXIMUM_NAME) {
    const length = view.getUint8(label);
    if (length > MAXIMUM_LABEL) return -1;
    label += 1 + length;
    if (length === 0) return end - label >= 4 ? label : -1;
  }
  return -1;
}

/** Writes the name that starts at `at`, which `questionEnd` found to be whole; `backslash` is what stands before three digits. */
export function writeName(out: LineBuffer, view: DataView, at: number, backslash: Word): void {
  let label = at;
  let length = view.getUint8(label);
  if (length === 0) out.byte(DOT);
  while (length !== 0) {
    if (label !== at) out.byte(DOT);
    for (let i = label + 1; i <= label + length; i++) {
      const byte = view.getUint8(i);
      if (PLAIN[byte] === 1) {
        out.byte(byte);
      } else {
        out.text(backslash);
        out.threeDigits(byte);
      }
    }
    label += 1 + length;
    length = view.getUint8(label);
  }
}
