/**
 * In which order other flows of the same ends passed the captures.
 *
 * Every flow that two captures saw answered votes for its pair of inner addresses and for its pair of
 * tunnel ends; where there are very many of them a sample does.
 */
import type { FlowGroups } from './flow-groups.ts';
import { answeredAlike } from './flow-sample.ts';
import { Double, Word } from './flow-table.ts';
import { KeyTable } from './key-table.ts';
import { nestedTrips } from './nested-trips.ts';
import type { FlowEnds } from './path.ts';
import type { PacketSamples } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
import { addressText, tunnelEnds, type Vantage } from './vantage.ts';

/** Sums of votes there are to be at most: as many records of answered flows are chosen as lead to no more. */
const WANTED_VOTES = 1 << 15;
/** Sums of votes that are kept, should hashes have been made to meet. */
const MOST_VOTES = 2 * WANTED_VOTES;

/** The name of a pair of ends, the same for both directions, and which of them is meant: 1 or -1. */
interface Direction {
  name: string;
  sign: number;
}

export class OrderVotes {
  private readonly flows: FlowGroups;
  private readonly packets: PacketSamples;
  /** Numbers of the pairs of ends by name. */
  private readonly ends = new Map<string, number>();
  /** Pairs of ends with two captures, the one with the lower index first. */
  private readonly places = new KeyTable(MOST_VOTES);
  /** By place: votes for the first of the two captures minus votes for the other; null before they are counted. */
  private votes: number[] | null = null;
  /** By capture and tunnel. */
  private readonly outer = new Map<Vantage, (Direction | undefined)[]>();

  constructor(flows: FlowGroups, packets: PacketSamples) {
    this.flows = flows;
    this.packets = packets;
  }

  /** Positive when round trips of other flows between the same ends put `from` nearer to the source. */
  order(from: Vantage, to: Vantage, ends: FlowEnds): number {
    this.votes ??= this.count();
    if (this.votes.length === 0) return 0;
    const inner = this.votesFor(direction('inner', ends.source, ends.destination), from, to, this.votes);
    if (inner !== 0 || ends.outerSource === null || ends.outerDestination === null) return inner;
    return this.votesFor(direction('outer', ends.outerSource, ends.outerDestination), from, to, this.votes);
  }

  private votesFor({ name, sign }: Direction, from: Vantage, to: Vantage, votes: readonly number[]): number {
    const ends = this.ends.get(name);
    if (ends === undefined) return 0;
    const isTurned = from.index > to.index;
    const place = isTurned
      ? this.places.find(ends, to.index, from.index, 0, 0)
      : this.places.find(ends, from.index, to.index, 0, 0);
    if (place < 0) return 0;
    return votes[place] * (isTurned ? -sign : sign);
  }

  /** Every pair of captures votes with the round trips of each chosen flow that both saw answered. */
  private count(): number[] {
    const votes: number[] = [];
    for (const own of answeredAlike(this.flows, WANTED_VOTES / this.flows.vantages.length)) this.countFlow(own, votes);
    return votes;
  }

  /** Lets captures vote in pairs; `own` are sightings of one flow, one of each capture. */
  private countFlow(own: readonly Sighting[], votes: number[]): void {
    let inner: Direction | null = null;
    for (let i = 0; i < own.length; i++) {
      for (let j = i + 1; j < own.length; j++) {
        const vote = this.compare(own[i], own[j]);
        if (vote === 0) continue;
        inner ??= innerDirection(own[0]);
        this.vote(inner, own[i].vantage, own[j].vantage, vote, votes);
        const outer = this.outerDirection(own[i]);
        const other = this.outerDirection(own[j]);
        if (outer === null || outer.name !== other?.name || outer.sign !== other.sign) continue;
        this.vote(outer, own[i].vantage, own[j].vantage, vote, votes);
      }
    }
  }

  private vote({ name, sign }: Direction, a: Vantage, b: Vantage, vote: number, votes: number[]): void {
    let ends = this.ends.get(name);
    const isNew = ends === undefined;
    ends ??= this.ends.size;
    const place = this.places.add(ends, a.index, b.index, 0, 0);
    if (place < 0) return;
    if (isNew) this.ends.set(name, ends);
    votes[place] = (votes[place] ?? 0) + vote * sign;
  }

  /** 1 when round trips at `a` are longer than at `b`, -1 when they are shorter. */
  private compare(a: Sighting, b: Sighting): number {
    const nested = nestedTrips(this.packets.of(a.vantage), a.flow, this.packets.of(b.vantage), b.flow);
    return Math.sign(nested === 0 ? a.double(Double.RttMinimum) - b.double(Double.RttMinimum) : nested);
  }

  /** The ends of the tunnel that the flow's requests were seen in; null outside any. */
  private outerDirection(sighting: Sighting): Direction | null {
    const { vantage } = sighting;
    const tunnel = sighting.word(Word.RequestTunnel);
    if (tunnel < 0) return null;
    let known = this.outer.get(vantage);
    if (known === undefined) {
      known = [];
      this.outer.set(vantage, known);
    }
    known[tunnel] ??= direction('outer', ...tunnelEnds(vantage.observations, tunnel));
    return known[tunnel];
  }
}

function innerDirection(sighting: Sighting): Direction {
  const { observations } = sighting.vantage;
  const protocol = sighting.protocolAndVersion;
  const source = addressText(observations, protocol, sighting.word(Word.Source));
  return direction('inner', source, addressText(observations, protocol, sighting.word(Word.Destination)));
}

function direction(kind: string, a: string, b: string): Direction {
  return a < b ? { name: `${kind}:${a}:${b}`, sign: 1 } : { name: `${kind}:${b}:${a}`, sign: -1 };
}
