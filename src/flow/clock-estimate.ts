/** The offset between two clocks while none of them is set: guaranteed bounds from the samples of one stretch of time. */
import { allowedSlopes, boundAt, lowerHull, type OffsetBound, offsetBound, type SampleRange } from './clock-hull.ts';
import { ABOVE, BELOW, type ClockSeries } from './clock-series.ts';

/** A quantity in nanoseconds between two limits; null where nothing limits it. */
export interface Interval {
  atLeast: number | null;
  atMost: number | null;
}

/** What is known of θ between two steps. Plain data; times and offsets in nanoseconds. */
export type ClockEstimate =
  | {
      kind: 'two-sided';
      /** B − A at the time `at`, and the half width within which it is guaranteed, resolution included. */
      offset: number;
      uncertainty: number;
      /** On A's clock: where the bounds are closest to each other. */
      at: number;
      /** Nanoseconds per nanosecond: 0 where the samples allow that, else the slope that leaves the widest gap. */
      skew: number;
      /** The skew is guaranteed to be between these. */
      skewAtLeast: number;
      skewAtMost: number;
      /** The bounds if the clocks run at exactly the same rate; null when the samples rule that out. */
      withoutSkew: { atLeast: number; atMost: number } | null;
      lower: OffsetBound;
      upper: OffsetBound;
      samples: number;
    }
  | {
      kind: 'one-sided';
      /** Limits of B − A at the time `at`; one of them is null. */
      atLeast: number | null;
      atMost: number | null;
      /** On A's clock: where the bound is tightest. */
      at: number;
      lower: OffsetBound | null;
      upper: OffsetBound | null;
      samples: number;
    }
  | { kind: 'none' };

/** What the samples of one range say; kind `none` for an empty one, or where no line suits them. */
export function estimateOffset(series: ClockSeries, range: SampleRange): ClockEstimate {
  const above = lowerHull(series, ABOVE, [range]);
  const below = lowerHull(series, BELOW, [range]);
  const slopes = allowedSlopes(above, below, series.rounding);
  if (slopes === null) return { kind: 'none' };
  const upper = offsetBound(series, ABOVE, above, slopes);
  const lower = offsetBound(series, BELOW, below, slopes);
  const samples = range.to - range.from;
  if (upper !== null && lower !== null) {
    const at = tightest([...upper.time, ...lower.time], (time) => boundAt(upper, time) - boundAt(lower, time));
    const highest = boundAt(upper, at);
    const lowest = boundAt(lower, at);
    const still = slopes.least <= 0 && slopes.most >= 0;
    return {
      kind: 'two-sided',
      offset: lowest + (highest - lowest) / 2,
      uncertainty: Math.max(0, (highest - lowest) / 2),
      at,
      skew: still ? 0 : slopes.widest,
      skewAtLeast: slopes.least,
      skewAtMost: slopes.most,
      withoutSkew: still
        ? {
            atLeast: lower.offset.reduce((a, b) => Math.max(a, b)),
            atMost: upper.offset.reduce((a, b) => Math.min(a, b)),
          }
        : null,
      lower,
      upper,
      samples,
    };
  }
  if (upper !== null) {
    const at = tightest(upper.time, (time) => boundAt(upper, time));
    return { kind: 'one-sided', atLeast: null, atMost: boundAt(upper, at), at, lower, upper, samples };
  }
  if (lower !== null) {
    const at = tightest(lower.time, (time) => -boundAt(lower, time));
    return { kind: 'one-sided', atLeast: boundAt(lower, at), atMost: null, at, lower, upper, samples };
  }
  return { kind: 'none' };
}

/** The first of `times` with the least width. */
function tightest(times: number[], width: (time: number) => number): number {
  let best = times[0];
  for (const time of times) if (width(time) < width(best)) best = time;
  return best;
}

/** The limits of θ at a time on A's clock. */
export function estimateBounds(estimate: ClockEstimate, time: number): Interval {
  if (estimate.kind === 'none') return { atLeast: null, atMost: null };
  return {
    atLeast: estimate.lower === null ? null : boundAt(estimate.lower, time),
    atMost: estimate.upper === null ? null : boundAt(estimate.upper, time),
  };
}
