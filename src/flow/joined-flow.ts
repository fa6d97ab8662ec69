/** A flow as all captures together saw it. */
import type { AddressKey } from './claims.ts';
import { Double, Word } from './flow-table.ts';
import { IPV6, Protocol } from './observations.ts';
import type { Sighting } from './sighting.ts';
import { addressText, type Vantage } from './vantage.ts';

export type JoinedProtocol = 'icmp-echo' | 'icmpv6-echo' | 'arp' | 'ndp' | 'tcp-connect' | 'dns';

/** A packet of an exchange that was lost, and where it stands. */
export interface LossFrame {
  vantage: Vantage;
  frame: number;
  /** True for a reply: the last that was seen of the exchange. */
  isReply: boolean;
}

/** Where unanswered exchanges ended. */
export interface JoinedLoss {
  /** Seen at `after` and no further; with `no-reply` it reached the last vantage point and no reply was seen there. */
  stage: 'request' | 'no-reply' | 'reply';
  after: Vantage;
  before: Vantage | null;
  count: number;
  /** The first few: the last packet seen of the exchange at `after`, and for a lost reply the request that waits for it. */
  frames: readonly LossFrame[];
  /** Sizes of the smallest of these requests, in bytes of the IP packet; 0 when unknown. */
  smallest: number;
}

export interface RoundTripSummary {
  min: number;
  median: number;
  p99: number;
  max: number;
}

/** The fate of a flow's exchanges; `answered + unanswered + pending` are the distinct requests. */
export interface Judged {
  answered: number;
  unanswered: number;
  pending: number;
  /** Replies whose request nobody saw. */
  unmatchedReplies: number;
  losses: readonly JoinedLoss[];
  /** Round trips in microseconds of exchanges whose request and reply were seen in different VNIs. */
  crossRoundTrips: RoundTripSummary | null;
}

/** What the join found out; the rest is read from the records when it is asked for. */
export interface JoinedParts {
  sightings: readonly Sighting[];
  path: readonly Vantage[];
  pathCertain: boolean;
  vni: number | null;
  replyVni: number | null | undefined;
  judged: Judged;
}

/**
 * There may be very many of these, nearly all of them in good health. So a flow holds what was judged,
 * and reads names, counts and times from the captures' records, as often as it is asked.
 */
export class JoinedFlow {
  readonly sightings: readonly Sighting[];
  /** Vantage points in the order a request passes them. */
  readonly path: readonly Vantage[];
  /** False when the order is a guess. */
  readonly pathCertain: boolean;
  /** VNI it was seen in; null when it was never seen encapsulated. */
  readonly vni: number | null;
  /** VNI of the replies where it is another. Null for bare, undefined when it is the same. */
  readonly replyVni: number | null | undefined;
  readonly answered: number;
  readonly unanswered: number;
  readonly pending: number;
  readonly unmatchedReplies: number;
  readonly losses: readonly JoinedLoss[];
  // What rules go by, at hand.
  readonly protocol: JoinedProtocol;
  readonly late: number;
  readonly duplicateRequests: number;
  readonly duplicateReplies: number;
  private readonly crossRoundTrips: RoundTripSummary | null;

  constructor({ sightings, path, pathCertain, vni, replyVni, judged }: JoinedParts) {
    this.sightings = sightings;
    this.path = path;
    this.pathCertain = pathCertain;
    this.vni = vni;
    this.replyVni = replyVni;
    this.answered = judged.answered;
    this.unanswered = judged.unanswered;
    this.pending = judged.pending;
    this.unmatchedReplies = judged.unmatchedReplies;
    this.losses = judged.losses;
    this.protocol = nameOf(sightings[0].protocolAndVersion);
    this.late = most(sightings, Word.Late) === 0 ? 0 : Math.min(most(this.nearest, Word.Late), this.answered);
    this.duplicateRequests = most(sightings, Word.DuplicateRequests);
    this.duplicateReplies = most(sightings, Word.DuplicateReplies);
    this.crossRoundTrips = judged.crossRoundTrips;
  }

