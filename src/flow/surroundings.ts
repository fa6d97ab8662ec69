/**
 * What the captures as wholes tell about one flow: how far their clocks are apart, and whether a capture
 * that saw nothing of it was awake and on its way.
 */
import { Absences } from './absences.ts';
import { ClockShifts, WARM_UP } from './clock-shifts.ts';
import type { Exception } from './exceptions.ts';
import { MetAddresses } from './met-addresses.ts';
import type { FlowEnds } from './path.ts';
import type { PacketSamples } from './sampled-packets.ts';
import type { Vantage } from './vantage.ts';

export class Surroundings {
  private readonly clocks: ClockShifts;
  private readonly absences: Absences;
  private readonly addresses = new MetAddresses();

  constructor(vantages: readonly Vantage[], packets: PacketSamples) {
    this.clocks = new ClockShifts(vantages, packets);
    this.absences = new Absences(packets);
  }

  /**
   * Nanoseconds to add to a time of `from`, which counts from its epoch, to have it on the clock of `to`
   * and counted from that one's epoch. Where both share no packets their clocks are taken at their word.
   */
  shift(from: Vantage, to: Vantage): number {
    return this.clocks.shift(from, to);
  }

  /** True when both captures can be put on one time line and cover some common time. */
  overlaps(a: Vantage, b: Vantage): boolean {
    return this.clocks.overlap(a, b);
  }

  /** True when a capture that did not see an exchange was running when others saw it. */
  isAwake(vantage: Vantage, seen: readonly { vantage: Vantage; exception: Exception }[]): boolean {
    const { firstTime } = vantage.observations;
    const { endTime = Number.POSITIVE_INFINITY } = vantage;
    for (const { vantage: witness, exception } of seen) {
      const { before, after } = this.absences.of(vantage, witness);
      if (exception.time < before || exception.time > after) return false;
    }
    if (Number.isNaN(firstTime)) return true;
    for (const { vantage: witness, exception } of seen) {
      const time = exception.time + this.shift(witness, vantage);
      if (!Number.isNaN(time)) return time >= firstTime - WARM_UP && time <= endTime;
    }
    return true;
  }

  /** True when a capture that saw nothing of a flow should have, had the flow come that far. */
  isOnWay(vantage: Vantage, witnesses: readonly Vantage[], ends: FlowEnds): boolean {
    if (vantage.observations.counts.packets === 0) return true;
    if (!witnesses.some((witness) => this.overlaps(witness, vantage))) return false;
    const known = this.addresses.of(vantage);
    if (known.has(ends.source) || known.has(ends.destination)) return true;
    const { outerSource, outerDestination } = ends;
    if (outerSource !== null && outerDestination !== null) {
      if (known.has(outerSource) && known.has(outerDestination)) return true;
    }
    if (vantage.host !== null && witnesses.some((witness) => witness.host === vantage.host)) return true;
    const carriesOthers = vantage.observations.flows.count > 0 || vantage.observations.tunnels.count > 0;
    return !carriesOthers;
  }
}
