/** Where unanswered exchanges ended: between which vantage points, and on which way. */
import { Seen, type Stretches, stretches } from './exchange-sets.ts';
import type { JoinedFlow, JoinedLoss } from './joined-flow.ts';
import { Protocol } from './observations.ts';
import type { Waypoint } from './path.ts';
import { Presence } from './presence.ts';
import type { Exception, Sighting } from './sighting.ts';
import type { Surroundings } from './surroundings.ts';
import type { Vantage } from './vantage.ts';
import { ExchangeState } from './waiting-table.ts';

/** The fate of a flow's exchanges; `answered + unanswered + pending` are the distinct requests. */
export interface Judged {
  answered: number;
  unanswered: number;
  pending: number;
  /** Replies whose request nobody saw. */
  unmatched: number;
  losses: JoinedLoss[];
  /** Round trips of exchanges whose request and reply were seen in different VNIs. */
  crossRoundTrips: JoinedFlow['rttMicroseconds'];
}

const EVIDENCE = 3;

/** Judges every exchange by its identity. `order` are the vantage points on the way of a request. */
export function judgeExchanges(
  order: readonly Waypoint[],
  protocol: number,
  timeout: number,
  surroundings: Surroundings,
): Judged {
  const tally = new Tally(order, timeout, surroundings);
  if (order.length === 1 && order[0].sightings.length === 1) {
    tally.addSingle(order[0].sightings[0], protocol);
    return tally.result();
  }
  const list = stretches(order.map((waypoint) => waypoint.sightings));
  const presence = new Presence(list, protocol === Protocol.Echo ? numbered(list) : timed(list, order, surroundings));
  for (let i = 0; i < list.count; i++) tally.addStretch(list, i, presence);
  tally.addForgotten(protocol);
  return tally.result();
}

/** Sequence numbers rise with time. */
function numbered(list: Stretches): number[] {
  return Array.from({ length: list.count }, (_, index) => index);
}

/** Exchanges without a running number, by when they were first seen, all clocks brought to the first vantage point's. */
function timed(list: Stretches, order: readonly Waypoint[], surroundings: Surroundings): number[] {
  const times = new Float64Array(list.count);
  const shifts = order.map(({ vantage }) => surroundings.shift(vantage, order[0].vantage));
  for (let i = 0; i < list.count; i++) {
    times[i] = Number.POSITIVE_INFINITY;
    order.forEach(({ sightings }, index) => {
      for (const { exceptions } of sightings) {
        const time = (exceptions.get(list.from[i])?.time ?? Number.NaN) + shifts[index];
        if (time < times[i]) times[i] = time;
      }
    });
  }
  return numbered(list).sort((a, b) => times[a] - times[b] || a - b);
}

/**
 * Judges by numbers alone: questions of address resolution repeat byte for byte, so what one vantage
 * point saw less than the one before it was lost between the two.
 */
export function countLosses(order: readonly Waypoint[], timeout: number, surroundings: Surroundings): Judged {
  const tally = new Tally(order, timeout, surroundings);
  const requests = order.map((waypoint) => waypoint.sightings.reduce((most, s) => Math.max(most, s.requests), 0));
  const replies = order.map((waypoint) =>
    waypoint.sightings.reduce((most, s) => Math.max(most, s.answered + s.unmatchedReplies), 0),
  );
  tally.addCounts(requests, replies);
  return tally.result();
}

class Tally {
  private readonly order: readonly Waypoint[];
  private readonly timeout: number;
  private readonly surroundings: Surroundings;
  private readonly losses = new Map<string, JoinedLoss>();
  private readonly crossTimes: number[] = [];
  private answered = 0;
  private unanswered = 0;
  private pending = 0;
  private unmatched = 0;

  constructor(order: readonly Waypoint[], timeout: number, surroundings: Surroundings) {
    this.order = order;
    this.timeout = timeout;
    this.surroundings = surroundings;
  }

  /** The ordinary case of one capture: the record's own counts, and the exceptions one by one. */
  addSingle(sighting: Sighting, protocol: number): void {
    const { vantage } = this.order[0];
    this.answered = sighting.answered;
    this.unmatched = sighting.unmatchedReplies;
    let waiting = 0;
    for (const exception of sighting.exceptions.values()) {
      if (exception.state !== ExchangeState.Waiting) continue;
      waiting++;
      this.lose('no-reply', 0, null, 1, [{ vantage, exception }]);
    }
    const rest = isNumbered(protocol) ? sighting.requests - sighting.answered - waiting : sighting.forgotten;
    if (rest > 0) this.lose('no-reply', 0, null, rest, []);
  }

