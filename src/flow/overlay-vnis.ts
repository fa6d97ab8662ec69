/** In which VNI a capture of inner packets was taken: learned from packets that others saw encapsulated. */
import { Word } from './flow-table.ts';
import type { PacketSamples } from './sampled-packets.ts';
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

  private learn(vantage: Vantage): number | null {
    const met = new Set<number>();
    const own = this.packets.of(vantage);
    for (const other of this.vantages) {
      if (other === vantage || other.observations.tunnels.count === 0) continue;
      const { flows } = other.observations;
      for (const point of this.packets.of(other).all) {
        flows.select(point.flow);
        const vni = flows.words[flows.word + Word.Vni];
        if (vni < 0 || met.has(vni)) continue;
        const here = own.find(point);
        if (here === null) continue;
        vantage.observations.flows.select(here.flow);
        if (vantage.observations.flows.words[vantage.observations.flows.word + Word.Vni] < 0) met.add(vni);
        if (met.size > 1) return null;
      }
    }
    const [vni] = met;
    return vni ?? null;
  }
}
