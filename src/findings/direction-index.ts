/** Which flows took which direction of which tunnel, and at which end of it a capture was taken. */
import { Word } from '../flow/flow-table.ts';
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Sighting } from '../flow/sighting.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Evidence } from './finding.ts';
import { Passages } from './passages.ts';
import { perCase } from './per-case.ts';

/** Where a capture stands for the packets of one tunnel direction: where they are sent, or where they arrive. */
export type Standing = 'sender' | 'receiver';

/** A loss of packets that had come as far as the capture of a tunnel direction. */
export interface LossBehind {
  flow: JoinedFlow;
  loss: JoinedLoss;
}

export class DirectionIndex {
  /** Which directions all flows took; their numbers are places in the case's list of tunnels. */
  readonly passages: Passages;
  private readonly subject: Case;
  private readonly directions: IndexedDirection[] = [];
  /** By capture: the numbers of its directions, by row of its table. */
  private readonly rows: number[][];
  private readonly known = new Map<TunnelDirection, IndexedDirection>();
  /** Everything that goes from one endpoint to the other. */
  private readonly ends = new Map<string, TunnelDirection[]>();
  private readonly vnis = new Map<string, Map<number, TunnelDirection>>();

  constructor(subject: Case) {
    this.subject = subject;
    this.rows = subject.vantages.map(() => []);
    const deliveries = new Map<string, Deliveries>();
    for (const direction of subject.tunnels) {
      const key = directionKey(direction);
      const shared = deliveries.get(key) ?? { count: 0 };
      deliveries.set(key, shared);
      this.addDirection({ direction, deliveries: shared, losses: [], standing: null });
    }
    this.passages = new Passages(subject.flows, this.rows);
    let first = 0;
    for (let i = 0; i < subject.flows.length; i++) {
      this.addFlow(subject.flows[i], first);
      first += subject.flows[i].sightings.length;
    }
  }

  /** The direction that requests of a flow took where they were seen; null for bare packets. */
  ofRequests(sighting: Sighting): TunnelDirection | null {
    return this.requestsAt(sighting)?.direction ?? null;
  }

  /** The same for its replies. */
  ofReplies(sighting: Sighting): TunnelDirection | null {
    return this.repliesAt(sighting)?.direction ?? null;
  }

  /** The direction that lost packets had taken where they were seen last; null when they were bare there. */
  ofLoss(flow: JoinedFlow, loss: JoinedLoss): TunnelDirection | null {
    return this.lossAt(flow, loss)?.direction ?? null;
  }

  /** At which end of the direction its capture was taken; null when nothing tells. */
  standing(direction: TunnelDirection): Standing | null {
    const { vantage, source, destination, packetTypes } = direction;
    if (vantage.host !== null) {
      const isSource = this.subject.owners.owns(vantage.host, source);
      const isDestination = this.subject.owners.owns(vantage.host, destination);
      if (isSource !== isDestination) return isSource ? 'sender' : 'receiver';
    }
    if (packetTypes === 1 << OUTGOING) return 'sender';
    if (packetTypes === 1 << TO_US) return 'receiver';
    return this.known.get(direction)?.standing ?? null;
  }

  /** Losses of packets that the direction's capture saw and no later one. */
  lossesBehind(direction: TunnelDirection): readonly LossBehind[] {
    return this.known.get(direction)?.losses ?? [];
  }

  /** Answered exchanges whose packets took this direction, wherever they were seen: proof that its receiver takes them. */
  deliveries(direction: TunnelDirection): number {
    return this.known.get(direction)?.deliveries.count ?? 0;
  }

  /** VNIs in which packets go from one endpoint to the other, with a direction that shows each. */
  vnisBetween(source: string, destination: string): ReadonlyMap<number, TunnelDirection> {
    return this.vnis.get(endsKey(source, destination)) ?? NO_VNIS;
  }

  /** Everything that goes from one endpoint to the other, as every capture saw it. */
  between(source: string, destination: string): readonly TunnelDirection[] {
    return this.ends.get(endsKey(source, destination)) ?? [];
  }

  /** The same direction as other captures saw it. */
  elsewhere(direction: TunnelDirection): TunnelDirection[] {
    const key = directionKey(direction);
    return this.between(direction.source, direction.destination).filter(
      (other) => other.vantage !== direction.vantage && directionKey(other) === key,
    );
  }

  private requestsAt(sighting: Sighting): IndexedDirection | null {
    return this.at(sighting.vantage, sighting.word(Word.RequestTunnel));
  }

