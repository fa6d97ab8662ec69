/**
 * Joins what all captures saw into flows: one flow per VNI, protocol, addresses and identifier,
 * however many vantage points it was seen at, with where its unanswered exchanges ended.
 */

import { ExceptionIndex, type ExchangeSet } from './exceptions.ts';
import { clusters, FlowGroups, isOneVni } from './flow-groups.ts';
import { JoinedFlow, type Judged } from './joined-flow.ts';
import { type Circumstances, judgeExchanges } from './losses.ts';
import { isResolution, Protocol } from './observations.ts';
import { judgeAlike, judgeAlone } from './ordinary-losses.ts';
import { OverlayVnis } from './overlay-vnis.ts';
import { PassageOrder } from './passage-order.ts';
import { type FlowEnds, type Ownership, type Route, route, SightedEnds, type Waypoint } from './path.ts';
import { countLosses } from './resolution-losses.ts';
import { alignRounds, areAligned } from './round-alignment.ts';
import { PacketSamples } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
import { Surroundings } from './surroundings.ts';
import { Tally } from './tally.ts';
import type { Vantage } from './vantage.ts';
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
  private readonly passage: PassageOrder;
  private readonly options: JoinOptions;
  private readonly circumstances: Circumstances;
  /** For the flow that is judged now, where that is easy. */
  private readonly tally: Tally;
  private readonly overlays: OverlayVnis;
  private readonly exceptions: ExceptionIndex[];
  private readonly groups: FlowGroups;
  /** Every path there is, so that flows that go the same way share it. */
  private readonly paths: Vantage[][] = [];

  constructor(vantages: readonly Vantage[], options: JoinOptions) {
    this.vantages = vantages;
    this.options = options;
    this.exceptions = vantages.map((vantage) => new ExceptionIndex(vantage));
    this.overlays = new OverlayVnis(vantages, this.packets);
    this.surroundings = new Surroundings(vantages, this.packets);
    const { packets, surroundings } = this;
    this.circumstances = { timeout: options.replyTimeoutNanoseconds, surroundings, packets };
    this.tally = new Tally(options.replyTimeoutNanoseconds);
    this.groups = new FlowGroups(vantages);
    this.passage = new PassageOrder(this.groups, this.packets, surroundings);
  }

  /** All flows, in no promised order; those that no request was ever seen of have `requests` 0. */
  *flows(): Generator<JoinedFlow> {
    const { groups } = this;
    for (let group = 0; group < groups.count; group++) {
      const records = groups.records(group);
      const parts = isOneVni(records) ? null : clusters(records, this.packets, this.overlays);
      if (parts === null || parts.length === 1) {
        yield this.join(parts === null ? records : parts[0], null);
        continue;
      }
      for (const part of joinAcross(parts.map((sightings) => this.exchanges(sightings)))) {
        yield this.join(
          part.map(({ sighting }) => sighting),
          part,
        );
      }
    }
  }

  /** The exchanges of one flow as each sighting knows them, on one axis of numbers. */
  private exchanges(sightings: readonly Sighting[]): ExchangeSet[] {
    const sets = sightings.map((sighting) => this.exceptions[sighting.vantage.index].exchanges(sighting));
    if (!this.areAligned(sightings)) alignRounds(sets, this.packets);
    return sets;
  }

  /** True when the sightings count the exchanges of their flow alike. */
  private areAligned(sightings: readonly Sighting[]): boolean {
    return sightings.length === 1 || sightings[0].protocol !== Protocol.Echo || areAligned(sightings, this.packets);
  }

  /** `exchanges` are null where they are not known yet. */
  private join(sightings: Sighting[], exchanges: ExchangeSet[] | null): JoinedFlow {
    if (this.vantages.length === 1 && sightings.length === 1) return this.alone(sightings);
    const { order, certain } = this.pathOf(sightings);
    const judged = this.judge(order, sightings, exchanges);
    const path = this.pathThrough(order);
    const { vni, replyVni } = vnisOf(order, sightings);
    return new JoinedFlow({ sightings, path, pathCertain: certain, judged, vni, replyVni });
  }

  /** A flow that the only capture saw once: there is no way to find, and there may be very many of these. */
  private alone(sightings: Sighting[]): JoinedFlow {
    const { vantages, exceptions, tally } = this;
    const [sighting] = sightings;
    const judged = judgeAlone(sighting, exceptions[0], tally);
    const vni = vniOf(sighting);
    return new JoinedFlow({ sightings, path: vantages, pathCertain: true, judged, vni, replyVni: undefined });
  }

  private judge(order: readonly Waypoint[], sightings: readonly Sighting[], exchanges: ExchangeSet[] | null): Judged {
    const { exceptions, surroundings, circumstances, tally } = this;
    const [first] = sightings;
    if (order.length === 1 && sightings.length === 1) return judgeAlone(first, exceptions[first.vantage.index], tally);
    if (isResolution(first.protocol) && order.length > 1)
      return countLosses(order, exceptions, circumstances.timeout, surroundings);
    const alike = this.areAligned(sightings) ? judgeAlike(order, exceptions, tally) : null;
    if (alike !== null) return alike;
    const sets = exchanges ?? this.exchanges(sightings);
    const seen = order.map(({ vantage }) => sets.filter(({ sighting }) => sighting.vantage === vantage));
    return judgeExchanges(order, seen, circumstances);
  }

  private pathOf(sightings: Sighting[]): Route {
    if (this.vantages.length === 1) return { order: [{ vantage: this.vantages[0], sightings }], certain: true };
    const waypoints: Waypoint[] = [];
    for (let i = 0; i < sightings.length; i++) {
      const sighting = sightings[i];
      const known = waypointAt(waypoints, sighting.vantage);
      if (known === undefined) waypoints.push({ vantage: sighting.vantage, sightings: [sighting] });
      else known.sightings.push(sighting);
    }
    const ends = new SightedEnds(sightings);
    this.addUnseen(waypoints, sightings, ends);
    const { order, certain } = route(waypoints, ends, this.options.ownership, this.passage);
    if (waypoints.every(wasSeen)) return { order, certain };
    // A vantage point that saw nothing of a flow that others saw before and behind it was not on its way.
    let last = order.length - 1;
    while (!wasSeen(order[last])) last--;
    const hasArrived = cameOut(order, last);
    const isBehind = (waypoint: Waypoint, index: number): boolean => index > last && !(hasArrived && isEmpty(waypoint));
    return { order: order.filter((waypoint, index) => wasSeen(waypoint) || isBehind(waypoint, index)), certain };
  }

  /** Adds the vantage points that saw nothing of a flow and should have, had it come that far. */
  private addUnseen(waypoints: Waypoint[], sightings: readonly Sighting[], ends: FlowEnds): void {
    if (waypoints.length === this.vantages.length) return;
    // Packets that an underlay saw outside any tunnel are the underlay's own, and no overlay is to see them.
    const isNative = sightings.every(({ vni, vantage }) => vni < 0 && vantage.kind === 'underlay');
    const witnesses = waypoints.map(({ vantage }) => vantage);
    for (const vantage of this.vantages) {
      if (isNative && !isUnderlay(vantage)) continue;
      if (witnesses.includes(vantage) || this.isElsewhere(vantage, ends)) continue;
      if (!this.surroundings.isOnWay(vantage, witnesses, ends)) continue;
      if (!this.overlays.isOfAnother(vantage, sightings)) waypoints.push({ vantage, sightings: [] });
    }
  }

  /** True when the tunnel's ends are known to be other hosts than the one of this capture. */
  private isElsewhere({ host }: Vantage, { outerSource, outerDestination }: FlowEnds): boolean {
    if (host === null || outerSource === null || outerDestination === null) return false;
    const { ownership } = this.options;
    if (ownership.owns(host, outerSource) || ownership.owns(host, outerDestination)) return false;
    return this.vantages.some((other) => other.host !== null && ownership.owns(other.host, outerDestination));
  }

  /** The one list of the vantage points in this order. */
  private pathThrough(order: readonly Waypoint[]): Vantage[] {
    for (let i = 0; i < this.paths.length; i++) if (goesThrough(this.paths[i], order)) return this.paths[i];
    const path = order.map(({ vantage }) => vantage);
    this.paths.push(path);
    return path;
  }
}

