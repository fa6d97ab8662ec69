/** What the answers of every protocol have in common. */
import { Double, Word } from './flow-table.ts';
import type { Observations } from './observations.ts';

/**
 * Counts an answered request of the selected flow: its round-trip time in nanoseconds is
 * `roundTrips.latest`, `size` that of the request in bytes, `frame` the reply's.
 */
export function answer(observations: Observations, frame: number, size: number): void {
  const { flows, roundTrips } = observations;
  const { words, doubles, word, double } = flows;
  const roundTrip = roundTrips.latest;
  words[word + Word.Answered]++;
  if (size > words[word + Word.LargestAnswered]) words[word + Word.LargestAnswered] = size;
  if (!(roundTrip >= 0)) return;
  if (roundTrip > observations.replyTimeout) {
    words[word + Word.Late]++;
    if (words[word + Word.LateFrame] === 0) words[word + Word.LateFrame] = frame;
  }
  const count = words[word + Word.RttCount];
  if (count === 0 || roundTrip < doubles[double + Double.RttMinimum]) doubles[double + Double.RttMinimum] = roundTrip;
  if (count === 0 || roundTrip > doubles[double + Double.RttMaximum]) doubles[double + Double.RttMaximum] = roundTrip;
  roundTrips.add(flows);
}