  addStretch({ from, to, seen: sights, groups }: Stretches, index: number, presence: Presence): void {
    const { order } = this;
    const count = to[index] - from[index];
    let reply = -1;
    let furthest = -1;
    let before = -1;
    for (let i = 0; i < groups; i++) {
      const sight = sights[index * groups + i];
      if (reply < 0 && (sight & Seen.Reply) !== 0) {
        reply = i;
        before = furthest;
      }
      if ((sight & Seen.Request) !== 0) furthest = i;
    }
    if (furthest < 0) {
      this.unmatched += count;
      return;
    }
    const seen = this.exceptionsAt(from[index]);
    if (reply >= 0 && before < 0) {
      this.answered += count;
      this.noteCross(seen);
      return;
    }
    if (reply >= 0) return this.lose('reply', reply, order[before].vantage, count, seen);
    const next = order.findIndex(({ vantage }, i) => {
      return i > furthest && !presence.isAbsent(i, index) && this.surroundings.isAwake(vantage, seen);
    });
    if (next < 0) this.lose('no-reply', furthest, null, count, seen);
    else this.lose('request', furthest, order[next].vantage, count, seen);
  }

  /**
   * Exchanges that a full table gave up: the unanswered are lost where most of the flow's others were.
   * Of protocols whose exchanges are kept one by one the answered were given up, too.
   */
  addForgotten(protocol: number): void {
    const sightings = this.order.flatMap((waypoint) => waypoint.sightings);
    const forgotten = Math.max(0, ...sightings.map((sighting) => sighting.forgotten));
    if (!isNumbered(protocol)) {
      const counted = this.answered + this.unanswered + this.pending;
      this.answered += Math.max(0, ...sightings.map((sighting) => sighting.requests - counted));
    } else {
      // Runs that were joined hold numbers that were never sent.
      const gaps = sightings.map(({ runs, requests }) =>
        runs.reduce((sum, run) => sum + run.end - run.start + 1, -requests),
      );
      this.answered -= Math.min(this.answered, Math.max(0, ...gaps));
    }
    const count = Math.min(forgotten, this.answered);
    if (count === 0) return;
    this.answered -= count;
    this.unanswered += count;
    const [worst] = [...this.losses.values()].sort((a, b) => b.count - a.count);
    if (worst !== undefined) worst.count += count;
    else this.losses.set('forgotten', this.newLoss('no-reply', this.order.length - 1, null, count));
  }

  addCounts(requests: readonly number[], replies: readonly number[]): void {
    const { order } = this;
    const asked = Math.max(...requests);
    const nearest = Math.max(
      0,
      requests.findIndex((count) => count > 0),
    );
    this.answered = Math.min(replies[nearest], asked);
    let left = asked - this.answered;
    const last = order.length - 1;
    this.unmatched = asked === 0 ? Math.max(...replies) : 0;
    for (let i = 0; i < last && left > 0; i++) {
      const lost = Math.min(left, Math.max(0, requests[i] - this.missedAt(i) - requests[i + 1]));
      if (lost > 0) this.lose('request', i, order[i + 1].vantage, lost, this.waitingAt(i, Math.min(lost, EVIDENCE)));
      left -= lost;
    }
    for (let i = last; i > 0 && left > 0; i--) {
      const lost = Math.min(left, Math.max(0, replies[i] - replies[i - 1]));
      if (lost > 0) this.lose('reply', i, order[i - 1].vantage, lost, []);
      left -= lost;
    }
    const furthest = requests.reduce((far, count, index) => (count > 0 ? index : far), 0);
    if (left > 0) this.lose('no-reply', furthest, null, left, this.waitingAt(furthest, Math.min(left, EVIDENCE)));
  }

  result(): Judged {
    const { answered, unanswered, pending, unmatched } = this;
    const losses = [...this.losses.values()].filter((loss) => loss.count > 0);
    losses.sort((a, b) => b.count - a.count);
    return { answered, unanswered, pending, unmatched, losses, crossRoundTrips: this.crossRoundTrips() };
  }

