/**
 * In which order a request passes the vantage points.
 *
 * Clocks of different hosts say nothing about order. What does, from certain to likely: a round trip
 * is longer the nearer to the asker it is measured; captures of one host share a clock; the host that
 * owns the source or the destination is at that end; a packet sent by a device is nearer the asker
 * than one received; a vantage point that missed requests between others comes after one that saw all;
 * a lower time to live comes later. Only when none of these tells are the clocks compared as they are.
 */
import { Double, Word } from './flow-table.ts';
import { Protocol } from './observations.ts';
import type { Sighting } from './sighting.ts';
import { TunnelField } from './tunnel-table.ts';
import { addressText, tunnelEnds, type Vantage } from './vantage.ts';

/** Which hosts own which addresses, as far as anybody said. */
export interface Ownership {
  /** True when the host has this IP address on an interface, in any of its namespaces. */
  owns(host: string, address: string): boolean;
}

/** What is known of a flow at one vantage point, gathered once per flow. */
export interface Waypoint {
  vantage: Vantage;
  /** Empty when the flow was not seen there. */
  sightings: Sighting[];
}

export interface FlowEnds {
  source: string;
  destination: string;
  /** Outer addresses of the requests, where they were seen encapsulated. */
  outerSource: string | null;
  outerDestination: string | null;
}

/** The ends of a flow as its sightings know them, spelt out when they are asked for. */
export class SightedEnds implements FlowEnds {
  private readonly sightings: readonly Sighting[];
  private inner: readonly [string, string] | null = null;
  private outer: readonly [string | null, string | null] | null = null;

  constructor(sightings: readonly Sighting[]) {
    this.sightings = sightings;
  }

  get source(): string {
    return this.innerEnds[0];
  }

  get destination(): string {
    return this.innerEnds[1];
  }

  get outerSource(): string | null {
    return this.outerEnds[0];
  }

  get outerDestination(): string | null {
    return this.outerEnds[1];
  }

  private get innerEnds(): readonly [string, string] {
    this.inner ??= innerEnds(this.sightings[0]);
    return this.inner;
  }

  private get outerEnds(): readonly [string | null, string | null] {
    this.outer ??= outerEnds(this.sightings);
    return this.outer;
  }
}

function innerEnds(sighting: Sighting): readonly [string, string] {
  const { observations } = sighting.vantage;
  const protocol = sighting.protocolAndVersion;
  const text = (field: Word): string => addressText(observations, protocol, sighting.word(field));
  return [text(Word.Source), text(Word.Destination)];
}

/** Outer addresses of requests, as they or the replies show them; null where none was encapsulated. */
function outerEnds(sightings: readonly Sighting[]): readonly [string | null, string | null] {
  for (const sighting of sightings) {
    const request = sighting.word(Word.RequestTunnel);
    const row = request >= 0 ? request : sighting.word(Word.ReplyTunnel);
    if (row < 0) continue;
    const [from, to] = tunnelEnds(sighting.vantage.observations, row);
    return request >= 0 ? [from, to] : [to, from];
  }
  return [null, null];
}

/** What the captures as wholes say of the order of two vantage points, for packets of one flow. */
export interface OrderEvidence {
  /** Nanoseconds from one to the other by their clocks; null when unknown. */
  travelTime(from: Waypoint, to: Waypoint): number | null;
  /** Learned from other flows of the same two ends: positive when `from` comes before `to`. */
  pooledOrder(from: Vantage, to: Vantage, ends: FlowEnds): number;
  /** Positive when the round trips of the same exchanges are longer at `from` than at `to`; 0 when no exchange can be compared. */
  roundTripOrder(from: Waypoint, to: Waypoint): number;
  /** True when requests of the flow were seen at `other` before the first packet of `vantage`'s capture, or behind its last. */
  reachesBeyond(vantage: Waypoint, other: Waypoint): boolean;
}

export interface Route {
  order: Waypoint[];
  certain: boolean;
}

/** Sorts the waypoints by the pairs' evidence: the one that comes before most others is first. */
export function route(
  waypoints: readonly Waypoint[],
  ends: FlowEnds,
  ownership: Ownership,
  evidence: OrderEvidence,
): Route {
  if (waypoints.length === 2) {
    const { sign, sure } = compare(waypoints[0], waypoints[1], ends, ownership, evidence);
    return { order: sign > 0 ? [waypoints[0], waypoints[1]] : [waypoints[1], waypoints[0]], certain: sure };
  }
  const wins = waypoints.map(() => 0);
  let certain = true;
  for (let i = 0; i < waypoints.length; i++) {
    for (let j = i + 1; j < waypoints.length; j++) {
      const { sign, sure } = compare(waypoints[i], waypoints[j], ends, ownership, evidence);
      if (!sure) certain = false;
      if (sign > 0) wins[i]++;
      else wins[j]++;
    }
  }
  const order = waypoints.map((waypoint, index) => ({ waypoint, index }));
  // Evidence that goes round in circles must not make the order depend on that of the captures.
  order.sort((a, b) => wins[b.index] - wins[a.index] || (a.waypoint.vantage.label < b.waypoint.vantage.label ? -1 : 1));
  return { order: order.map(({ waypoint }) => waypoint), certain };
}

