/** Unanswered exchanges of ordinary flows: told by the captures' records alone, without a list of exchanges. */
import { type ExceptionIndex, isNumbered } from './exceptions.ts';
import { Word } from './flow-table.ts';
import type { Judged } from './joined-flow.ts';
import type { Waypoint } from './path.ts';
import { Remainder } from './remainder.ts';
import type { Sighting } from './sighting.ts';
import type { Tally } from './tally.ts';
import { ExchangeState } from './waiting-table.ts';

/** The ordinary case of one capture: the record's own counts, and the exceptions one by one. */
export function judgeAlone(sighting: Sighting, exceptions: ExceptionIndex, tally: Tally): Judged {
  const { vantage, requests, answered, protocol } = sighting;
  tally.begin();
  tally.answered = answered;
  tally.unmatchedReplies = sighting.unmatchedReplies;
  const count = exceptions.selectWaiting(sighting);
  let waiting = 0;
  for (let number = 0; number < count; number++) {
    exceptions.read(number);
    if (exceptions.state !== ExchangeState.Waiting) continue;
    waiting++;
    if (tally.isYoung(vantage, exceptions.time)) tally.pending++;
    else tally.loseReply(vantage, exceptions.frame, exceptions.size);
  }
  const rest = isNumbered(protocol) ? requests - answered - waiting : sighting.word(Word.Forgotten);
  if (rest > 0) tally.lose('no-reply', vantage, null, rest, []);
  return tally.result();
}

/**
 * The ordinary case of several captures: each saw the same exchanges, once and under the same numbers, and fared
 * alike with each of them. So what was not answered reached the last vantage point. Null where they differ.
 */
export function judgeAlike(
  order: readonly Waypoint[],
  exceptions: readonly ExceptionIndex[],
  tally: Tally,
): Judged | null {
  const numbers = sharedRun(order);
  if (numbers === null) return null;
  const [nearest] = order[0].sightings;
  const { protocol } = nearest;
  const count = exceptions[nearest.vantage.index].select(nearest);
  for (let i = 1; i < order.length; i++) {
    if (exceptions[order[i].vantage.index].select(order[i].sightings[0]) !== count) return null;
  }
  const { vantage: farthest } = order[order.length - 1];
  const last = exceptions[farthest.index];
  tally.begin();
  tally.answered = numbers;
  const runEnd = nearest.word(Word.Newest);
  let before = Number.NEGATIVE_INFINITY;
  for (let number = 0; number < count; number++) {
    last.read(number);
    const { key, state } = last;
    if (key <= before) return null;
    before = key;
    let isYoung = true;
    let smallest = 0;
    for (let i = 0; i < order.length; i++) {
      const { vantage } = order[i];
      const seen = exceptions[vantage.index];
      seen.read(number);
      if (seen.key !== key || seen.state !== state) return null;
      if (!tally.isYoung(vantage, seen.time)) isYoung = false;
      if (seen.size > 0 && (smallest === 0 || seen.size < smallest)) smallest = seen.size;
    }
    if (key > runEnd - numbers && key <= runEnd) tally.answered--;
    if (state === ExchangeState.Answered) tally.answered++;
    else if (state === ExchangeState.Unmatched) tally.unmatchedReplies++;
    else if (isYoung) tally.pending++;
    else tally.loseReply(farthest, last.frame, smallest);
  }
  const remainder = new Remainder();
  for (let i = 0; i < order.length; i++) remainder.add(order[i].sightings[0], numbers);
  remainder.addTo(tally, protocol, farthest);
  return tally.result();
}

/** How many numbers are in the one run of requests that all vantage points saw of a flow, 0 for none; null where they differ. */
function sharedRun(order: readonly Waypoint[]): number | null {
  let shared = -1;
  let newest = 0;
  for (let i = 0; i < order.length; i++) {
    const { vantage, sightings } = order[i];
    if (sightings.length !== 1) return null;
    const { flows } = vantage.observations;
    flows.select(sightings[0].flow);
    const { words, word } = flows;
    let numbers = 0;
    if (isNumbered(sightings[0].protocol) && words[word + Word.Requests] > 0) {
      if (words[word + Word.Runs] >= 0) return null;
      numbers = words[word + Word.Newest] - words[word + Word.RunStart] + 1;
    }
    if (shared < 0) newest = words[word + Word.Newest];
    else if (numbers !== shared || (numbers > 0 && words[word + Word.Newest] !== newest)) return null;
    shared = numbers;
  }
  return shared;
}