  private repliesAt(sighting: Sighting): IndexedDirection | null {
    return this.at(sighting.vantage, sighting.word(Word.ReplyTunnel));
  }

  private at(vantage: Vantage, row: number): IndexedDirection | null {
    return row < 0 ? null : this.numbered(this.rows[vantage.index][row] ?? -1);
  }

  private numbered(number: number): IndexedDirection | null {
    return number < 0 ? null : this.directions[number];
  }

  private lossAt(flow: JoinedFlow, loss: JoinedLoss): IndexedDirection | null {
    for (const sighting of flow.sightings) {
      if (sighting.vantage !== loss.after) continue;
      const direction = loss.stage === 'reply' ? this.repliesAt(sighting) : this.requestsAt(sighting);
      if (direction !== null) return direction;
    }
    return null;
  }

  private addDirection(indexed: IndexedDirection): void {
    const { direction } = indexed;
    this.known.set(direction, indexed);
    this.rows[direction.vantage.index].push(this.directions.length);
    this.directions.push(indexed);
    const ends = endsKey(direction.source, direction.destination);
    const same = this.ends.get(ends);
    if (same === undefined) this.ends.set(ends, [direction]);
    else same.push(direction);
    const vnis = this.vnis.get(ends) ?? new Map<number, TunnelDirection>();
    this.vnis.set(ends, vnis.has(direction.vni) ? vnis : vnis.set(direction.vni, direction));
  }

  /** `first`: the number of its first sighting. */
  private addFlow(flow: JoinedFlow, first: number): void {
    const { requests, replies } = this.passages;
    const { length } = flow.sightings;
    // Counted once for each direction, at however many captures it was seen.
    const met: Deliveries[] | null = length === 1 ? null : [];
    for (let number = first; number < first + length; number++) {
      const request = this.numbered(requests[number]);
      const reply = this.numbered(replies[number]);
      if (request !== null) this.addPassage(request, flow, false, met);
      if (reply !== null && reply.deliveries !== request?.deliveries) this.addPassage(reply, flow, true, met);
      else if (reply !== null) this.place(reply, flow, true);
    }
    for (const loss of flow.losses) this.lossAt(flow, loss)?.losses.push({ flow, loss });
  }

  private addPassage(indexed: IndexedDirection, flow: JoinedFlow, isReply: boolean, met: Deliveries[] | null): void {
    this.place(indexed, flow, isReply);
    const { deliveries } = indexed;
    if (met?.includes(deliveries)) return;
    met?.push(deliveries);
    deliveries.count += flow.answered;
  }

  private place(indexed: IndexedDirection, flow: JoinedFlow, isReply: boolean): void {
    if (indexed.standing !== null || !flow.pathCertain || flow.path.length < 2) return;
    const { vantage } = indexed.direction;
    const way = isReply ? [...flow.path].reverse() : flow.path;
    const at = way.indexOf(vantage);
    const later = way.slice(at + 1);
    if (later.some(isUnderlay)) indexed.standing = 'sender';
    else if (way.slice(0, at).some(isUnderlay) || later.some((other) => isOneHost(other, vantage))) {
      indexed.standing = 'receiver';
    }
  }
}

/** Answered exchanges whose packets took a direction, counted for all captures that saw it. */
interface Deliveries {
  count: number;
}

/** One capture's view of a direction, and what flows tell of it. */
interface IndexedDirection {
  direction: TunnelDirection;
  deliveries: Deliveries;
  losses: LossBehind[];
  /** As the paths of flows tell it. */
  standing: Standing | null;
}

/** Linux packet types: PACKET_HOST and PACKET_OUTGOING of `linux/if_packet.h`. */
const TO_US = 0;
const OUTGOING = 4;
const NO_VNIS: ReadonlyMap<number, TunnelDirection> = new Map();

/** The index of a case. */
export const directionIndex = perCase((subject) => new DirectionIndex(subject));

/** The first packet of a direction, as evidence. */
export function directionEvidence(direction: TunnelDirection, note: string): Evidence {
  return { capture: direction.vantage.label, frame: direction.firstFrame, note };
}

/** Names a direction the same at every capture. */
export function directionKey({ encapsulation, vni, port, source, destination }: TunnelDirection): string {
  return `${encapsulation} ${vni} ${port} ${source} ${destination}`;
}

function endsKey(source: string, destination: string): string {
  return `${source} ${destination}`;
}

function isOneHost(a: Vantage, b: Vantage): boolean {
  return a.host !== null && a.host === b.host;
}

function isUnderlay(vantage: Vantage): boolean {
  return vantage.kind === 'underlay';
}
