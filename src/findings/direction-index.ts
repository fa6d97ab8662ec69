/** Which flows took which direction of which tunnel, and at which end of it a capture was taken. */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import { linkView } from '../flow/link.ts';
import type { Sighting } from '../flow/sighting.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Evidence } from './finding.ts';

/** Where a capture stands for the packets of one tunnel direction: where they are sent, or where they arrive. */
export type Standing = 'sender' | 'receiver';

/** A loss of packets that had come as far as the capture of a tunnel direction. */
export interface LossBehind {
  flow: JoinedFlow;
  loss: JoinedLoss;
}

export class DirectionIndex {
  private readonly subject: Case;
  private readonly byVantage = new Map<Vantage, TunnelDirection[]>();
  private readonly byPath = new Map<TunnelDirection, Standing>();
  private readonly losses = new Map<TunnelDirection, LossBehind[]>();
  private readonly delivered = new Map<string, number>();
  private readonly ends = new Map<string, TunnelDirection[]>();
  private readonly vnis = new Map<string, Map<number, TunnelDirection>>();

  constructor(subject: Case) {
    this.subject = subject;
    for (const direction of subject.tunnels) {
      const list = this.byVantage.get(direction.vantage);
      if (list === undefined) this.byVantage.set(direction.vantage, [direction]);
      else list.push(direction);
      const ends = endsKey(direction.source, direction.destination);
      const same = this.ends.get(ends);
      if (same === undefined) this.ends.set(ends, [direction]);
      else same.push(direction);
      const vnis = this.vnis.get(ends) ?? new Map<number, TunnelDirection>();
      this.vnis.set(ends, vnis.has(direction.vni) ? vnis : vnis.set(direction.vni, direction));
    }
    for (const flow of subject.flows) this.addFlow(flow);
  }

  /** The direction that requests of a flow took where they were seen; null for bare packets. */
  ofRequests(sighting: Sighting): TunnelDirection | null {
    return this.at(sighting.vantage, linkView(sighting).requestTunnel);
  }

  /** The same for its replies. */
  ofReplies(sighting: Sighting): TunnelDirection | null {
    return this.at(sighting.vantage, linkView(sighting).replyTunnel);
  }

  /** The direction that lost packets had taken where they were seen last; null when they were bare there. */
  ofLoss(flow: JoinedFlow, loss: JoinedLoss): TunnelDirection | null {
    for (const sighting of flow.sightings) {
      if (sighting.vantage !== loss.after) continue;
      const direction = loss.stage === 'reply' ? this.ofReplies(sighting) : this.ofRequests(sighting);
      if (direction !== null) return direction;
    }
    return null;
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
    return this.byPath.get(direction) ?? null;
  }

  /** Losses of packets that the direction's capture saw and no later one. */
  lossesBehind(direction: TunnelDirection): readonly LossBehind[] {
    return this.losses.get(direction) ?? [];
  }

  /** Answered exchanges whose packets took this direction, wherever they were seen: proof that its receiver takes them. */
  deliveries(direction: TunnelDirection): number {
    return this.delivered.get(directionKey(direction)) ?? 0;
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

  private at(vantage: Vantage, tunnel: number): TunnelDirection | null {
    return tunnel < 0 ? null : (this.byVantage.get(vantage)?.[tunnel] ?? null);
  }

  private addFlow(flow: JoinedFlow): void {
    const seen = new Set<string>();
    for (const sighting of flow.sightings) {
      const { requestTunnel, replyTunnel } = linkView(sighting);
      for (const [tunnel, isReply] of [
        [requestTunnel, false],
        [replyTunnel, true],
      ] as const) {
        const direction = this.at(sighting.vantage, tunnel);
        if (direction === null) continue;
        this.place(direction, flow, isReply);
        seen.add(directionKey(direction));
      }
    }
    if (flow.answered > 0) {
      for (const key of seen) this.delivered.set(key, (this.delivered.get(key) ?? 0) + flow.answered);
    }
    for (const loss of flow.losses) {
      const direction = this.ofLoss(flow, loss);
      if (direction === null) continue;
      const list = this.losses.get(direction);
      if (list === undefined) this.losses.set(direction, [{ flow, loss }]);
      else list.push({ flow, loss });
    }
  }

  private place(direction: TunnelDirection, flow: JoinedFlow, isReply: boolean): void {
    if (!flow.pathCertain || this.byPath.has(direction)) return;
    const way = isReply ? [...flow.path].reverse() : flow.path;
    const at = way.indexOf(direction.vantage);
    const later = way.slice(at + 1);
    if (later.some(isUnderlay)) this.byPath.set(direction, 'sender');
    else if (way.slice(0, at).some(isUnderlay) || later.some((other) => isOneHost(other, direction.vantage))) {
      this.byPath.set(direction, 'receiver');
    }
  }
}

/** Linux packet types: PACKET_HOST and PACKET_OUTGOING of `linux/if_packet.h`. */
const TO_US = 0;
const OUTGOING = 4;
const NO_VNIS: ReadonlyMap<number, TunnelDirection> = new Map();
const indexes = new WeakMap<Case, DirectionIndex>();

/** The index of a case, made when first asked for. */
export function directionIndex(subject: Case): DirectionIndex {
  let index = indexes.get(subject);
  if (index === undefined) {
    index = new DirectionIndex(subject);
    indexes.set(subject, index);
  }
  return index;
}

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
