/**
 * Round-trip times per flow: exact while there are few, a histogram when there are many.
 *
 * A flow's newest times stand in its record. When there are eight they move to a row of 128 numbers;
 * the row holds up to 128 times and then becomes a histogram of 128 buckets, four an octave from one
 * microsecond up. Quantiles read from a histogram are interpolated and within 10 %; minimum and
 * maximum stand in the flow's record and are exact.
 */
import { Double, type FlowTable, Word } from './flow-table.ts';
import { Ranking } from './ranking.ts';
import { TableMemory } from './table-memory.ts';

/** Round-trip times of a flow that its record has room for. */
export const NEWEST = 8;
export const ROW = 128;
export const PER_OCTAVE = 4;
/** Rows at most; flows beyond keep their newest eight times. */
export const MAXIMUM_ROWS = 1 << 16;

/** Octaves are divided where a 32nd of an octave's width comes nearest to a quarter of its logarithm. */
const quarterBy32nds = (quarter: number): number => Math.ceil((2 ** (quarter / 4) - 1) * 32 - 0.5);
export const SECOND_QUARTER = quarterBy32nds(1);
export const THIRD_QUARTER = quarterBy32nds(2);
export const FOURTH_QUARTER = quarterBy32nds(3);
/** Bits of a number of 32 bits: where its exponent begins, and its first five digits. */
export const EXPONENT_SHIFT = 23;
export const DIGITS_SHIFT = 18;
export const EXPONENT_OF_ONE = 127;
const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

/** For the quantile that is asked for now. */
const ranking = new Ranking();

export class RoundTrips {
  /** The time that `add` is about, in nanoseconds: a field, because a fraction that is passed to a function may be allocated. */
  latest = Number.NaN;
  /** Rows in use; the kernel takes some, too. */
  rows = 0;
  /** The rows, as numbers of two kinds over the same memory: room for all, which costs nothing until it is touched. */
  readonly numbers: Float32Array;
  private readonly bits: Int32Array;

  /** For so many flows at most. */
  constructor(flows = MAXIMUM_ROWS, memory = new TableMemory()) {
    const length = Math.min(flows, MAXIMUM_ROWS) * ROW;
    const { buffer, byteOffset } = memory.region(length * 4);
    this.numbers = new Float32Array(buffer, byteOffset, length);
    this.bits = new Int32Array(buffer, byteOffset, length);
  }

  /** Adds the `latest` time to the flow whose record starts at `word`. */
  add({ words, floats }: FlowTable, word: number): void {
    const count = words[word + Word.RttCount];
    floats[word + Word.RttNewest + (count % NEWEST)] = this.latest / 1000;
    words[word + Word.RttCount] = count + 1;
    if ((count + 1) % NEWEST === 0) this.move(words, floats, word);
  }

  /** Median and 99th percentile of the selected flow's times, of which there is one at least, in microseconds. */
  quantiles(flows: FlowTable): { median: number; p99: number } {
    const { words, word, floats, doubles, double } = flows;
    const { numbers } = this;
    const count = words[word + Word.RttCount];
    const newest = word + Word.RttNewest;
    const row = words[word + Word.RttRow];
    const recent = row < 0 ? Math.min(count, NEWEST) : count % NEWEST;
    const moved = row < 0 ? 0 : count - recent;
    if (moved > ROW) {
      const buckets = numbers.slice(row * ROW, (row + 1) * ROW);
      for (let i = 0; i < recent; i++) buckets[bucketOf(floats[newest + i])]++;
      return { median: inHistogram(buckets, count, 0.5), p99: inHistogram(buckets, count, 0.99) };
    }
    ranking.begin(doubles[double + Double.RttMinimum] / 1000, doubles[double + Double.RttMaximum] / 1000);
    ranking.take(this.bits, row * ROW, row * ROW + moved);
    ranking.take(words, newest, newest + recent);
    return { median: ranking.quantile(0.5), p99: ranking.quantile(0.99) };
  }

  /** Moves the eight times in the record to the flow's row, as long as there are rows. */
  private move(words: Int32Array, floats: Float32Array, word: number): void {
    if (words[word + Word.RttRow] < 0) {
      if (this.rows * ROW >= this.numbers.length) return;
      words[word + Word.RttRow] = this.rows++;
    }
    const { numbers } = this;
    const at = words[word + Word.RttRow] * ROW;
    const newest = word + Word.RttNewest;
    const moved = words[word + Word.RttCount] - NEWEST;
    if (moved < ROW) {
      for (let i = 0; i < NEWEST; i++) numbers[at + moved + i] = floats[newest + i];
      return;
    }
    if (moved === ROW) {
      const times = numbers.slice(at, at + ROW);
      numbers.fill(0, at, at + ROW);
      for (let i = 0; i < ROW; i++) numbers[at + bucketOf(times[i])]++;
    }
    for (let i = 0; i < NEWEST; i++) numbers[at + bucketOf(floats[newest + i])]++;
  }
}

/** Four times the binary logarithm, read from the exponent and the leading digits of the number as IEEE 754 keeps it. */
function bucketOf(microseconds: number): number {
  if (!(microseconds > 1)) return 0;
  float[0] = microseconds;
  const bits = floatBits[0];
  const digits = (bits >> DIGITS_SHIFT) & 31;
  const quarter = +(digits >= SECOND_QUARTER) + +(digits >= THIRD_QUARTER) + +(digits >= FOURTH_QUARTER);
  const bucket = ((bits >> EXPONENT_SHIFT) - EXPONENT_OF_ONE) * PER_OCTAVE + quarter;
  return bucket < ROW ? bucket : ROW - 1;
}

/** The `quantile` of `count` times that a histogram of `ROW` buckets holds. */
function inHistogram(buckets: Float32Array, count: number, quantile: number): number {
  let left = quantile * (count - 1);
  for (let bucket = 0; bucket < ROW; bucket++) {
    const here = buckets[bucket];
    if (left < here) return 2 ** ((bucket + (left + 0.5) / here) / PER_OCTAVE);
    left -= here;
  }
  return 2 ** (ROW / PER_OCTAVE);
}
