/**
 * What the captures as wholes tell about one flow: whether a capture that saw nothing of it was awake
 * and on its way, how far clocks are apart, and in which order other flows of the same ends passed.
 */
import type { Exception } from './exceptions.ts';
import { Double, Word } from './flow-table.ts';
import { IPV6, Protocol } from './observations.ts';
import type { FlowEnds, OrderEvidence, Waypoint } from './path.ts';
import { clockDifference, median, type PacketSamples, type SampledPackets } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
import type { TrajectoryPoint } from './trajectory.ts';
import { addressOfVersion, addressText, epochShift, lastMoment, type Vantage } from './vantage.ts';

/** Nanoseconds before its first packet that a capture is taken to have been running. */
const WARM_UP = 2e9;
/** Addresses remembered per capture. */
const MOST_ADDRESSES = 100_000;
/** Pairs of ends whose order is remembered. */
const MOST_ENDS = 4096;

export class Surroundings implements OrderEvidence {
  private readonly vantages: readonly Vantage[];
  private readonly packets: PacketSamples;
  private readonly known = new Map<Vantage, Set<string>>();
  private readonly differences = new Map<string, number | null>();
  private readonly absences = new Map<string, { before: number; after: number }>();
  private votes: Map<string, Float64Array> | null = null;

  constructor(vantages: readonly Vantage[], packets: PacketSamples) {
    this.vantages = vantages;
    this.packets = packets;
  }

  /** Clock of `to` minus clock of `from` in nanoseconds, by packets both saw, delays included; null when they share none. */
  difference(from: Vantage, to: Vantage): number | null {
    const key = `${from.index} ${to.index}`;
    let difference = this.differences.get(key);
    if (difference === undefined) {
      difference = clockDifference(from, this.packets.of(from), to, this.packets.of(to));
      this.differences.set(key, difference);
    }
    return difference;
  }

  /**
   * Nanoseconds to add to a time of `from`, which counts from its epoch, to have it on the clock of `to`
   * and counted from that one's epoch. Where both share no packets their clocks are taken at their word.
   */
  shift(from: Vantage, to: Vantage): number {
    return from === to ? 0 : epochShift(from, to) + (this.hostDifference(from, to) ?? 0);
  }

  /** As `difference`; captures of one host share a clock, so any two of the same hosts that share packets tell it. */
  private hostDifference(from: Vantage, to: Vantage): number | null {
    const own = this.difference(from, to);
    if (own !== null) return own;
    if (from.host !== null && from.host === to.host) return 0;
    const atHost = (vantage: Vantage): Vantage[] =>
      vantage.host === null ? [vantage] : this.vantages.filter(({ host }) => host === vantage.host);
    for (const a of atHost(from)) {
      for (const b of atHost(to)) {
        const difference = this.difference(a, b);
        if (difference !== null) return difference;
      }
    }
    return null;
  }

  /** True when both captures can be put on one time line and cover some common time. */
  overlaps(a: Vantage, b: Vantage): boolean {
    const { firstTime } = b.observations;
    if (Number.isNaN(firstTime) || Number.isNaN(a.observations.firstTime)) return true;
    const shift = this.shift(a, b);
    const start = a.observations.firstTime + shift;
    const end = lastMoment(a) + shift;
    return start <= lastMoment(b) + WARM_UP && end >= firstTime - WARM_UP;
  }

  /** True when a capture that did not see an exchange was running when others saw it. */
  isAwake(vantage: Vantage, seen: readonly { vantage: Vantage; exception: Exception }[]): boolean {
    const { firstTime } = vantage.observations;
    const { endTime = Number.POSITIVE_INFINITY } = vantage;
    for (const { vantage: witness, exception } of seen) {
      const { before, after } = this.absence(vantage, witness);
      if (exception.time < before || exception.time > after) return false;
    }
    if (Number.isNaN(firstTime)) return true;
    for (const { vantage: witness, exception } of seen) {
      const time = exception.time + this.shift(witness, vantage);
      if (!Number.isNaN(time)) return time >= firstTime - WARM_UP && time <= endTime;
    }
    return true;
  }

  /**
   * When a capture was not running as far as anyone can tell, on the witness's clock: earlier than `before`,
   * the first packet that both saw, and later than `after`, the last.
   * What the witness saw asked and answered passed the capture; one that saw none of it and nothing
   * earlier of what both saw, started later. Without such an exchange both are infinite.
   */
  private absence(vantage: Vantage, witness: Vantage): { before: number; after: number } {
    const key = `${vantage.index} ${witness.index}`;
    let absence = this.absences.get(key);
    if (absence === undefined) {
      absence = absenceOf(
        this.packets.of(vantage),
        vantage.observations.trajectory.selection,
        this.packets.of(witness),
      );
      this.absences.set(key, absence);
    }
    return absence;
  }

