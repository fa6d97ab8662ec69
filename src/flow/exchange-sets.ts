/**
 * Compares the exchanges of one flow at several vantage points.
 *
 * Each vantage point knows runs of requests and the exchanges in them that stand out. The axis of
 * sequence numbers is cut at every place where a run begins or ends or an exchange stands out; between
 * two cuts all exchanges fared alike, so they are judged once, however many they are.
 */
import type { Sighting } from './sighting.ts';
import { ExchangeState } from './waiting-table.ts';

/** Exchanges `from` up to but not including `to`, and where their request and their reply were seen. */
export interface Stretch {
  from: number;
  to: number;
  /** One bit per vantage point, by position in the list that was compared. */
  requestSeen: number;
  replySeen: number;
}

/** The stretches of a flow in ascending order. `groups[i]` are the sightings of vantage point `i`, at most 30. */
export function stretches(groups: readonly (readonly Sighting[])[]): Stretch[] {
  const cuts = new Set<number>();
  for (const sighting of groups.flat()) {
    for (const run of sighting.runs) cuts.add(run.start).add(run.end + 1);
    for (const key of sighting.exceptions.keys()) cuts.add(key).add(key + 1);
  }
  const sorted = Float64Array.from(cuts).sort();
  const cursors = groups.map((sightings) => sightings.map(() => 0));
  const result: Stretch[] = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const from = sorted[i];
    let requestSeen = 0;
    let replySeen = 0;
    for (let g = 0; g < groups.length; g++) {
      const sightings = groups[g];
      for (let s = 0; s < sightings.length; s++) {
        const { runs, exceptions } = sightings[s];
        while (cursors[g][s] < runs.length && runs[cursors[g][s]].end < from) cursors[g][s]++;
        const run = runs[cursors[g][s]];
        const state = exceptions.get(from)?.state;
        if (state === ExchangeState.Unmatched) {
          replySeen |= 1 << g;
        } else if (state !== undefined || (run !== undefined && run.start <= from)) {
          requestSeen |= 1 << g;
          if (state !== ExchangeState.Waiting) replySeen |= 1 << g;
        }
      }
    }
    if ((requestSeen | replySeen) !== 0) result.push({ from, to: sorted[i + 1], requestSeen, replySeen });
  }
  return result;
}