  /** Counts `count` exchanges as lost behind vantage point `after`, or as pending when they are too young to say. */
  private lose(
    stage: JoinedLoss['stage'],
    after: number,
    before: Vantage | null,
    count: number,
    seen: readonly Witnessed[],
    key: number | null = null,
  ): void {
    if (seen.length > 0 && this.isPending(seen)) {
      this.pending += count;
      return;
    }
    this.unanswered += count;
    const place = `${stage} ${after} ${before?.index ?? ''}`;
    let loss = this.losses.get(place);
    if (loss === undefined) {
      loss = this.newLoss(stage, after, before, 0);
      this.losses.set(place, loss);
    }
    loss.count += count;
    for (const { vantage, exception } of seen) {
      if (exception.size > 0 && (loss.smallest === 0 || exception.size < loss.smallest)) loss.smallest = exception.size;
      const isLast = vantage === loss.after || (stage === 'reply' && vantage === seen[0].vantage);
      if (isLast && loss.frames.length < EVIDENCE)
        loss.frames.push({ vantage, frame: exception.frame, isReply: false });
    }
    if (stage === 'reply' && key !== null) this.addReplyFrame(loss, after, key);
  }

  /** The reply as the vantage point saw it, when it is among its sampled packets. */
  private addReplyFrame(loss: JoinedLoss, after: number, key: number): void {
    if (loss.frames.length >= 2 * EVIDENCE) return;
    const { vantage, sightings } = this.order[after];
    for (const { flow } of sightings) {
      const frame = this.surroundings.replyFrame(vantage, flow, key);
      if (frame !== null) loss.frames.push({ vantage, frame, isReply: true });
    }
  }

  private newLoss(stage: JoinedLoss['stage'], after: number, before: Vantage | null, count: number): JoinedLoss {
    return { stage, after: this.order[after].vantage, before, count, frames: [], smallest: 0 };
  }

  /**
   * Too young to call unanswered: nowhere had it waited for the timeout when the capture ended. A
   * capture ends with its last packet as far as anyone can tell, so the one that went on longest counts.
   */
  private isPending(seen: readonly Witnessed[]): boolean {
    const waiting = seen.filter(({ exception }) => exception.state === ExchangeState.Waiting);
    if (waiting.length === 0) return false;
    return waiting.every(({ vantage, exception }) => vantage.observations.lastTime - exception.time < this.timeout);
  }

  private exceptionsAt(key: number): Witnessed[] {
    const seen: Witnessed[] = [];
    for (const { vantage, sightings } of this.order) {
      for (const sighting of sightings) {
        const exception = sighting.exceptions.get(key);
        if (exception !== undefined) seen.push({ vantage, exception });
      }
    }
    return seen;
  }

  /** Unanswered questions at one vantage point that were asked before the next was capturing. */
  private missedAt(index: number): number {
    const { vantage } = this.order[index + 1];
    const waiting = this.waitingAt(index, Number.POSITIVE_INFINITY);
    return waiting.filter((one) => !this.surroundings.isAwake(vantage, [one])).length;
  }

  private waitingAt(index: number, most: number): Witnessed[] {
    const { vantage, sightings } = this.order[index];
    return sightings
      .flatMap((sighting) => [...sighting.exceptions.values()])
      .filter((exception) => exception.state === ExchangeState.Waiting)
      .slice(0, most)
      .map((exception) => ({ vantage, exception }));
  }

  private noteCross(seen: readonly Witnessed[]): void {
    const request = seen.find(({ exception }) => exception.state === ExchangeState.Waiting);
    const reply = seen.find(({ exception }) => exception.state === ExchangeState.Unmatched);
    if (request === undefined || reply === undefined || request.vantage !== reply.vantage) return;
    const trip = reply.exception.time - request.exception.time;
    if (trip >= 0 && this.crossTimes.length < 4096) this.crossTimes.push(trip / 1000);
  }

  private crossRoundTrips(): JoinedFlow['rttMicroseconds'] {
    const times = this.crossTimes.sort((a, b) => a - b);
    if (times.length === 0) return null;
    const at = (quantile: number) => Math.round(times[Math.round(quantile * (times.length - 1))] * 1000) / 1000;
    return { min: at(0), median: at(0.5), p99: at(0.99), max: at(1) };
  }
}

/** An exchange that stands out at a vantage point. */
interface Witnessed {
  vantage: Vantage;
  exception: Exception;
}

/** True when a flow's requests are runs of numbers, of which only those that stand out are kept one by one. */
function isNumbered(protocol: number): boolean {
  return protocol === Protocol.Echo || protocol === Protocol.Arp || protocol === Protocol.Neighbor;
}