  /** True when a capture that saw nothing of a flow should have, had the flow come that far. */
  isOnWay(vantage: Vantage, witnesses: readonly Vantage[], ends: FlowEnds): boolean {
    if (vantage.observations.counts.packets === 0) return true;
    if (!witnesses.some((witness) => this.overlaps(witness, vantage))) return false;
    const known = this.addresses(vantage);
    if (known.has(ends.source) || known.has(ends.destination)) return true;
    const { outerSource, outerDestination } = ends;
    if (outerSource !== null && outerDestination !== null) {
      if (known.has(outerSource) && known.has(outerDestination)) return true;
    }
    if (vantage.host !== null && witnesses.some((witness) => witness.host === vantage.host)) return true;
    const carriesOthers = vantage.observations.flows.count > 0 || vantage.observations.tunnels.count > 0;
    return !carriesOthers;
  }

  /** How long requests of a flow took from one capture to another, clocks at their word, in nanoseconds; null when unknown. */
  travelTime(fromPoint: Waypoint, toPoint: Waypoint): number | null {
    const [from] = fromPoint.sightings;
    const [to] = toPoint.sightings;
    if (from === undefined || to === undefined) return null;
    const shift = epochShift(to.vantage, from.vantage);
    if (from.protocol === Protocol.Arp || from.protocol === Protocol.Neighbor) {
      if (from.requests !== to.requests) return null;
      const difference = firstTime(to) + shift - firstTime(from);
      return Number.isNaN(difference) ? null : difference;
    }
    const there = this.packets.of(to.vantage);
    const differences: number[] = [];
    for (const point of this.packets.of(from.vantage).ofFlow(from.flow)) {
      if (point.reply) continue;
      const other = there.find(point.low, point.high);
      if (other < 0) continue;
      const difference = there.time[other] + shift - point.time;
      if (!Number.isNaN(difference)) differences.push(difference);
    }
    return median(differences);
  }

  /**
   * Positive when the exchanges of a flow that two captures both saw whole took longer at `from`: it is
   * nearer to the asker then, whatever the clocks say. 0 when there is none to compare.
   */
  roundTripOrder(from: Waypoint, to: Waypoint): number {
    for (const a of from.sightings) {
      for (const b of to.sightings) {
        const order = this.nestedTrips(a.vantage, a.flow, b.vantage, b.flow);
        if (order !== 0) return order;
      }
    }
    return 0;
  }

  private nestedTrips(from: Vantage, fromFlow: number, to: Vantage, toFlow: number): number {
    const fromPackets = this.packets.of(from);
    const toPackets = this.packets.of(to);
    if (fromPackets.countOf(fromFlow) < 2 || toPackets.countOf(toFlow) < 2) return 0;
    const here = tripsOf(fromPackets.ofFlow(fromFlow));
    if (here.size === 0) return 0;
    const there = tripsOf(toPackets.ofFlow(toFlow));
    const differences: number[] = [];
    for (const [low, trip] of here) {
      const other = there.get(low);
      if (other !== undefined) differences.push(trip - other);
    }
    return median(differences) ?? 0;
  }

  /** Positive when round trips of other flows between the same ends put `from` nearer to the source. */
  pooledOrder(from: Vantage, to: Vantage, ends: FlowEnds): number {
    this.votes ??= this.countVotes();
    if (this.votes.size === 0) return 0;
    const at = from.index * this.vantages.length + to.index;
    for (const [key, sign] of keysOf(ends)) {
      const votes = this.votes.get(key);
      if (votes !== undefined && votes[at] !== 0) return votes[at] * sign;
    }
    return 0;
  }

  /** Every pair of captures votes with the round trips of each flow that both saw answered. */
  private countVotes(): Map<string, Float64Array> {
    const votes = new Map<string, Float64Array>();
    const size = this.vantages.length;
    const trips = new Map<string, Map<number, { flow: number; trip: number; sign: number }>>();
    for (const vantage of this.vantages) {
      const { observations, index } = vantage;
      const { flows } = observations;
      for (let flow = 0; flow < flows.count && trips.size < MOST_ENDS; flow++) {
        flows.select(flow);
        const { words, doubles, word, double } = flows;
        if (words[word + Word.RttCount] === 0) continue;
        const protocol = words[word + Word.Protocol];
        const source = addressText(observations, protocol, words[word + Word.Source]);
        const destination = addressText(observations, protocol, words[word + Word.Destination]);
        const identifier = words[word + Word.Identifier];
        const ends = keysOf({ source, destination, ...outerEnds(vantage, words[word + Word.RequestTunnel]) });
        const trip = doubles[double + Double.RttMinimum];
        for (const [key, sign] of ends) {
          const name = `${key} ${source} ${destination} ${protocol} ${identifier}`;
          const list = trips.get(name) ?? new Map<number, { flow: number; trip: number; sign: number }>();
          trips.set(name, list);
          if (!list.has(index)) list.set(index, { flow, trip, sign });
        }
      }
    }
    for (const [name, list] of trips) {
      const key = name.slice(0, name.indexOf(' '));
      for (const [a, one] of list) {
        for (const [b, other] of list) {
          if (a === b) continue;
          const nested = this.nestedTrips(this.vantages[a], one.flow, this.vantages[b], other.flow);
          const vote = Math.sign(nested === 0 ? one.trip - other.trip : nested) * one.sign;
          if (vote === 0) continue;
          const matrix = votes.get(key) ?? new Float64Array(size * size);
          votes.set(key, matrix);
          matrix[a * size + b] += vote;
        }
      }
    }
    return votes;
  }

