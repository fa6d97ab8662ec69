/**
 * Joins what all captures saw into flows: one flow per VNI, protocol, addresses and identifier,
 * however many vantage points it was seen at, with where its unanswered exchanges ended.
 */

import { clusters, type FlowRecord, flowGroups } from './flow-groups.ts';
import { Double, Word } from './flow-table.ts';
import type { JoinedFlow, JoinedProtocol } from './joined-flow.ts';
import { countLosses, type Judged, judgeExchanges } from './losses.ts';
import { IPV6, Protocol } from './observations.ts';
import { OverlayVnis } from './overlay-vnis.ts';
import { type FlowEnds, type Ownership, route, type Waypoint } from './path.ts';
import { alignRounds } from './round-alignment.ts';
import { PacketSamples } from './sampled-packets.ts';
import { ExceptionIndex, type Sighting } from './sighting.ts';
import { Surroundings } from './surroundings.ts';
import { addressOfVersion, addressText, type Vantage } from './vantage.ts';
import { ExchangeState } from './waiting-table.ts';

export interface JoinOptions {
  replyTimeoutNanoseconds: number;
  ownership: Ownership;
}

/** Joins the observations of all captures. Made once; `flows` may be iterated once. */
export class FlowJoin {
  readonly vantages: readonly Vantage[];
  readonly packets = new PacketSamples();
  readonly surroundings: Surroundings;
  private readonly options: JoinOptions;
  private readonly overlays: OverlayVnis;
  private readonly exceptions: ExceptionIndex[];

  constructor(vantages: readonly Vantage[], options: JoinOptions) {
    this.vantages = vantages;
    this.options = options;
    this.exceptions = vantages.map((vantage) => new ExceptionIndex(vantage));
    this.overlays = new OverlayVnis(vantages, this.packets);
    this.surroundings = new Surroundings(vantages, this.packets);
  }

  /** All flows, in no promised order; those that no request was ever seen of have `requests` 0. */
  *flows(): Generator<JoinedFlow> {
    for (const group of flowGroups(this.vantages)) {
      const parts = group.length === 1 ? [group] : clusters(group, this.packets, this.overlays);
      for (const part of joinAcross(parts.map((records) => this.sightings(records)))) yield this.join(part);
    }
  }

  private sightings(records: readonly FlowRecord[]): Sighting[] {
    const sightings = records.map(({ vantage, flow }) => this.exceptions[vantage.index].sighting(flow));
    if (sightings.length > 1 && protocolOf(sightings[0]) === Protocol.Echo) alignRounds(sightings, this.packets);
    return sightings;
  }

  private join(sightings: Sighting[]): JoinedFlow {
    const [first] = sightings;
    const { observations } = first.vantage;
    observations.flows.select(first.flow);
    const { words, word } = observations.flows;
    const protocolWord = words[word + Word.Protocol];
    const protocol = protocolWord & ~IPV6;
    const source = addressText(observations, protocolWord, words[word + Word.Source]);
    const destination = addressText(observations, protocolWord, words[word + Word.Destination]);
    const identifier = words[word + Word.Identifier];
    const path = this.pathOf(sightings, source, destination, protocol);
    const judged = this.judge(path.order, protocol);
    const atSource = path.order.find(({ sightings: own }) => own.some(({ answered }) => answered > 0))?.sightings ?? [];
    const onWay = path.order.flatMap(({ sightings: own }) => [...own].sort((a, b) => a.vni - b.vni));
    const requesting = onWay.find((sighting) => sighting.requests > 0 && sighting.vni >= 0);
    const vni = requesting?.vni ?? onWay.find((sighting) => sighting.vni >= 0)?.vni ?? null;
    const replying = onWay.find((sighting) => sighting.unmatchedReplies > 0 && sighting.requests === 0);
    const isCross = onWay.some((s) => s.requests > 0 && s.vni !== (replying?.vni ?? s.vni));
    return {
      protocol: nameOf(protocolWord),
      ipVersion: (protocolWord & IPV6) !== 0 ? 6 : 4,
      vni,
      replyVni: replying !== undefined && isCross ? (replying.vni < 0 ? null : replying.vni) : undefined,
      source,
      destination,
      identifier: protocol === Protocol.Arp || protocol === Protocol.Neighbor ? null : identifier,
      requests: judged.answered + judged.unanswered + judged.pending,
      answered: judged.answered,
      unanswered: judged.unanswered,
      pending: judged.pending,
      late: Math.min(most(atSource, Word.Late), judged.answered),
      refused: most(sightings, Word.Refused),
      duplicateRequests: most(sightings, Word.DuplicateRequests),
      duplicateReplies: most(sightings, Word.DuplicateReplies),
      retransmitted: most(sightings, Word.Retransmitted),
      unmatchedReplies: judged.unmatched,
      losses: judged.losses,
      rttMicroseconds: roundTrips(atSource) ?? judged.crossRoundTrips,
      path: path.order.map((waypoint) => waypoint.vantage),
      pathCertain: path.certain,
      sightings,
      largestAnswered: most(sightings, Word.LargestAnswered),
      largestRequest: most(sightings, Word.LargestRequest),
      smallestUnanswered: judged.losses.reduce(
        (least, loss) => (loss.smallest > 0 && (least === 0 || loss.smallest < least) ? loss.smallest : least),
        0,
      ),
    };
  }

  private judge(order: readonly Waypoint[], protocol: number): Judged {
    const { replyTimeoutNanoseconds } = this.options;
    const isByCount = (protocol === Protocol.Arp || protocol === Protocol.Neighbor) && order.length > 1;
    if (isByCount) return countLosses(order, replyTimeoutNanoseconds, this.surroundings);
    return judgeExchanges(order, protocol, replyTimeoutNanoseconds, this.surroundings);
  }

