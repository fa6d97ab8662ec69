/**
 * Quantiles of few numbers that are in no order, without sorting them all.
 *
 * Numbers are 32-bit floats from zero up, taken as the bits that IEEE 754 keeps them in: these stand in the order of
 * the numbers. They go to buckets of equal width between the least and the most of them. How many each bucket holds
 * tells where a rank is, and only what that bucket holds is put in order.
 */
const BUCKET_BITS = 6;
const BUCKETS = 1 << BUCKET_BITS;
/** A bucket is one word: the place plus one of the number that it took last, and above that how many it holds. */
const PLACE_BITS = 8;
const PLACE = (1 << PLACE_BITS) - 1;

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

export class Ranking {
  private count = 0;
  /** The numbers as they were taken; beside each the place plus one of the one that its bucket took before, or 0. */
  private readonly taken = new Int32Array(PLACE);
  private readonly before = new Uint8Array(PLACE);
  private readonly buckets = new Int32Array(BUCKETS);
  /** The numbers of one bucket or two, in order. */
  private readonly ordered = new Int32Array(PLACE);
  private least = 0;
  /** Bits of a number that do not decide on its bucket. */
  private shift = 0;

  /** Begins anew, with up to 255 numbers; best if none of them is below `least` or above `most`. */
  begin(least: number, most: number): void {
    this.count = 0;
    this.least = bitsOf(least);
    this.shift = Math.max(0, 32 - BUCKET_BITS - Math.clz32(bitsOf(most) - this.least));
    this.buckets.fill(0);
  }

  /** Takes the numbers whose bits stand from `from` up to but not including `to`. */
  take(bits: Int32Array, from: number, to: number): void {
    const { taken, before, buckets, least, shift } = this;
    let count = this.count;
    for (let i = from; i < to; i++) {
      const number = bits[i];
      const at = Math.min(Math.max((number - least) >> shift, 0), BUCKETS - 1);
      const bucket = buckets[at];
      taken[count] = number;
      before[count] = bucket;
      buckets[at] = (((bucket >> PLACE_BITS) + 1) << PLACE_BITS) | ++count;
    }
    this.count = count;
  }

  /** The number below which the share `quantile` of all lies, interpolated between two ranks. */
  quantile(quantile: number): number {
    const { buckets, ordered, count } = this;
    const position = quantile * (count - 1);
    const rank = Math.floor(position);
    // The bucket with that rank, sought from the nearer end, and how many numbers are below it.
    let bucket = 0;
    let below = 0;
    if (quantile <= 0.5) {
      while (below + (buckets[bucket] >> PLACE_BITS) <= rank) below += buckets[bucket++] >> PLACE_BITS;
    } else {
      for (bucket = BUCKETS, below = count; below > rank; ) below -= buckets[--bucket] >> PLACE_BITS;
    }
    let end = this.order(bucket, 0);
    const low = numberOf(ordered[rank - below]);
    if (rank === position) return low;
    // The next rank may be in the next bucket that holds any.
    while (below + end <= rank + 1) end = this.order(++bucket, end);
    return low + (numberOf(ordered[rank + 1 - below]) - low) * (position - rank);
  }

  /** Puts the numbers of a bucket in order behind `end` lower ones; how many there are then. */
  private order(bucket: number, end: number): number {
    const { taken, before, buckets, ordered } = this;
    let count = end;
    for (let place = buckets[bucket] & PLACE; place > 0; place = before[place - 1]) {
      const number = taken[place - 1];
      let at = count++;
      for (; at > end && ordered[at - 1] > number; at--) ordered[at] = ordered[at - 1];
      ordered[at] = number;
    }
    return count;
  }
}

function bitsOf(number: number): number {
  float[0] = number;
  return floatBits[0];
}

function numberOf(bits: number): number {
  floatBits[0] = bits;
  return float[0];
}
