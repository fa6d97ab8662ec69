/**
 * Puts the extended sequence numbers of several captures on one axis.
 *
 * A capture that began later, or missed a round of an identifier's reuse, counts rounds of 65536 from
 * another start. A packet that two captures both sampled tells how far their counts are apart.
 */
import type { PacketSamples } from './sampled-packets.ts';
import type { Exception, Sighting } from './sighting.ts';

const ROUND = 65536;

/** Shifts runs and exceptions of all but the first sighting, round by round, where their packets say so. */
export function alignRounds(sightings: readonly Sighting[], packets: PacketSamples): void {
  if (sightings.length < 2) return;
  const axis = new Map<number, number>();
  const taken = new Map<number, number>();
  let highest = 0;
  for (const sighting of sightings) {
    const shifts = new Map<number, number>();
    const points = [...packets.of(sighting.vantage).ofFlow(sighting.flow)].filter((point) => !point.reply);
    for (const { low, sequence } of points) {
      const round = Math.floor(sequence / ROUND);
      if (shifts.has(round)) continue;
      const known = axis.get(low);
      if (known !== undefined) shifts.set(round, known - sequence);
    }
    for (const { low, sequence } of points) {
      const round = Math.floor(sequence / ROUND);
      const other = taken.get(sequence);
      if (!shifts.has(round) && other !== undefined && other !== low) {
        highest++;
        shifts.set(round, (highest - round) * ROUND);
      }
    }
    for (const { low, sequence } of points) {
      const at = sequence + (shifts.get(Math.floor(sequence / ROUND)) ?? 0);
      axis.set(low, at);
      taken.set(at, low);
      highest = Math.max(highest, Math.floor(at / ROUND));
    }
    shiftSighting(sighting, shifts);
  }
}

function shiftSighting(sighting: Sighting, shifts: ReadonlyMap<number, number>): void {
  if ([...shifts.values()].every((shift) => shift === 0)) return;
  const shiftOf = (sequence: number): number => shifts.get(Math.floor(sequence / ROUND)) ?? 0;
  for (const run of sighting.runs) {
    const shift = shiftOf(run.start);
    run.start += shift;
    run.end += shift;
  }
  sighting.runs.sort((a, b) => a.start - b.start);
  const moved = new Map<number, Exception>();
  for (const [key, exception] of sighting.exceptions) moved.set(key + shiftOf(key), exception);
  sighting.exceptions = moved;
}
