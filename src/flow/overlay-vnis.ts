/** In which VNI a capture of inner packets was taken: learned from packets that others saw encapsulated. */
import type { PacketSamples } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
import type { Vantage } from './vantage.ts';

export class OverlayVnis {
  private readonly vnis = new Map<Vantage, number | null>();
  private readonly vantages: readonly Vantage[];
  private readonly packets: PacketSamples;

  constructor(vantages: readonly Vantage[], packets: PacketSamples) {
    this.vantages = vantages;
    this.packets = packets;
  }

  /** The one VNI in which other captures saw this capture's bare packets; null when there is none or more than one. */
  of(vantage: Vantage): number | null {
    let vni = this.vnis.get(vantage);
    if (vni === undefined) {
      vni = this.learn(vantage);
      this.vnis.set(vantage, vni);
    }
    return vni;
  }

  /**
   * True when the capture stands in another overlay than the flow: its VNI is another, and the flow's
   * VNI has a capture of its own at that end. Without one, the ends may as well disagree on the VNI.
   */
  isOfAnother(vantage: Vantage, sightings: readonly Sighting[]): boolean {
    const own = this.of(vantage);
    const vni = sightings.find((sighting) => sighting.vni >= 0)?.vni;
    if (own === null || vni === undefined || own === vni) return false;
    const peers = this.vantages.filter((other) => other !== vantage && this.of(other) === vni);
    return peers.length > 1 || peers.some(({ host }) => host !== null && host === vantage.host);
  }

  private learn(vantage: Vantage): number | null {
    const met = new Set<number>();
    const own = this.packets.of(vantage);
    for (const other of this.vantages) {
      if (other === vantage || other.observations.tunnels.count === 0) continue;
      const there = this.packets.of(other);
      for (let packet = 0; packet < there.count; packet++) {
        const vni = vniOf(other, there.flow[packet]);
        if (vni < 0 || met.has(vni)) continue;
        const here = own.meet(there, packet);
        if (here >= 0 && vniOf(vantage, own.flow[here]) < 0) met.add(vni);
        if (met.size > 1) return null;
      }
    }
    const [vni] = met;
    return vni ?? null;
  }
}

function vniOf({ observations: { flows } }: Vantage, flow: number): number {
  flows.select(flow);
  return flows.vni;
}
