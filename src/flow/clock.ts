/**
 * Offset and drift between the clocks of two hosts, from packets that were captured at both.
 *
 * θ = clock B − clock A. A packet from A to B gives b − a = delay + θ, so θ is at most that; one from
 * B to A gives b − a = θ − delay, so θ is at least that. Delays need not be symmetric. The clocks may
 * drift: θ(t) = α + βt with |β| up to `MAXIMUM_SKEW`, t on A's clock. Every statement here holds for all
 * such lines that the samples allow, so the true offset is inside the bounds as long as no delay is
 * negative and the samples are packets rightly matched. A bound that takes the offset for constant
 * would be narrower, but it is wrong as soon as the clocks drift at all; that the samples would allow
 * a constant offset does not prove one.
 */
import { type ClockEstimate, estimateBounds, estimateOffset, type Interval } from './clock-estimate.ts';
import { isOneLine, type SampleRange } from './clock-hull.ts';
import { type ClockSamples, type ClockSeries, mergeSamples } from './clock-series.ts';
import { type Cut, findCuts } from './clock-steps.ts';

export type { ClockSamples } from './clock-series.ts';

/** A stretch of time without a step. */
export interface ClockSegment {
  /** Times on A's clock: it starts later than `after` and ends not later than `before`; null at the ends of the series. */
  after: number | null;
  before: number | null;
  /** From those samples that belong to this segment wherever in their range the steps are. */
  estimate: ClockEstimate;
}

/** One clock was set, or packets were matched wrongly. */
export interface ClockStep {
  /** On A's clock: later than `after`, not later than `before`; `time` is the middle. */
  after: number;
  before: number;
  time: number;
  /** Nanoseconds by which θ grew: the middle of the limits where there are two. */
  size: number | null;
  atLeast: number | null;
  atMost: number | null;
  /** True when what lies before and after a short segment next to this step is on one line: a wrong match explains it as well. */
  doubtful: boolean;
}

/** Two clocks over the whole time that both captures ran. `steps[i]` is between `segments[i]` and `segments[i + 1]`. */
export interface ClockSegments {
  segments: ClockSegment[];
  steps: ClockStep[];
  /** What a measured difference may be off by, in nanoseconds. */
  margin: number;
}

/**
 * Estimates clock B − clock A. The number of segments is the least that suits the samples; one segment
 * of kind `none` when there are no samples. Samples may come in any order, but A's clock orders them.
 *
 * @param resolutionNanoseconds the coarser timestamp unit of the two captures
 */
export function estimateClock(aToB: ClockSamples, bToA: ClockSamples, resolutionNanoseconds: number): ClockSegments {
  const series = mergeSamples(aToB, bToA, resolutionNanoseconds);
  const whole = estimateOffset(series, { from: 0, to: series.count });
  if (whole.kind !== 'none' || series.count === 0) {
    return { segments: [{ after: null, before: null, estimate: whole }], steps: [], margin: series.margin };
  }
  const cuts = findCuts(series);
  const cores = coresBetween(cuts, series.count);
  const segments = cores.map((core, i): ClockSegment => {
    const start = i === 0 ? null : cuts[i - 1];
    const end = i === cuts.length ? null : cuts[i];
    return {
      after: start === null ? null : series.originTime + series.time[start.earliest - 1],
      before: end === null ? null : series.originTime + series.time[end.latest],
      estimate: estimateOffset(series, core),
    };
  });
  const doubtful = cores.map((core, i) => i > 0 && i < cuts.length && isDoubtful(series, cores, core, i));
  const steps = cuts.map((_, i) => stepBetween(segments[i], segments[i + 1], doubtful[i] || doubtful[i + 1]));
  return { segments, steps, margin: series.margin };
}

/**
 * The limits of clock B − clock A at a time on A's clock, in nanoseconds. Where a step may be before
 * or after that time, they enclose both possibilities.
 */
