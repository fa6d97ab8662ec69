/** In which order other flows of the same ends passed the captures. */
import { Double, Word } from './flow-table.ts';
import { nestedTrips } from './nested-trips.ts';
import type { FlowEnds } from './path.ts';
import type { PacketSamples } from './sampled-packets.ts';
import { addressOfVersion, addressText, type Vantage } from './vantage.ts';

/** Pairs of ends whose order is remembered. */
const MOST_ENDS = 4096;

export class OrderVotes {
  private readonly vantages: readonly Vantage[];
  private readonly packets: PacketSamples;
  private votes: Map<string, Float64Array> | null = null;

  constructor(vantages: readonly Vantage[], packets: PacketSamples) {
    this.vantages = vantages;
    this.packets = packets;
  }

  /** Positive when round trips of other flows between the same ends put `from` nearer to the source. */
  order(from: Vantage, to: Vantage, ends: FlowEnds): number {
    this.votes ??= this.count();
    if (this.votes.size === 0) return 0;
    const at = from.index * this.vantages.length + to.index;
    for (const [key, sign] of keysOf(ends)) {
      const votes = this.votes.get(key);
      if (votes !== undefined && votes[at] !== 0) return votes[at] * sign;
    }
    return 0;
  }

  /** Every pair of captures votes with the round trips of each flow that both saw answered. */
  private count(): Map<string, Float64Array> {
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
          const [here, there] = [this.packets.of(this.vantages[a]), this.packets.of(this.vantages[b])];
          const nested = nestedTrips(here, one.flow, there, other.flow);
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
