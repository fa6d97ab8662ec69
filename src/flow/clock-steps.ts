/**
 * Where one line no longer suits the samples of two clocks: a clock was set, or a packet was taken for another.
 *
 * The series is cut into as few pieces as possible, each of which one line suits. Taking the longest
 * possible piece again and again from the front gives the latest place for each cut, doing so from
 * the back the earliest; any other way to cut into that number of pieces cuts in between.
 */
import { isOneLine } from './clock-hull.ts';
import type { ClockSeries } from './clock-series.ts';

/** A cut is in front of one of the samples `earliest` … `latest`. */
export interface Cut {
  earliest: number;
  latest: number;
}

/** The cuts, in time order; none when one line suits all. About n log n. */
export function findCuts(series: ClockSeries): Cut[] {
  const { count } = series;
  const suits = (from: number, to: number) => isOneLine(series, [{ from, to }]);
  if (suits(0, count)) return [];
  const latest: number[] = [];
  for (let from = 0; from < count; ) {
    const start = from;
    from += longest(count - start, (length) => suits(start, start + length));
    if (from < count) latest.push(from);
  }
  const earliest: number[] = [];
  for (let to = count; to > 0; ) {
    const end = to;
    to -= longest(end, (length) => suits(end - length, end));
    if (to > 0) earliest.push(to);
  }
  earliest.reverse();
  // Both counts are the least possible; arithmetic on the edge of the allowed may still tell them apart.
  const agree = earliest.length === latest.length && earliest.every((cut, i) => cut <= latest[i]);
  return latest.map((cut, i) => ({ earliest: agree ? earliest[i] : cut, latest: cut }));
}

/** The largest length up to `limit` that suits, where 1 does and every length below one that suits does. */
function longest(limit: number, suits: (length: number) => boolean): number {
  let good = 1;
  let bad = 2;
  while (bad <= limit && suits(bad)) {
    good = bad;
    bad *= 2;
  }
  bad = Math.min(bad, limit + 1);
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (suits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