export function offsetBounds(clock: ClockSegments, time: number): Interval {
  if (!Number.isFinite(time)) return { atLeast: null, atMost: null };
  const { segments } = clock;
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endsAfter(segments, middle, time)) high = middle;
    else low = middle + 1;
  }
  const bounds = estimateBounds(segments[low].estimate, time);
  for (let i = low + 1; i < segments.length && startsBefore(segments, i, time); i++) {
    const other = estimateBounds(segments[i].estimate, time);
    bounds.atLeast = outer(bounds.atLeast, other.atLeast, Math.min);
    bounds.atMost = outer(bounds.atMost, other.atMost, Math.max);
  }
  return bounds;
}

/**
 * The limits of one packet's delay between A and B in nanoseconds, never below zero: an interval, as
 * the offset is one. `difference` is its time at B minus its time at A, `time` its time at A.
 */
export function delayBounds(
  clock: ClockSegments,
  time: number,
  difference: number,
  direction: 'a-to-b' | 'b-to-a' = 'a-to-b',
): { atLeast: number; atMost: number | null } {
  const offset = offsetBounds(clock, time);
  if (!Number.isFinite(difference)) return { atLeast: 0, atMost: null };
  const forward = direction === 'a-to-b';
  const near = forward ? offset.atMost : offset.atLeast;
  const far = forward ? offset.atLeast : offset.atMost;
  const delay = (limit: number) => (forward ? difference - limit : limit - difference);
  return {
    atLeast: near === null ? 0 : Math.max(0, delay(near) - clock.margin),
    atMost: far === null ? null : Math.max(0, delay(far) + clock.margin),
  };
}

/** Whether segment `i` may reach `time`. Its last sample and the next one's first may have the same time. */
function endsAfter(segments: ClockSegment[], i: number, time: number): boolean {
  const { before } = segments[i];
  return before === null || before > time || (before === time && segments[i + 1].after === time);
}

function startsBefore(segments: ClockSegment[], i: number, time: number): boolean {
  const { after } = segments[i];
  return after === null || after < time || (after === time && segments[i - 1].before === time);
}

/** Samples that belong to each segment wherever the cuts are; `to` is below `from` when there are none. */
function coresBetween(cuts: Cut[], count: number): SampleRange[] {
  const cores: SampleRange[] = [];
  for (let i = 0; i <= cuts.length; i++) {
    cores.push({ from: i === 0 ? 0 : cuts[i - 1].latest, to: i === cuts.length ? count : cuts[i].earliest });
  }
  return cores;
}

function stepBetween(earlier: ClockSegment, later: ClockSegment, doubtful: boolean): ClockStep {
  const after = later.after!;
  const before = earlier.before!;
  let atLeast: number | null = Infinity;
  let atMost: number | null = -Infinity;
  // Over the time in which the step may be, the limits of its size are extreme at one end or the other.
  for (const time of [after, before]) {
    const from = estimateBounds(earlier.estimate, time);
    const to = estimateBounds(later.estimate, time);
    atLeast = outer(atLeast, subtract(to.atLeast, from.atMost), Math.min);
    atMost = outer(atMost, subtract(to.atMost, from.atLeast), Math.max);
  }
  const size = atLeast === null || atMost === null ? null : (atLeast + atMost) / 2;
  return { after, before, time: after + (before - after) / 2, size, atLeast, atMost, doubtful };
}

/** True for a segment of few samples without which its neighbours are on one line. */
function isDoubtful(series: ClockSeries, cores: SampleRange[], core: SampleRange, i: number): boolean {
  const earlier = cores[i - 1];
  const later = cores[i + 1];
  const samples = core.to - core.from;
  if (samples >= earlier.to - earlier.from || samples >= later.to - later.from) return false;
  return isOneLine(series, [earlier, later]);
}

function outer(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  return a === null || b === null ? null : choose(a, b);
}

function subtract(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
