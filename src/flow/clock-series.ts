/** Samples of two clocks in one list, in time order, shifted so that the arithmetic on them stays exact. */

/** Packets seen at both A and B in one direction. Only the first `count` entries of each array mean anything. */
export interface ClockSamples {
  /** Nanoseconds on A's clock, from an epoch that both directions share; a sample with NaN is left out. */
  time: Float64Array;
  /** Time at B minus time at A, in nanoseconds. */
  difference: Float64Array;
  count: number;
}

/** Marks in `ClockSeries.side`: the sample bounds the offset from above (A to B) or from below (B to A). */
export const ABOVE = 0;
export const BELOW = 1;
export type Side = typeof ABOVE | typeof BELOW;

/**
 * What all samples say of the offset θ = clock B − clock A. Entry `i` says at `time[i]`:
 * θ ≤ limit for `ABOVE`, −θ ≤ limit for `BELOW`; `margin` is in `limit` already.
 */
export interface ClockSeries {
  count: number;
  /** Ascending, nanoseconds after `originTime`. */
  time: Float64Array;
  /** Nanoseconds; θ is counted from `originDifference`. */
  limit: Float64Array;
  side: Uint8Array;
  originTime: number;
  originDifference: number;
  /** What a measured difference may be off by: timestamp resolution and `rounding`. */
  margin: number;
  /** Bound on all errors of floating-point arithmetic, the caller's subtraction included. */
  rounding: number;
}

/** Relative error allowed for arithmetic: eight times the half unit in the last place of a double. */
const RELATIVE_ROUNDING = 2 ** -50;

/** Nanoseconds, 31 years and more: what lies beyond is no time of a capture, and left out. */
const LARGEST = 1e18;

/** The sum of a truncation of A's timestamp and one of B's is below one unit; the rest is drift during that unit. */
const UNITS_OF_RESOLUTION = 1.001;

/** Puts the samples of both directions in time order. `resolution` is the coarser timestamp unit of A and B, in nanoseconds. */
export function mergeSamples(aToB: ClockSamples, bToA: ClockSamples, resolution: number): ClockSeries {
  const first = usable(aToB);
  const second = usable(bToA);
  const count = first.length + second.length;
  const rawTime = new Float64Array(count);
  const rawDifference = new Float64Array(count);
  let largestTime = 0;
  let largestDifference = 0;
  for (let i = 0; i < count; i++) {
    const samples = i < first.length ? aToB : bToA;
    const index = i < first.length ? first[i] : second[i - first.length];
    rawTime[i] = samples.time[index];
    rawDifference[i] = samples.difference[index];
    largestTime = Math.max(largestTime, Math.abs(rawTime[i]));
    largestDifference = Math.max(largestDifference, Math.abs(rawDifference[i]));
  }
  const rounding = RELATIVE_ROUNDING * (largestTime + largestDifference);
  const unit = resolution > 0 ? Math.min(resolution, LARGEST) : 0;
  const margin = unit * UNITS_OF_RESOLUTION + rounding;

  const order = Uint32Array.from(rawTime, (_, i) => i).sort((i, j) => rawTime[i] - rawTime[j] || i - j);
  const originTime = count === 0 ? 0 : rawTime[order[0]];
  const originDifference = count === 0 ? 0 : rawDifference[order[0]];
  const time = new Float64Array(count);
  const limit = new Float64Array(count);
  const side = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    const i = order[k];
    const difference = rawDifference[i] - originDifference;
    time[k] = rawTime[i] - originTime;
    side[k] = i < first.length ? ABOVE : BELOW;
    limit[k] = (side[k] === ABOVE ? difference : -difference) + margin;
  }
  return { count, time, limit, side, originTime, originDifference, margin, rounding };
}

/** Indices of the samples whose time and difference are numbers that can be true. */
function usable(samples: ClockSamples): Uint32Array {
  const length = Math.min(samples.count, samples.time.length, samples.difference.length);
  const indices = new Uint32Array(Math.max(0, length));
  let kept = 0;
  for (let i = 0; i < length; i++) {
    if (Math.abs(samples.time[i]) <= LARGEST && Math.abs(samples.difference[i]) <= 2 * LARGEST) indices[kept++] = i;
  }
  return indices.subarray(0, kept);
}