  get ipVersion(): 4 | 6 {
    return (this.sightings[0].protocolAndVersion & IPV6) !== 0 ? 6 : 4;
  }

  get source(): string {
    return this.address(Word.Source);
  }

  get destination(): string {
    return this.address(Word.Destination);
  }

  /** The key of claims to its destination. */
  get destinationKey(): AddressKey {
    return this.ipVersion === 4 ? this.sightings[0].word(Word.Destination) : this.destination;
  }

  /** Of an echo the sender's identifier, of TCP and DNS the service's port; null where there is none. */
  get identifier(): number | null {
    return this.protocol === 'arp' || this.protocol === 'ndp' ? null : this.sightings[0].word(Word.Identifier);
  }

  get requests(): number {
    return this.answered + this.unanswered + this.pending;
  }

  get refused(): number {
    return most(this.sightings, Word.Refused);
  }

  /** Largest answered request and largest request, in bytes of the IP packet; 0 when unknown. */
  get largestAnswered(): number {
    return most(this.sightings, Word.LargestAnswered);
  }

  get largestRequest(): number {
    return most(this.sightings, Word.LargestRequest);
  }

  /** 0 when unknown. */
  get smallestUnanswered(): number {
    let least = 0;
    for (const { smallest } of this.losses) {
      if (smallest > 0 && (least === 0 || smallest < least)) least = smallest;
    }
    return least;
  }

  /** Round trips as measured nearest to the asker; of several devices in that capture, the one with most of them. */
  get rttMicroseconds(): RoundTripSummary | null {
    let best: Sighting | null = null;
    let count = 0;
    for (const sighting of this.nearest) {
      const here = sighting.word(Word.RttCount);
      if (here <= count) continue;
      count = here;
      best = sighting;
    }
    return best === null ? this.crossRoundTrips : roundTrips(best);
  }

  /** The sightings nearest to the asker that saw an answer. */
  private get nearest(): readonly Sighting[] {
    const { sightings, path } = this;
    if (sightings.length === 1) return sightings[0].answered > 0 ? sightings : [];
    for (const vantage of path) {
      const own = sightings.filter((sighting) => sighting.vantage === vantage);
      if (own.some(({ answered }) => answered > 0)) return own;
    }
    return [];
  }

  private address(field: Word.Source | Word.Destination): string {
    const [sighting] = this.sightings;
    return addressText(sighting.vantage.observations, sighting.protocolAndVersion, sighting.word(field));
  }
}

function nameOf(protocol: number): JoinedProtocol {
  switch (protocol & ~IPV6) {
    case Protocol.Echo:
      return (protocol & IPV6) !== 0 ? 'icmpv6-echo' : 'icmp-echo';
    case Protocol.Arp:
      return 'arp';
    case Protocol.Neighbor:
      return 'ndp';
    case Protocol.TcpConnect:
      return 'tcp-connect';
    default:
      return 'dns';
  }
}

function most(sightings: readonly Sighting[], field: Word): number {
  let most = 0;
  for (let i = 0; i < sightings.length; i++) most = Math.max(most, sightings[i].word(field));
  return most;
}

function roundTrips({ vantage, flow }: Sighting): RoundTripSummary {
  const { flows, roundTrips: times } = vantage.observations;
  flows.select(flow);
  const { doubles, double } = flows;
  const min = doubles[double + Double.RttMinimum] / 1000;
  const max = doubles[double + Double.RttMaximum] / 1000;
  const least = round(min);
  // As with a single one, which very many flows have.
  if (min === max) return { min: least, median: least, p99: least, max: least };
  const { median, p99 } = times.quantiles(flows);
  return {
    min: least,
    median: round(Math.min(max, Math.max(min, median))),
    p99: round(Math.min(max, Math.max(min, p99))),
    max: round(max),
  };
}

/** To the nanosecond. */
function round(microseconds: number): number {
  return Math.round(microseconds * 1000) / 1000;
}
