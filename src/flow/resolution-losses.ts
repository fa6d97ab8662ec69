/** Where unanswered questions of address resolution ended, by how many of them each vantage point saw. */
import type { ExceptionIndex } from './exceptions.ts';
import { Double, Word } from './flow-table.ts';
import type { JoinedLoss, Judged } from './joined-flow.ts';
import type { Waypoint } from './path.ts';
import type { Sighting } from './sighting.ts';
import type { Surroundings } from './surroundings.ts';
import { EVIDENCE, keep, Tally, type Witnessed } from './tally.ts';
import type { Vantage } from './vantage.ts';

/** Nanoseconds by which the times of one question may differ between two vantage points: who asks again waits for longer. */
const SAME_QUESTION = 1e8;

/** Nanoseconds on average after which somebody without an answer asks again; Linux does after one second. */
const LONGEST_PATIENCE = 5e9;

/**
 * Judges by numbers alone: questions of address resolution repeat byte for byte, so what one vantage
 * point saw less than the one before it was lost between the two. `exceptions` are those of each vantage.
 */
export function countLosses(
  order: readonly Waypoint[],
  exceptions: readonly ExceptionIndex[],
  timeout: number,
  surroundings: Surroundings,
): Judged {
  const tally = new Tally(timeout);
  const most = ({ sightings }: Waypoint, count: (sighting: Sighting) => number): number =>
    sightings.reduce((sum, sighting) => Math.max(sum, count(sighting)), 0);
  const requests = order.map((waypoint) => most(waypoint, (sighting) => sighting.requests));
  const replies = order.map((waypoint) => most(waypoint, (sighting) => sighting.answered + sighting.unmatchedReplies));
  const waitingAt = (index: number): Witnessed[] => {
    const { vantage, sightings } = order[index];
    return sightings
      .flatMap((sighting) => exceptions[vantage.index].waiting(sighting))
      .map((exception) => ({ vantage, exception }));
  };
  const evidence = (index: number, count: number) => waitingAt(index).slice(0, Math.min(count, EVIDENCE));
  const sightings = order.flatMap((waypoint) => waypoint.sightings);
  const isMissed = (one: Witnessed, next: Vantage): boolean => !surroundings.isAwake(next, [one], sightings);
  // Unanswered questions at one vantage point that were asked when the next was not capturing.
  const missedAt = (index: number): number =>
    waitingAt(index).filter((one) => isMissed(one, order[index + 1].vantage)).length;
  // Those that the next should have seen and did not, as far as their times tell.
  const lostBehind = (index: number, count: number): Witnessed[] => {
    const { vantage: next } = order[index + 1];
    const moments = new Set(waitingAt(index + 1).map(({ exception }) => momentOf(exception.time)));
    const waiting = waitingAt(index);
    const lost = waiting.filter((one) => {
      const moment = momentOf(one.exception.time + surroundings.shift(one.vantage, next));
      return !isMissed(one, next) && ![moment - 1, moment, moment + 1].some((near) => moments.has(near));
    });
    return (lost.length > 0 ? lost : waiting.slice(-count)).slice(0, Math.min(count, EVIDENCE));
  };

  const asked = Math.max(...requests);
  const nearest = Math.max(
    0,
    requests.findIndex((count) => count > 0),
  );
  tally.answered = Math.min(replies[nearest], asked);
  let left = asked - tally.answered;
  const isRepeated = sightings.some(isAskedAgain);
  const last = order.length - 1;
  tally.unmatchedReplies = asked === 0 ? Math.max(...replies) : 0;
  for (let i = 0; i < last && left > 0; i++) {
    const lost = Math.min(left, Math.max(0, requests[i] - missedAt(i) - requests[i + 1]));
    if (lost > 0) tally.lose('request', order[i].vantage, order[i + 1].vantage, lost, lostBehind(i, lost));
    left -= lost;
  }
  for (let i = last; i > 0 && left > 0; i--) {
    const lost = Math.min(left, Math.max(0, replies[i] - replies[i - 1]));
    if (lost > 0 && !isRepeated) tally.answered += lost;
    else if (lost > 0) {
      const loss = tally.lose('reply', order[i].vantage, order[i - 1].vantage, lost, []);
      if (loss !== null) keepLost(loss, waitingAt(i - 1), order[i], replies[i - 1] === 0);
    }
    left -= lost;
  }
  const furthest = requests.reduce((far, count, index) => (count > 0 ? index : far), 0);
  if (left > 0) tally.lose('no-reply', order[furthest].vantage, null, left, evidence(furthest, left));
  return tally.result();
}

function momentOf(time: number): number {
  return Math.floor(time / SAME_QUESTION);
}

/**
 * True when the question was asked again and again, as by somebody who gets no answer. Who does not ask again has got it:
 * a question goes to all of a network, its answer to the asker alone, past captures that heard the question.
 */
function isAskedAgain(sighting: Sighting): boolean {
  const gaps = sighting.requests - 1;
  return gaps > 0 && sighting.double(Double.LastTime) - sighting.double(Double.FirstTime) <= gaps * LONGEST_PATIENCE;
}

/**
 * Keeps packets of lost replies, where numbers tell which they are: the questions, when no others wait where the
 * replies did not arrive, and a reply as seen at `last`, when `isNoneLeft`: none arrived.
 */
function keepLost(
  loss: JoinedLoss,
  waiting: readonly Witnessed[],
  { vantage: last, sightings }: Waypoint,
  isNoneLeft: boolean,
): void {
  if (waiting.length === loss.count) {
    for (const { vantage, exception } of waiting) keep(loss, { vantage, frame: exception.frame, isReply: false });
  }
  for (const sighting of isNoneLeft ? sightings : []) {
    const frame = sighting.word(Word.FirstReplyFrame);
    if (frame > 0) keep(loss, { vantage: last, frame, isReply: true });
  }
}
