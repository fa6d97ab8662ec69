/** Times of packets as text, written without a `Date` per packet: the seconds change seldom. */
import { type LineBuffer, type Word, word } from './line-buffer.ts';

const NANOSECONDS = 1e9;
/** Seconds that `Date` can express (ECMA-262 section 21.4.1.1). */
const MAXIMUM_SECONDS = 8.64e12;
const Z = 0x5a;

export class TimestampText {
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
    const second = Math.floor(nanoseconds / NANOSECONDS);
    if (second !== this.second) {
      this.second = second;
      const iso = new Date((this.epochSeconds + second) * 1000).toISOString();
      this.text = word(iso.slice(0, iso.indexOf('.') + 1));
    }
    out.text(this.text);
    // Beyond 2^53 the difference is rounded and may leave its second.
    out.nineDigits(Math.min(Math.max(nanoseconds - second * NANOSECONDS, 0), NANOSECONDS - 1));
    out.byte(Z);
  }
}
