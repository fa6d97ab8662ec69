/** Times of packets as text, written without a `Date` per packet: the seconds change seldom. */
import { type LineBuffer, type Word, word } from './line-buffer.ts';

const NANOSECONDS = 1e9;
/** Seconds that `Date` can express (ECMA-262 section 21.4.1.1). */
const MAXIMUM_SECONDS = 8.64e12;
const Z = 0x5a;

/**
 * The part of a second of a time that is more than 2^53 ns, 104 days, from the first of its capture, and not exact
 * any more: rounded to the unit that the capture counts in.
 */
export function wholeUnits(nanoseconds: number, unit: number): number {
  return Math.round(Math.round(nanoseconds / unit) * unit);
}

export class TimestampText {
  /** Nanoseconds per timestamp unit of the capture, the finest where it has several. */
  unit = 1;
  private readonly epochSeconds: number;
  private second = Number.NaN;
  private text: Word = word('');

  /** `epochSeconds`: Unix seconds that the times count from. */
  constructor(epochSeconds: number) {
    this.epochSeconds = epochSeconds;
  }

  /** True when `nanoseconds` since the epoch are a time that can be written. */
  isWritable(nanoseconds: number): boolean {
    return Math.abs(this.epochSeconds + nanoseconds / NANOSECONDS) < MAXIMUM_SECONDS;
  }

  /** Writes `2023-10-20T10:34:17.389643000Z`; only where `isWritable`. */
  write(out: LineBuffer, nanoseconds: number): void {
    let second = Math.floor(nanoseconds / NANOSECONDS);
    let fraction = nanoseconds - second * NANOSECONDS;
    if (!Number.isSafeInteger(nanoseconds)) {
      fraction = wholeUnits(fraction, this.unit);
      if (fraction === NANOSECONDS) {
        fraction = 0;
        second++;
      }
    }
    if (second !== this.second) {
      this.second = second;
      const iso = new Date((this.epochSeconds + second) * 1000).toISOString();
      this.text = word(iso.slice(0, iso.indexOf('.') + 1));
    }
    out.text(this.text);
    out.nineDigits(Math.min(Math.max(fraction, 0), NANOSECONDS - 1));
    out.byte(Z);
  }
}
