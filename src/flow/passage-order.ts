/** What the captures as wholes say of the order in which packets of one flow pass them. */
import type { FlowGroups } from './flow-groups.ts';
import { Double } from './flow-table.ts';
import { nestedTrips } from './nested-trips.ts';
import { isResolution } from './observations.ts';
import { OrderVotes } from './order-votes.ts';
import type { FlowEnds, OrderEvidence, Waypoint } from './path.ts';
import { median, type PacketSamples } from './sampled-packets.ts';
import type { Surroundings } from './surroundings.ts';
import { epochShift, type Vantage } from './vantage.ts';

export class PassageOrder implements OrderEvidence {
  private readonly packets: PacketSamples;
  private readonly votes: OrderVotes;
  private readonly surroundings: Surroundings;

  constructor(flows: FlowGroups, packets: PacketSamples, surroundings: Surroundings) {
    this.packets = packets;
    this.surroundings = surroundings;
    this.votes = new OrderVotes(flows, packets);
  }

  /** How long requests of a flow took from one capture to another, clocks at their word, in nanoseconds; null when unknown. */
  travelTime(fromPoint: Waypoint, toPoint: Waypoint): number | null {
    const [from] = fromPoint.sightings;
    const [to] = toPoint.sightings;
    if (from === undefined || to === undefined) return null;
    const shift = epochShift(to.vantage, from.vantage);
    if (isResolution(from.protocol)) {
      if (from.requests !== to.requests) return null;
      const difference = to.double(Double.FirstTime) + shift - from.double(Double.FirstTime);
      return Number.isNaN(difference) ? null : difference;
    }
    const there = this.packets.of(to.vantage);
    const here = this.packets.of(from.vantage);
    const differences: number[] = [];
    for (let i = here.flowStart[from.flow]; i < here.flowStart[from.flow + 1]; i++) {
      const packet = here.byFlow[i];
      if (here.isReply[packet] === 1) continue;
      const other = there.meet(here, packet);
      if (other < 0) continue;
      const difference = there.time[other] + shift - here.time[packet];
      if (!Number.isNaN(difference)) differences.push(difference);
    }
    return median(differences);
  }

  /**
   * Positive when the exchanges of a flow that two captures both saw whole took longer at `from`: it is
   * nearer to the asker then, whatever the clocks say. 0 when there is none to compare.
   */
  roundTripOrder(from: Waypoint, to: Waypoint): number {
    for (let i = 0; i < from.sightings.length; i++) {
      for (let j = 0; j < to.sightings.length; j++) {
        const a = from.sightings[i];
        const b = to.sightings[j];
        const order = nestedTrips(this.packets.of(a.vantage), a.flow, this.packets.of(b.vantage), b.flow);
        if (order !== 0) return order;
      }
    }
    return 0;
  }

  reachesBeyond({ vantage }: Waypoint, other: Waypoint): boolean {
    return other.sightings.some((sighting) => this.surroundings.reachesBeyond(vantage, sighting));
  }

  /** Positive when round trips of other flows between the same ends put `from` nearer to the source. */
  pooledOrder(from: Vantage, to: Vantage, ends: FlowEnds): number {
    return this.votes.order(from, to, ends);
  }
}
