/** Where unanswered exchanges ended: between which vantage points, and on which way. */
import type { ExchangeSet } from './exceptions.ts';
import { exceptionAt, Seen, type Stretches, stretches } from './exchange-sets.ts';
import type { Judged } from './joined-flow.ts';
import { Protocol } from './observations.ts';
import type { Waypoint } from './path.ts';
import { Presence } from './presence.ts';
import { Remainder } from './remainder.ts';
import { ReplySearch } from './reply-search.ts';
import type { PacketSamples } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
import type { Surroundings } from './surroundings.ts';
import { Tally, type Witnessed } from './tally.ts';
import type { Vantage } from './vantage.ts';

/** What exchanges are judged by besides themselves. */
export interface Circumstances {
  /** Nanoseconds for which a reply is waited for. */
  timeout: number;
  surroundings: Surroundings;
  packets: PacketSamples;
}

/** Judges every exchange by its identity. `order` are the vantage points on the way of a request, `sets[i]` what the `i`th saw. */
export function judgeExchanges(
  order: readonly Waypoint[],
  sets: readonly (readonly ExchangeSet[])[],
  circumstances: Circumstances,
): Judged {
  const judge = new Judge(order, sets, circumstances);
  judge.addStretches();
  judge.addForgotten();
  return judge.tally.result();
}

const NO_STRETCHES: Stretches = { count: 0, from: [], to: [], seen: [], groups: 0 };

/** A flow's exchanges, and what becomes of them as one stretch after another is looked at. */
class Judge {
  readonly tally: Tally;
  private readonly order: readonly Waypoint[];
  private readonly sets: readonly (readonly ExchangeSet[])[];
  private readonly surroundings: Surroundings;
  private readonly packets: PacketSamples;
  private replies: ReplySearch | null = null;
  private readonly protocol: number;
  private stretches: Stretches = NO_STRETCHES;
  private known: Presence | null = null;
  private readonly sightings: readonly Sighting[];

  constructor(
    order: readonly Waypoint[],
    sets: readonly (readonly ExchangeSet[])[],
    { timeout, surroundings, packets }: Circumstances,
  ) {
    this.order = order;
    this.sets = sets;
    this.surroundings = surroundings;
    this.packets = packets;
    this.tally = new Tally(timeout);
    this.sightings = order.flatMap((waypoint) => waypoint.sightings);
    this.protocol = sets.find((own) => own.length > 0)?.[0].sighting.protocol ?? Protocol.Echo;
  }

  addStretches(): void {
    this.stretches = stretches(this.sets);
    for (let i = 0; i < this.stretches.count; i++) this.addStretch(i);
  }

  private addStretch(index: number): void {
    const { order, tally } = this;
    const { from, to, seen: sights, groups } = this.stretches;
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
      tally.unmatchedReplies += count;
      return;
    }
    const seen = this.exceptionsAt(from[index]);
    if (reply >= 0 && before < 0) {
      tally.answered += count;
      tally.noteCross(seen);
      return;
    }
    if (reply >= 0) {
      const loss = tally.lose('reply', order[reply].vantage, order[before].vantage, count, seen);
      this.replies ??= new ReplySearch(this.packets);
      if (loss !== null) this.replies.keepReply(loss, this.sets[reply], from[index]);
      return;
    }
    const next = this.nextAfter(furthest, index, seen);
    if (next === null) tally.lose('no-reply', order[furthest].vantage, null, count, seen);
    else tally.lose('request', order[furthest].vantage, next, count, seen);
  }

  addForgotten(): void {
    const remainder = new Remainder();
    for (const own of this.sets) {
      for (const { sighting, runs } of own) {
        let numbers = 0;
        for (const { start, end } of runs) numbers += end - start + 1;
        remainder.add(sighting, numbers);
      }
    }
    remainder.addTo(this.tally, this.protocol, this.order[this.order.length - 1].vantage);
  }

  /** The next vantage point behind `furthest` that was capturing then; null when there is none. */
  private nextAfter(furthest: number, index: number, seen: readonly Witnessed[]): Vantage | null {
    for (let i = furthest + 1; i < this.order.length; i++) {
      const { vantage } = this.order[i];
      if (!this.presence.isAbsent(i, index) && this.surroundings.isAwake(vantage, seen, this.sightings)) return vantage;
    }
    return null;
  }

  /** When the captures were running; worked out when a capture has not seen a request that came its way. */
  private get presence(): Presence {
    this.known ??= new Presence(this.stretches, this.protocol === Protocol.Echo ? null : this.byTime());
    return this.known;
  }

  /** Exchanges without a running number, by when they were first seen, all clocks brought to the first vantage point's. */
  private byTime(): number[] {
    const { count, from } = this.stretches;
    const times = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.sets.forEach((own, index) => {
      const shift = this.surroundings.shift(this.order[index].vantage, this.order[0].vantage);
      for (const { exceptions } of own) {
        for (let i = 0, at = 0; i < count; i++) {
          while (at < exceptions.length && exceptions[at].key < from[i]) at++;
          if (exceptions[at]?.key === from[i]) times[i] = Math.min(times[i], exceptions[at].time + shift);
        }
      }
    });
    return Array.from({ length: count }, (_, index) => index).sort((a, b) => times[a] - times[b] || a - b);
  }

  private exceptionsAt(key: number): Witnessed[] {
    const seen: Witnessed[] = [];
    this.sets.forEach((own, index) => {
      for (const { exceptions } of own) {
        const exception = exceptionAt(exceptions, key);
        if (exception !== null) seen.push({ vantage: this.order[index].vantage, exception });
      }
    });
    return seen;
  }
}
