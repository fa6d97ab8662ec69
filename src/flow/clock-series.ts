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
  const room = aToB.count + bToA.count;
  const raw = { time: new Float64Array(room), difference: new Float64Array(room), count: 0 };
  addUsable(raw, aToB);
  const forth = raw.count;
  addUsable(raw, bToA);
  const { count } = raw;
  const rawTime = raw.time.subarray(0, count);
  const rawDifference = raw.difference;
  let largestTime = 0;
  let largestDifference = 0;
  for (let i = 0; i < count; i++) {
    largestTime = Math.max(largestTime, Math.abs(rawTime[i]));
    largestDifference = Math.max(largestDifference, Math.abs(rawDifference[i]));
  }
  const rounding = RELATIVE_ROUNDING * (largestTime + largestDifference);
  const unit = resolution > 0 ? Math.min(resolution, LARGEST) : 0;
  const margin = unit * UNITS_OF_RESOLUTION + rounding;

  const order = inTime(rawTime, forth);
  const originTime = count === 0 ? 0 : rawTime[order[0]];
  const originDifference = count === 0 ? 0 : rawDifference[order[0]];
  const time = new Float64Array(count);
  const limit = new Float64Array(count);
  const side = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    const i = order[k];
    const difference = rawDifference[i] - originDifference;
    time[k] = rawTime[i] - originTime;
    side[k] = i < forth ? ABOVE : BELOW;
    limit[k] = (side[k] === ABOVE ? difference : -difference) + margin;
  }
  return { count, time, limit, side, originTime, originDifference, margin, rounding };
}

/** Indices of the times in ascending order, equal ones in their own; as a rule those before `middle` ascend, and those from there on. */
function inTime(times: Float64Array, middle: number): Uint32Array {
  const order = new Uint32Array(times.length);
  let before = 0;
  let behind = middle;
  for (let k = 0; k < order.length; k++) {
    const isBefore = behind === times.length || (before < middle && times[before] <= times[behind]);
    order[k] = isBefore ? before++ : behind++;
    if (k > 0 && times[order[k]] < times[order[k - 1]]) {
      return order.map((_, i) => i).sort((i, j) => times[i] - times[j] || i - j);
    }
  }
  return order;
}

/** Adds the samples whose time and difference are numbers that can be true. */
function addUsable(to: ClockSamples, { time, difference, count }: ClockSamples): void {
  for (let i = 0; i < count; i++) {
    if (!(Math.abs(time[i]) <= LARGEST && Math.abs(difference[i]) <= 2 * LARGEST)) continue;
    to.time[to.count] = time[i];
    to.difference[to.count++] = difference[i];
  }
}