function waypointAt(waypoints: readonly Waypoint[], place: Vantage): Waypoint | undefined {
  for (let i = 0; i < waypoints.length; i++) if (waypoints[i].vantage === place) return waypoints[i];
  return undefined;
}

function goesThrough(path: readonly Vantage[], order: readonly Waypoint[]): boolean {
  if (path.length !== order.length) return false;
  for (let i = 0; i < path.length; i++) if (path[i] !== order[i].vantage) return false;
  return true;
}

function wasSeen({ sightings }: Waypoint): boolean {
  return sightings.length > 0;
}

/** True for a capture that holds no packet at all: who knows whether it was running. */
function isEmpty({ vantage }: Waypoint): boolean {
  return vantage.observations.counts.packets === 0;
}

/** True when packets were seen in a tunnel, and last, at number `last`, out of it again: they passed all of the way there. */
function cameOut(order: readonly Waypoint[], last: number): boolean {
  if (order[last].vantage.kind !== 'overlay') return false;
  return order.some(({ vantage, sightings }, index) => index < last && sightings.length > 0 && isUnderlay(vantage));
}

function isUnderlay({ kind }: Vantage): boolean {
  return kind === 'underlay' || kind === 'mixed';
}

/** The VNI of a flow's requests, and that of its replies where it is another. */
function vnisOf(order: readonly Waypoint[], sightings: readonly Sighting[]): Pick<JoinedFlow, 'vni' | 'replyVni'> {
  if (isOneVni(sightings)) return { vni: vniOf(sightings[0]), replyVni: undefined };
  const onWay = order.flatMap((waypoint) => [...waypoint.sightings].sort((a, b) => a.vni - b.vni));
  const requesting = onWay.find((sighting) => sighting.requests > 0 && sighting.vni >= 0);
  const vni = requesting?.vni ?? onWay.find((sighting) => sighting.vni >= 0)?.vni ?? null;
  const replying = onWay.find((sighting) => sighting.unmatchedReplies > 0 && sighting.requests === 0);
  if (replying === undefined || !onWay.some((s) => s.requests > 0 && s.vni !== replying.vni)) {
    return { vni, replyVni: undefined };
  }
  return { vni, replyVni: vniOf(replying) };
}

/** Null outside any tunnel. */
function vniOf({ vni }: Sighting): number | null {
  return vni < 0 ? null : vni;
}

/**
 * Pairs across VNIs what is left over: all requests unanswered in one, replies without a request in
 * one other, with the same numbers. Only when there is exactly one of each.
 */
function joinAcross(parts: ExchangeSet[][]): ExchangeSet[][] {
  if (parts.length === 1) return parts;
  const asking = parts.filter(
    (part) =>
      part.some(({ sighting }) => sighting.requests > 0) && part.every(({ sighting }) => sighting.answered === 0),
  );
  const replying = parts.filter((part) =>
    part.every(({ sighting }) => sighting.requests === 0 && sighting.unmatchedReplies > 0),
  );
  if (asking.length !== 1 || replying.length !== 1) return parts;
  const keys = new Set(asking[0].flatMap(({ exceptions }) => exceptions.map(({ key }) => key)));
  const isMatch = replying[0].some(({ exceptions }) =>
    exceptions.some(({ key, state }) => state === ExchangeState.Unmatched && keys.has(key)),
  );
  if (!isMatch) return parts;
  return [...parts.filter((part) => part !== asking[0] && part !== replying[0]), [...asking[0], ...replying[0]]];
}