  private pathOf(sightings: readonly Sighting[], source: string, destination: string, protocol: number) {
    const { ownership } = this.options;
    const seen = new Map<Vantage, Sighting[]>();
    for (const sighting of sightings) {
      const list = seen.get(sighting.vantage);
      if (list === undefined) seen.set(sighting.vantage, [sighting]);
      else list.push(sighting);
    }
    const waypoints: Waypoint[] = [...seen].map(([vantage, own]) => ({ vantage, sightings: own }));
    if (this.vantages.length === 1) return { order: waypoints, certain: true };
    const ends = this.endsOf(sightings, source, destination);
    // Packets that an underlay saw outside any tunnel are the underlay's own, and no overlay is to see them.
    const isNative = sightings.every(({ vni, vantage }) => vni < 0 && vantage.kind === 'underlay');
    for (const vantage of this.vantages) {
      if (isNative && vantage.kind !== 'underlay' && vantage.kind !== 'mixed') continue;
      if (seen.has(vantage) || !this.surroundings.isOnWay(vantage, [...seen.keys()], ends)) continue;
      if (!this.overlays.isOfAnother(vantage, sightings)) waypoints.push({ vantage, sightings: [] });
    }
    const isTimed = protocol !== Protocol.Arp && protocol !== Protocol.Neighbor;
    const travel = (from: Vantage, to: Vantage) =>
      this.surroundings.travelTime(seen.get(from)?.[0], seen.get(to)?.[0], isTimed);
    const pooled = (from: Vantage, to: Vantage) => this.surroundings.pooledOrder(from, to, ends);
    const roundTrip = (from: Vantage, to: Vantage) => this.surroundings.roundTripOrder(seen.get(from), seen.get(to));
    const { order, certain } = route(waypoints, ends, ownership, travel, pooled, roundTrip);
    // A vantage point that saw nothing of a flow that others saw before and behind it was not on its way.
    const isSeen = order.map((waypoint) => waypoint.sightings.length > 0);
    const last = isSeen.lastIndexOf(true);
    return { order: order.filter((_, index) => isSeen[index] || index > last), certain };
  }

  private endsOf(sightings: readonly Sighting[], source: string, destination: string): FlowEnds {
    for (const { vantage, flow } of sightings) {
      const { flows, tunnels } = vantage.observations;
      flows.select(flow);
      const request = flows.words[flows.word + Word.RequestTunnel];
      const tunnel = request >= 0 ? request : flows.words[flows.word + Word.ReplyTunnel];
      if (tunnel < 0) continue;
      const version = (tunnels.table.word(tunnel, 0) >> 16) & 0xff;
      const a = addressOfVersion(vantage.observations, version, tunnels.table.word(tunnel, 2));
      const b = addressOfVersion(vantage.observations, version, tunnels.table.word(tunnel, 3));
      const [outerSource, outerDestination] = request >= 0 ? [a, b] : [b, a];
      return { source, destination, outerSource, outerDestination };
    }
    return { source, destination, outerSource: null, outerDestination: null };
  }
}

/**
 * Pairs across VNIs what is left over: all requests unanswered in one, replies without a request in
 * one other, with the same numbers. Only when there is exactly one of each.
 */
function joinAcross(parts: Sighting[][]): Sighting[][] {
  if (parts.length === 1) return parts;
  const asking = parts.filter((part) => part.some((s) => s.requests > 0) && part.every((s) => s.answered === 0));
  const replying = parts.filter((part) => part.every((s) => s.requests === 0 && s.unmatchedReplies > 0));
  if (asking.length !== 1 || replying.length !== 1) return parts;
  const keys = new Set(asking[0].flatMap((sighting) => [...sighting.exceptions.keys()]));
  const isMatch = replying[0].some((sighting) =>
    [...sighting.exceptions].some(([key, { state }]) => state === ExchangeState.Unmatched && keys.has(key)),
  );
  if (!isMatch) return parts;
  return [...parts.filter((part) => part !== asking[0] && part !== replying[0]), [...asking[0], ...replying[0]]];
}

function protocolOf(sighting: Sighting): number {
  const { flows } = sighting.vantage.observations;
  flows.select(sighting.flow);
  return flows.words[flows.word + Word.Protocol] & ~IPV6;
}

function nameOf(protocolWord: number): JoinedProtocol {
  switch (protocolWord & ~IPV6) {
    case Protocol.Echo:
      return (protocolWord & IPV6) !== 0 ? 'icmpv6-echo' : 'icmp-echo';
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
  for (const { vantage, flow } of sightings) {
    const { flows } = vantage.observations;
    flows.select(flow);
    most = Math.max(most, flows.words[flows.word + field]);
  }
  return most;
}

/** Round trips as measured nearest to the asker; of several devices in that capture, the one with most of them. */
function roundTrips(sightings: readonly Sighting[]): JoinedFlow['rttMicroseconds'] {
  let best: JoinedFlow['rttMicroseconds'] = null;
  let most = 0;
  for (const { vantage, flow } of sightings) {
    const { flows, roundTrips: times } = vantage.observations;
    flows.select(flow);
    const { words, doubles, word, double } = flows;
    const count = words[word + Word.RttCount];
    if (count <= most) continue;
    most = count;
    const min = doubles[double + Double.RttMinimum] / 1000;
    const max = doubles[double + Double.RttMaximum] / 1000;
    const within = (value: number) => round(Math.min(max, Math.max(min, value)));
    const { median, p99 } = times.quantiles(flows);
    best = {
      min: round(min),
      median: within(median),
      p99: within(p99),
      max: round(max),
    };
  }
  return best;
}

/** To the nanosecond. */
function round(microseconds: number): number {
  return Math.round(microseconds * 1000) / 1000;
}