/** Positive when `a` comes before `b` on the way of a request. */
function compare(
  a: Waypoint,
  b: Waypoint,
  ends: FlowEnds,
  ownership: Ownership,
  evidence: OrderEvidence,
): { sign: number; sure: boolean } {
  const nested = evidence.roundTripOrder(a, b);
  if (nested !== 0) return { sign: nested, sure: true };
  const trip = shortestTrip(a) - shortestTrip(b);
  if (trip > 0 || trip < 0) return { sign: trip, sure: true };
  const isSameHost = a.vantage.host !== null && a.vantage.host === b.vantage.host;
  const hostDelay = isSameHost ? evidence.travelTime(a, b) : null;
  if (hostDelay !== null && hostDelay !== 0) return { sign: hostDelay, sure: true };
  const place = position(b, ends, ownership) - position(a, ends, ownership);
  if (place !== 0) return { sign: place, sure: true };
  const learned = evidence.pooledOrder(a.vantage, b.vantage, ends);
  if (learned !== 0) return { sign: learned, sure: true };
  const types = direction(b) - direction(a);
  if (types !== 0) return { sign: types, sure: true };
  const hops = timeToLive(a) - timeToLive(b);
  if (hops !== 0 && timeToLive(a) > 0 && timeToLive(b) > 0) return { sign: hops, sure: true };
  const seen = requestsOf(a) - requestsOf(b);
  const isAbsent = requestsOf(a) === 0 || requestsOf(b) === 0;
  if (seen !== 0 && (isAbsent || !(seen > 0 ? isUnsure(b, a, evidence) : isUnsure(a, b, evidence))))
    return { sign: seen, sure: isAbsent };
  const outerHops = outerTimeToLive(a) - outerTimeToLive(b);
  if (outerHops !== 0 && outerTimeToLive(a) > 0 && outerTimeToLive(b) > 0) return { sign: outerHops, sure: true };
  const delay = evidence.travelTime(a, b);
  if (delay !== null && delay !== 0) return { sign: delay, sure: false };
  const kinds = rank(b.vantage) - rank(a.vantage);
  if (kinds !== 0) return { sign: kinds, sure: false };
  if (seen !== 0) return { sign: seen, sure: false };
  return { sign: a.vantage.label < b.vantage.label ? 1 : -1, sure: false };
}

/** Shortest round trip in nanoseconds; NaN when none was measured there. */
function shortestTrip({ sightings }: Waypoint): number {
  let shortest = Number.NaN;
  for (let i = 0; i < sightings.length; i++) {
    const sighting = sightings[i];
    if (sighting.word(Word.RttCount) === 0) continue;
    const trip = sighting.double(Double.RttMinimum);
    // Of several sightings in one capture the one nearest to the asker counts.
    if (!(trip <= shortest)) shortest = trip;
  }
  return shortest;
}

/** -2 overlay and -1 underlay at the source's end, 1 and 2 at the destination's, 0 when nobody knows. */
function position(waypoint: Waypoint, ends: FlowEnds, ownership: Ownership): number {
  const { host, kind } = waypoint.vantage;
  if (host === null) return 0;
  const outerSource = ends.outerSource !== null && ownership.owns(host, ends.outerSource);
  const outerDestination = ends.outerDestination !== null && ownership.owns(host, ends.outerDestination);
  const isSource = outerSource || (!outerDestination && ownership.owns(host, ends.source));
  const isDestination = outerDestination || (!outerSource && ownership.owns(host, ends.destination));
  if (isSource === isDestination) return 0;
  const depth = kind === 'underlay' ? 1 : 2;
  return isSource ? -depth : depth;
}

/** By the packet types of requests: -1 sent from here, 1 received here, 0 unknown or both. */
function direction({ sightings }: Waypoint): number {
  let types = 0;
  for (let i = 0; i < sightings.length; i++) types |= sightings[i].word(Word.Flags);
  const isSent = (types & 16) !== 0;
  const isReceived = (types & 15) !== 0;
  return isSent === isReceived ? 0 : isSent ? -1 : 1;
}

function timeToLive({ sightings }: Waypoint): number {
  let hops = 0;
  for (let i = 0; i < sightings.length; i++) hops = Math.max(hops, sightings[i].word(Word.TimesToLive) & 0xff);
  return hops;
}

function outerTimeToLive({ sightings }: Waypoint): number {
  let hops = 0;
  for (let i = 0; i < sightings.length; i++) {
    const { tunnels } = sightings[i].vantage.observations;
    const tunnel = sightings[i].word(Word.RequestTunnel);
    if (tunnel >= 0) hops = Math.max(hops, tunnels.field(tunnel, TunnelField.TimeToLive));
  }
  return hops;
}

function requestsOf({ sightings }: Waypoint): number {
  let most = 0;
  for (let i = 0; i < sightings.length; i++) most = Math.max(most, sightings[i].requests);
  return most;
}

/** True when all requests that `fewer` missed, and `other` saw, may have passed before it was capturing, or after. */
function isUnsure(fewer: Waypoint, other: Waypoint, evidence: OrderEvidence): boolean {
  return evidence.reachesBeyond(fewer, other) && fewer.sightings.every(isUnbroken);
}

/** False when a capture missed echo requests between others that it saw; of other protocols nobody knows. */
function isUnbroken(sighting: Sighting): boolean {
  if (sighting.protocol !== Protocol.Echo) return true;
  const numbers = sighting.word(Word.Newest) - sighting.word(Word.RunStart) + 1;
  return sighting.word(Word.Runs) < 0 && sighting.requests === numbers;
}

/** Where nothing else tells, the underlay is taken to come before the overlay: it is the far end that people doubt. */
function rank(vantage: Vantage): number {
  return vantage.kind === 'underlay' ? 0 : 1;
}
