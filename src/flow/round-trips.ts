/**
 * Round-trip times per flow: exact while there are few, a histogram when there are many.
 *
 * A flow's first eight times are kept as they are. With the ninth they move to a row of 128 numbers,
 * which holds up to 128 times and then becomes a histogram of 128 buckets, four an octave from one
 * microsecond up. Quantiles read from a histogram are interpolated and within 10 %; minimum and
 * maximum stand in the flow's record and are exact.
 */

const SMALL = 8;
const LARGE = 128;
const PER_OCTAVE = 4;
/** Rows of 128 numbers at most; flows beyond keep a random eight of their times (Vitter's algorithm R). */
const LARGE_ROWS = 1 << 16;
const LARGE_BIT = 1 << 30;

/** Octaves are divided where a 32nd of an octave's width comes nearest to a quarter of its logarithm. */
const QUARTER_BY_32ND = new Uint8Array(32).map((_, i) => Math.floor(Math.log2(1 + (i + 0.5) / 32) * PER_OCTAVE));
const EXPONENT_OF_ONE = 127;
const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

export class RoundTrips {
  /** The time that `add` is about, in nanoseconds: a field, because a fraction that is passed to a function may be allocated. */
  latest = Number.NaN;
  private small = new Float32Array(SMALL * 1024);
  private smallRows = 0;
  private large = new Float32Array(0);
  private largeRows = 0;
  private seed = 1;

  /**
   * Adds the `latest` time to row `row` (-1 for a flow that has none yet), which holds `count`
   * times so far. Returns the row to pass next time.
   */
  add(row: number, count: number): number {
    if (row < 0) return this.addSmallRow();
    if ((row & LARGE_BIT) !== 0) {
      this.addLarge((row & ~LARGE_BIT) * LARGE, count);
      return row;
    }
    if (count < SMALL) {
      this.small[row * SMALL + count] = this.latest / 1000;
      return row;
    }
    if (count > SMALL || this.largeRows >= LARGE_ROWS) {
      this.seed = (Math.imul(this.seed, 1103515245) + 12345) & 0x7fffffff;
      const at = this.seed % (count + 1);
      if (at < SMALL) this.small[row * SMALL + at] = this.latest / 1000;
      return row;
    }
    const moved = this.addLargeRow();
    this.large.set(this.small.subarray(row * SMALL, row * SMALL + SMALL), moved * LARGE);
    this.addLarge(moved * LARGE, count);
    return moved | LARGE_BIT;
  }

  /** The `quantile` (0 to 1) of a row that was given `count` times, in microseconds. */
  quantile(row: number, count: number, quantile: number): number {
    if ((row & LARGE_BIT) === 0)
      return exact(this.small.slice(row * SMALL, row * SMALL + Math.min(count, SMALL)), quantile);
    const at = (row & ~LARGE_BIT) * LARGE;
    if (count <= LARGE) return exact(this.large.slice(at, at + count), quantile);
    let left = quantile * (count - 1);
    for (let bucket = 0; bucket < LARGE; bucket++) {
      const here = this.large[at + bucket];
      if (left < here) return 2 ** ((bucket + (left + 0.5) / here) / PER_OCTAVE);
      left -= here;
    }
    return 2 ** (LARGE / PER_OCTAVE);
  }

  private addLarge(at: number, count: number): void {
    const { large } = this;
    const microseconds = this.latest / 1000;
    if (count < LARGE) {
      large[at + count] = microseconds;
      return;
    }
    if (count === LARGE) {
      const times = large.slice(at, at + LARGE);
      large.fill(0, at, at + LARGE);
      for (let i = 0; i < LARGE; i++) large[at + bucketOf(times[i])]++;
    }
    large[at + bucketOf(microseconds)]++;
  }

  private addSmallRow(): number {
    const row = this.smallRows++;
    if ((row + 1) * SMALL > this.small.length) this.small = doubled(this.small);
    this.small[row * SMALL] = this.latest / 1000;
    return row;
  }

  private addLargeRow(): number {
    const row = this.largeRows++;
    if ((row + 1) * LARGE > this.large.length) this.large = doubled(this.large);
    return row;
  }
}

/** Four times the binary logarithm, read from the exponent and the leading digits of the number as IEEE 754 keeps it. */
function bucketOf(microseconds: number): number {
  if (!(microseconds > 1)) return 0;
  float[0] = microseconds;
  const bits = floatBits[0];
  const bucket = ((bits >> 23) - EXPONENT_OF_ONE) * PER_OCTAVE + QUARTER_BY_32ND[(bits >> 18) & 31];
  return bucket < LARGE ? bucket : LARGE - 1;
}

function exact(times: Float32Array, quantile: number): number {
  times.sort();
  const position = quantile * (times.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, times.length - 1);
  return times[below] + (times[above] - times[below]) * (position - below);
}

function doubled(array: Float32Array): Float32Array<ArrayBuffer> {
  const grown = new Float32Array(Math.max(LARGE * 16, array.length * 2));
  grown.set(array);
  return grown;
}
