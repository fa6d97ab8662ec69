/**
 * Single ranks of numbers that are in no order, without sorting them all.
 *
 * The numbers are spread over buckets of equal width between the least and the most of them; a bucket holds
 * few of them then, and is put in order when a rank in it is asked for.
 */
const BUCKETS = 64;
/** Numbers up to which sorting them one into another is faster than asking the system. */
const FEW = 24;

export class Ranking {
  count = 0;
  /** The numbers as they were taken, the bucket of each, and all of them by bucket. */
  private readonly taken: Float32Array;
  private readonly bucketOf: Uint8Array;
  private readonly spread: Float32Array;
  /** Bucket `b` holds the numbers from `starts[b]` up to but not including `starts[b + 1]` of `spread`. */
  private readonly starts = new Int32Array(BUCKETS + 1);
  private least = 0;
  private scale = 0;

  /** Room for `capacity` numbers. */
  constructor(capacity: number) {
    this.taken = new Float32Array(capacity);
    this.bucketOf = new Uint8Array(capacity);
    this.spread = new Float32Array(capacity);
  }

  /** Begins anew, with numbers that lie between `least` and `most`. */
  begin(least: number, most: number): void {
    this.count = 0;
    this.least = least;
    this.scale = most > least ? (BUCKETS - 1) / (most - least) : 0;
    this.starts.fill(0);
  }

  /** Takes the numbers from `from` up to but not including `to`. */
  take(numbers: Float32Array, from: number, to: number): void {
    const { taken, bucketOf, starts, least, scale } = this;
    let count = this.count;
    for (let i = from; i < to; i++) {
      const number = numbers[i];
      const bucket = Math.max(0, Math.min(BUCKETS - 1, (number - least) * scale)) | 0;
      taken[count] = number;
      bucketOf[count++] = bucket;
      starts[bucket]++;
    }
    this.count = count;
  }

  /** Spreads what was taken over the buckets; ranks can be asked for from then on. */
  end(): void {
    const { taken, bucketOf, starts, spread } = this;
    let end = 0;
    for (let bucket = 0; bucket <= BUCKETS; bucket++) {
      end += starts[bucket];
      starts[bucket] = end;
    }
    for (let i = this.count - 1; i >= 0; i--) spread[--starts[bucketOf[i]]] = taken[i];
  }

  /** The number that stands at `rank`, from 0, when all are in order. */
  at(rank: number): number {
    const { starts, spread } = this;
    let bucket = 0;
    while (starts[bucket + 1] <= rank) bucket++;
    order(spread, starts[bucket], starts[bucket + 1]);
    return spread[rank];
  }

  /** The number below which the share `quantile` of all lies, interpolated between two ranks. */
  quantile(quantile: number): number {
    const position = quantile * (this.count - 1);
    const below = Math.floor(position);
    const low = this.at(below);
    if (below === position) return low;
    return low + (this.at(below + 1) - low) * (position - below);
  }
}

/** Puts the numbers from `from` up to but not including `to` in ascending order. */
function order(numbers: Float32Array, from: number, to: number): void {
  if (to - from > FEW) {
    numbers.subarray(from, to).sort();
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const number = numbers[i];
    let at = i;
    for (; at > from && numbers[at - 1] > number; at--) numbers[at] = numbers[at - 1];
    numbers[at] = number;
  }
}
