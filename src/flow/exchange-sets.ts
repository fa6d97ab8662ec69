/**
 * Compares the exchanges of one flow at several vantage points.
 *
 * Each vantage point knows runs of requests and the exchanges in them that stand out. The axis of
 * sequence numbers is cut at every place where a run begins or ends or an exchange stands out; between
 * two cuts all exchanges fared alike, so they are judged once, however many they are.
 */
import type { Exception, ExchangeSet } from './exceptions.ts';
import { ExchangeState } from './waiting-table.ts';

/** What a vantage point saw of an exchange; the values are bits. */
export enum Seen {
  Nothing = 0,
  Request = 1,
  Reply = 2,
}

/** The stretches of a flow in ascending order, as parallel arrays of `count` entries. */
export interface Stretches {
  count: number;
  /** Stretch `i` holds the exchanges `from[i]` up to but not including `to[i]`. */
  from: number[];
  to: number[];
  /** What vantage point `g` of `groups` saw of stretch `i`, as bits of `Seen`, at `i * groups + g`. */
  seen: number[];
  groups: number;
}

/** Cuts the exchanges of a flow into stretches. `groups[i]` are the sightings of vantage point `i`. */
export function stretches(groups: readonly (readonly ExchangeSet[])[]): Stretches {
  const cuts = cutsOf(groups);
  const places = groups.map((sets) => sets.map((set) => new Place(set)));
  const result: Stretches = { count: 0, from: [], to: [], seen: [], groups: groups.length };
  for (let i = 0; i + 1 < cuts.length; i++) {
    const from = cuts[i];
    if (from === cuts[i + 1]) continue;
    let any = Seen.Nothing;
    for (const own of places) {
      let seen = Seen.Nothing;
      for (const place of own) seen |= place.seenAt(from);
      result.seen.push(seen);
      any |= seen;
    }
    if (any === Seen.Nothing) {
      result.seen.length -= groups.length;
      continue;
    }
    result.from.push(from);
    result.to.push(cuts[i + 1]);
    result.count++;
  }
  return result;
}

/** Where stretches begin and end, in ascending order; some places more than once. */
function cutsOf(groups: readonly (readonly ExchangeSet[])[]): number[] {
  const cuts: number[] = [];
  for (const sets of groups) {
    for (const { runs, exceptions } of sets) {
      for (const { start, end } of runs) cuts.push(start, end + 1);
      for (const { key } of exceptions) cuts.push(key, key + 1);
    }
  }
  return cuts.sort((a, b) => a - b);
}

/** Goes along the exchanges of one set, which ascend. */
class Place {
  private readonly set: ExchangeSet;
  private run = 0;
  private exception = 0;

  constructor(set: ExchangeSet) {
    this.set = set;
  }

  /** What was seen of the exchange `key`, which is not below the one asked for before. */
  seenAt(key: number): Seen {
    const { runs, exceptions } = this.set;
    while (this.run < runs.length && runs[this.run].end < key) this.run++;
    while (this.exception < exceptions.length && exceptions[this.exception].key < key) this.exception++;
    const exception = exceptions[this.exception];
    if (exception?.key === key) {
      if (exception.state === ExchangeState.Unmatched) return Seen.Reply;
      return exception.state === ExchangeState.Waiting ? Seen.Request : Seen.Request | Seen.Reply;
    }
    const run = runs[this.run];
    return run !== undefined && run.start <= key ? Seen.Request | Seen.Reply : Seen.Nothing;
  }
}

/** The exception with that key, by binary search. */
export function exceptionAt(exceptions: readonly Exception[], key: number): Exception | null {
  let low = 0;
  let high = exceptions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (exceptions[middle].key < key) low = middle + 1;
    else high = middle;
  }
  return exceptions[low]?.key === key ? exceptions[low] : null;
}
