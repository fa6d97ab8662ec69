/** Adds up what became of a flow's exchanges, and keeps a few packets of those that were lost. */
import type { Exception } from './exceptions.ts';
import type { JoinedLoss, Judged, LossFrame, RoundTripSummary } from './joined-flow.ts';
import { lastMoment, type Vantage } from './vantage.ts';
import { ExchangeState } from './waiting-table.ts';

/** An exchange that stands out at a vantage point. */
export interface Witnessed {
  vantage: Vantage;
  exception: Exception;
}

/** Lost exchanges of a place of which a request is kept, and of which a reply. */
export const EVIDENCE = 3;
/** Round trips across VNIs that are kept. */
const MOST_TIMES = 4096;
const NO_LOSSES: readonly JoinedLoss[] = [];
const NO_FRAMES: readonly LossFrame[] = [];

/** What it adds up is read before it begins anew. */
export class Tally implements Judged {
  answered = 0;
  unmatchedReplies = 0;
  pending = 0;
  unanswered = 0;
  losses: readonly JoinedLoss[] = NO_LOSSES;
  private crossTimes: number[] | null = null;
  private readonly timeout: number;

  /** A request that has waited for less than `timeout` nanoseconds when its capture ends is pending. */
  constructor(timeout: number) {
    this.timeout = timeout;
  }

  /** Begins with another flow. */
  begin(): void {
    this.answered = 0;
    this.unmatchedReplies = 0;
    this.pending = 0;
    this.unanswered = 0;
    this.losses = NO_LOSSES;
    this.crossTimes = null;
  }

  /** Requests whose fate is known. */
  get counted(): number {
    return this.answered + this.unanswered + this.pending;
  }

  /**
   * Counts `count` exchanges as lost behind `after`, or as pending when they are too young to say. Of lost ones the
   * last request that was seen is kept, and where the reply was lost the one that waits for it.
   */
  lose(
    stage: JoinedLoss['stage'],
    after: Vantage,
    before: Vantage | null,
    count: number,
    seen: readonly Witnessed[],
  ): JoinedLoss | null {
    if (this.isPending(seen)) {
      this.pending += count;
      return null;
    }
    this.unanswered += count;
    const loss = this.lossAt(stage, after, before);
    loss.count += count;
    for (const { vantage, exception } of seen) {
      const { size, frame, state } = exception;
      if (state === ExchangeState.Unmatched) continue;
      if (size > 0 && (loss.smallest === 0 || size < loss.smallest)) loss.smallest = size;
      if (vantage === (stage === 'reply' ? seen[0].vantage : after)) keep(loss, { vantage, frame, isReply: false });
    }
    return loss;
  }

  /** The same for one request that all saw alike, and `after` last: in that frame, in this size at least. */
  loseReply(after: Vantage, frame: number, size: number): void {
    this.unanswered++;
    const loss = this.lossAt('no-reply', after, null);
    loss.count++;
    if (size > 0 && (loss.smallest === 0 || size < loss.smallest)) loss.smallest = size;
    if (isWanted(loss, false)) add(loss, { vantage: after, frame, isReply: false });
  }

  /** True when a request of that time has waited for less than the timeout when its capture ends. */
  isYoung(vantage: Vantage, time: number): boolean {
    return lastMoment(vantage) - time < this.timeout;
  }

  /** Takes `count` of the answered for unanswered, lost where most of the others were, or else at `last`. */
  forget(count: number, last: Vantage): void {
    const forgotten = Math.min(count, this.answered);
    if (forgotten === 0) return;
    this.answered -= forgotten;
    this.unanswered += forgotten;
    const [worst] = [...this.losses].sort((a, b) => b.count - a.count);
    (worst ?? this.lossAt('no-reply', last, null)).count += forgotten;
  }

  /** Notes the round trip of an answered exchange whose request and reply stand out at one vantage point, in two VNIs. */
  noteCross(seen: readonly Witnessed[]): void {
    const request = seen.find(({ exception }) => exception.state === ExchangeState.Waiting);
    const reply = seen.find(({ exception }) => exception.state === ExchangeState.Unmatched);
    if (request === undefined || reply === undefined || request.vantage !== reply.vantage) return;
    const trip = reply.exception.time - request.exception.time;
    this.crossTimes ??= [];
    if (trip >= 0 && this.crossTimes.length < MOST_TIMES) this.crossTimes.push(trip / 1000);
  }

  /** All of it, the most losses first. */
  result(): Judged {
    if (this.losses.length > 1) this.losses = [...this.losses].sort((a, b) => b.count - a.count);
    return this;
  }

  get crossRoundTrips(): RoundTripSummary | null {
    return this.crossTimes === null ? null : summary(this.crossTimes);
  }

  /**
   * Too young to call unanswered: nowhere had it waited for the timeout when the capture ended: with its last
   * packet, unless it says otherwise. The one that went on longest counts.
   */
  private isPending(seen: readonly Witnessed[]): boolean {
    let isWaiting = false;
    for (const { vantage, exception } of seen) {
      if (exception.state !== ExchangeState.Waiting) continue;
      isWaiting = true;
      if (!this.isYoung(vantage, exception.time)) return false;
    }
    return isWaiting;
  }

  private lossAt(stage: JoinedLoss['stage'], after: Vantage, before: Vantage | null): JoinedLoss {
    const { losses } = this;
    for (let i = 0; i < losses.length; i++) {
      const loss = losses[i];
      if (loss.stage === stage && loss.after === after && loss.before === before) return loss;
    }
    const loss: JoinedLoss = { stage, after, before, count: 0, frames: NO_FRAMES, smallest: 0 };
    this.losses = losses.length === 0 ? [loss] : [...losses, loss];
    return loss;
  }
}

/** Keeps a packet of a loss as evidence, when there is room for one more of its kind. */
export function keep(loss: JoinedLoss, frame: LossFrame): void {
  if (isWanted(loss, frame.isReply)) add(loss, frame);
}

/** Adds to a list without the room that growing would give it: there are very many. */
function add(loss: JoinedLoss, frame: LossFrame): void {
  loss.frames = loss.frames === NO_FRAMES ? [frame] : [...loss.frames, frame];
}

/** True while more packets of that kind are kept. */
export function isWanted({ frames }: JoinedLoss, isReply: boolean): boolean {
  if (frames.length < EVIDENCE) return true;
  let count = 0;
  for (const frame of frames) if (frame.isReply === isReply) count++;
  return count < EVIDENCE;
}

function summary(times: number[]): RoundTripSummary | null {
  if (times.length === 0) return null;
  times.sort((a, b) => a - b);
  const at = (quantile: number) => Math.round(times[Math.round(quantile * (times.length - 1))] * 1000) / 1000;
  return { min: at(0), median: at(0.5), p99: at(0.99), max: at(1) };
}
