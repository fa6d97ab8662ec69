/**
 * Compares the exchanges of one flow at several vantage points.
 *
 * Each vantage point knows runs of requests and the exchanges in them that stand out. The axis of
 * sequence numbers is cut at every place where a run begins or ends or an exchange stands out; between
 * two cuts all exchanges fared alike, so they are judged once, however many they are.
 */
import type { Sighting } from './sighting.ts';
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
  from: Float64Array;
  to: Float64Array;
  /** What vantage point `g` of `groups` saw of stretch `i`, as bits of `Seen`, at `i * groups + g`. */
  seen: Uint8Array;
  groups: number;
}

/** Cuts the exchanges of a flow into stretches. `groups[i]` are the sightings of vantage point `i`. */
export function stretches(groups: readonly (readonly Sighting[])[]): Stretches {
  const cuts = new Set<number>();
  for (const sighting of groups.flat()) {
    for (const run of sighting.runs) cuts.add(run.start).add(run.end + 1);
    for (const key of sighting.exceptions.keys()) cuts.add(key).add(key + 1);
  }
  const sorted = Float64Array.from(cuts).sort();
  const cursors = groups.map((sightings) => sightings.map(() => 0));
  const width = groups.length;
  const result = {
    count: 0,
    from: new Float64Array(sorted.length),
    to: new Float64Array(sorted.length),
    seen: new Uint8Array(sorted.length * width),
    groups: width,
  };
  for (let i = 0; i + 1 < sorted.length; i++) {
    const from = sorted[i];
    const row = result.count * width;
    let any = Seen.Nothing;
    for (let g = 0; g < width; g++) {
      const sightings = groups[g];
      let seen = Seen.Nothing;
      for (let s = 0; s < sightings.length; s++) {
        const { runs, exceptions } = sightings[s];
        while (cursors[g][s] < runs.length && runs[cursors[g][s]].end < from) cursors[g][s]++;
        const run = runs[cursors[g][s]];
        const state = exceptions.get(from)?.state;
        if (state === ExchangeState.Unmatched) seen |= Seen.Reply;
        else if (state === ExchangeState.Waiting) seen |= Seen.Request;
        else if (state !== undefined || (run !== undefined && run.start <= from)) seen |= Seen.Request | Seen.Reply;
      }
      result.seen[row + g] = seen;
      any |= seen;
    }
    if (any === Seen.Nothing) continue;
    result.from[result.count] = from;
    result.to[result.count++] = sorted[i + 1];
  }
  return result;
}