  /** Every address a capture met, inner and outer. */
  private addresses(vantage: Vantage): Set<string> {
    let known = this.known.get(vantage);
    if (known !== undefined) return known;
    known = new Set();
    this.known.set(vantage, known);
    const { observations } = vantage;
    const { flows, tunnels, talkers, claims } = observations;
    for (let flow = 0; flow < flows.count && known.size < MOST_ADDRESSES; flow++) {
      flows.select(flow);
      const protocol = flows.words[flows.word + Word.Protocol];
      known.add(addressText(observations, protocol, flows.words[flows.word + Word.Source]));
      known.add(addressText(observations, protocol, flows.words[flows.word + Word.Destination]));
    }
    for (let i = 0; i < tunnels.count; i++) {
      const version = (tunnels.table.word(i, 0) >> 16) & 0xff;
      known.add(addressOfVersion(observations, version, tunnels.table.word(i, 2)));
      known.add(addressOfVersion(observations, version, tunnels.table.word(i, 3)));
    }
    for (let i = 0; i < talkers.table.count; i++) {
      known.add(addressOfVersion(observations, talkers.table.word(i, 0), talkers.table.word(i, 1)));
      known.add(addressOfVersion(observations, talkers.table.word(i, 0), talkers.table.word(i, 2)));
    }
    for (let i = 0; i < claims.count; i++) {
      known.add(addressText(observations, claims.table.word(i, 2) >> 24 === 6 ? IPV6 : 0, claims.table.word(i, 1)));
    }
    return known;
  }
}

function absenceOf(own: SampledPackets, selection: number, witness: SampledPackets): { before: number; after: number } {
  const shared = new Set<number>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let packet = 0; packet < witness.count; packet++) {
    if (own.meet(witness, packet) < 0) continue;
    shared.add(witness.flow[packet]);
    const time = witness.time[packet];
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const absence = { before: Number.NEGATIVE_INFINITY, after: Number.POSITIVE_INFINITY };
  const isShared = ({ low, high }: TrajectoryPoint): boolean => own.find(low, high) >= 0;
  for (const flow of shared) {
    const requests = new Map<number, TrajectoryPoint>();
    for (const point of witness.ofFlow(flow)) {
      if (!point.reply) {
        requests.set(point.sequence, point);
        continue;
      }
      const request = requests.get(point.sequence);
      if (request === undefined || ((request.low | point.low) & selection) !== 0) continue;
      if (isShared(request) || isShared(point)) continue;
      if (point.time < first) absence.before = first;
      if (request.time > last) absence.after = last;
    }
  }
  return absence;
}

/** Round trips of the exchanges that were sampled whole, by the identity of their requests. */
function tripsOf(points: readonly TrajectoryPoint[]): Map<number, number> {
  const requests = new Map<number, TrajectoryPoint>();
  const trips = new Map<number, number>();
  for (const point of points) {
    if (!point.reply) {
      requests.set(point.sequence, point);
      continue;
    }
    const request = requests.get(point.sequence);
    if (request === undefined || !(point.time >= request.time)) continue;
    requests.delete(point.sequence);
    trips.set(request.low, point.time - request.time);
  }
  return trips;
}

function firstTime({ vantage, flow }: Sighting): number {
  const { flows } = vantage.observations;
  flows.select(flow);
  return flows.doubles[flows.double + Double.FirstTime];
}

function outerEnds(vantage: Vantage, tunnel: number): { outerSource: string | null; outerDestination: string | null } {
  if (tunnel < 0) return { outerSource: null, outerDestination: null };
  const { observations } = vantage;
  const { table } = observations.tunnels;
  const version = (table.word(tunnel, 0) >> 16) & 0xff;
  return {
    outerSource: addressOfVersion(observations, version, table.word(tunnel, 2)),
    outerDestination: addressOfVersion(observations, version, table.word(tunnel, 3)),
  };
}

/** Names of the pair of ends, inner and outer, the same for both directions; the sign tells which is meant. */
function keysOf(ends: FlowEnds): [string, number][] {
  const keys: [string, number][] = [pair('inner', ends.source, ends.destination)];
  if (ends.outerSource !== null && ends.outerDestination !== null) {
    keys.push(pair('outer', ends.outerSource, ends.outerDestination));
  }
  return keys;
}

function pair(kind: string, a: string, b: string): [string, number] {
  return a < b ? [`${kind}:${a}:${b}`, 1] : [`${kind}:${b}:${a}`, -1];
}
