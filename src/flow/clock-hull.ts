/**
 * The lines θ(t) = α + βt that samples of two clocks allow.
 *
 * Samples from A to B lie above the line, samples from B to A below it, and |β| is limited. Only the
 * corners of the lower hull of the former and of the upper hull of the latter matter. For a given
 * slope, the gap between both hulls along that slope is what is left for α; it is a concave function
 * of the slope, linear between the slopes of the hulls' edges, so the slopes that leave a gap are one
 * interval. The extremes of θ(t) over all allowed lines then follow the hull's own edges as far as
 * their slopes are allowed, and go on with the extreme slopes outside.
 *
 * Convex hulls: S. B. Moon, P. Skelly, D. Towsley, "Estimation and Removal of Clock Skew from Network
 * Delay Measurements", INFOCOM 1999; L. Zhang, Z. Liu, C. H. Xia, "Clock Synchronization Algorithms
 * for Network Measurements", INFOCOM 2002.
 */
import { ABOVE, BELOW, type ClockSeries, type Side } from './clock-series.ts';

/** Two clocks of computers drift apart by no more than this, in nanoseconds per nanosecond. */
export const MAXIMUM_SKEW = 500e-6;

/** Samples of a series: the index of the first, and the one after the last. Empty where `to` is not above `from`. */
export interface SampleRange {
  from: number;
  to: number;
}

/** Corners of a lower convex hull, in ascending time. */
interface Hull {
  time: number[];
  limit: number[];
}

/** Slopes of the allowed lines. */
interface Slopes {
  least: number;
  most: number;
  /** The slope that leaves the widest gap. */
  widest: number;
}

/** The extreme of θ over all allowed lines, as a function of time: straight between the corners and beyond them. */
export interface OffsetBound {
  /** Ascending, nanoseconds on A's clock; at least one. */
  time: number[];
  /** Nanoseconds, B − A, at each `time`. */
  offset: number[];
  /** Nanoseconds per nanosecond before the first and after the last corner. */
  slopeBefore: number;
  slopeAfter: number;
}

/** The lower hull of one side's limits (for `BELOW`, limits are negated, so it is the upper hull of the samples). Linear. */
export function lowerHull(series: ClockSeries, side: Side, ranges: readonly SampleRange[]): Hull {
  const time: number[] = [];
  const limit: number[] = [];
  let count = 0;
  for (const range of ranges) {
    for (let i = range.from; i < range.to; i++) {
      if (series.side[i] !== side) continue;
      const t = series.time[i];
      const v = series.limit[i];
      let last = count - 1;
      if (last >= 0 && time[last] === t) {
        if (limit[last] <= v) continue;
        last--;
      }
      while (
        last >= 1 &&
        (limit[last] - limit[last - 1]) * (t - time[last - 1]) >= (v - limit[last - 1]) * (time[last] - time[last - 1])
      ) {
        last--;
      }
      time[last + 1] = t;
      limit[last + 1] = v;
      count = last + 2;
    }
  }
  time.length = count;
  limit.length = count;
  return { time, limit };
}

/** The slopes of all lines below the hull `above` and, mirrored, below the hull `below`; null when there is none. */
export function allowedSlopes(above: Hull, below: Hull, rounding: number): Slopes | null {
  if (above.time.length === 0 || below.time.length === 0) {
    return { least: -MAXIMUM_SKEW, most: MAXIMUM_SKEW, widest: 0 };
  }
  const slopes = [-MAXIMUM_SKEW, MAXIMUM_SKEW];
  for (let i = 0; i + 1 < above.time.length; i++) addSlope(slopes, edgeSlope(above, i));
  for (let i = 0; i + 1 < below.time.length; i++) addSlope(slopes, -edgeSlope(below, i));
  slopes.sort((a, b) => a - b);
  const gaps = slopes.map((slope) => roomBelow(above, slope) + roomBelow(below, -slope));
  let best = 0;
  for (let i = 1; i < gaps.length; i++) if (gaps[i] > gaps[best]) best = i;
  if (gaps[best] < 0) return null;

  let first = best;
  while (first > 0 && gaps[first - 1] >= 0) first--;
  let last = best;
  while (last + 1 < gaps.length && gaps[last + 1] >= 0) last++;
  let flatFirst = best;
  while (flatFirst > first && gaps[flatFirst - 1] >= gaps[best] - rounding) flatFirst--;
  let flatLast = best;
  while (flatLast < last && gaps[flatLast + 1] >= gaps[best] - rounding) flatLast++;
  return {
    least: first === 0 ? slopes[0] : zeroBetween(slopes, gaps, first - 1),
    most: last === gaps.length - 1 ? slopes[last] : zeroBetween(slopes, gaps, last),
    widest: (slopes[flatFirst] + slopes[flatLast]) / 2,
  };
}

/** True when one line suits all samples of the ranges. */
export function isOneLine(series: ClockSeries, ranges: readonly SampleRange[]): boolean {
  const above = lowerHull(series, ABOVE, ranges);
  const below = lowerHull(series, BELOW, ranges);
  return allowedSlopes(above, below, series.rounding) !== null;
}

/** The largest (`ABOVE`) or smallest (`BELOW`) offset over all lines with allowed slopes that the hull leaves; null without samples. */
export function offsetBound(series: ClockSeries, side: Side, hull: Hull, slopes: Slopes): OffsetBound | null {
  if (hull.time.length === 0) return null;
  const sign = side === ABOVE ? 1 : -1;
  const slopeBefore = side === ABOVE ? slopes.least : slopes.most;
  const slopeAfter = side === ABOVE ? slopes.most : slopes.least;
  const first = cornerAt(hull, sign * slopeBefore);
  const last = cornerAt(hull, sign * slopeAfter);
  return {
    time: hull.time.slice(first, last + 1).map((t) => series.originTime + t),
    offset: hull.limit.slice(first, last + 1).map((v) => series.originDifference + sign * v),
    slopeBefore,
    slopeAfter,
  };
}

/** The bound at a time on A's clock; logarithmic in the number of corners. */
export function boundAt(bound: OffsetBound, time: number): number {
  let low = 0;
  let high = bound.time.length - 1;
  if (time <= bound.time[0]) return bound.offset[0] + bound.slopeBefore * (time - bound.time[0]);
  if (time >= bound.time[high]) return bound.offset[high] + bound.slopeAfter * (time - bound.time[high]);
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (bound.time[middle] <= time) low = middle;
    else high = middle;
  }
  const share = (time - bound.time[low]) / (bound.time[high] - bound.time[low]);
  return bound.offset[low] + (bound.offset[high] - bound.offset[low]) * share;
}

function addSlope(slopes: number[], slope: number): void {
  if (slope > -MAXIMUM_SKEW && slope < MAXIMUM_SKEW) slopes.push(slope);
}

function edgeSlope(hull: Hull, i: number): number {
  return (hull.limit[i + 1] - hull.limit[i]) / (hull.time[i + 1] - hull.time[i]);
}

/** Index of the corner that a line of this slope touches when it comes from below. */
function cornerAt(hull: Hull, slope: number): number {
  let low = 0;
  let high = hull.time.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edgeSlope(hull, middle) >= slope) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The largest α of a line with this slope below the hull. */
function roomBelow(hull: Hull, slope: number): number {
  const corner = cornerAt(hull, slope);
  return hull.limit[corner] - slope * hull.time[corner];
}

/** Where the gap, linear between slope `i` and `i + 1` and of different sign there, is zero. */
function zeroBetween(slopes: number[], gaps: number[], i: number): number {
  return slopes[i] + (slopes[i + 1] - slopes[i]) * (gaps[i] / (gaps[i] - gaps[i + 1]));
}
