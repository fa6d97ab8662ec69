/** How far the clocks of captures are apart, by the packets that they share, and whether they ran at the same time. */
import { clockDifference, type PacketSamples } from './sampled-packets.ts';
import { epochShift, lastMoment, type Vantage } from './vantage.ts';

/** Nanoseconds before its first packet that a capture is taken to have been running. */
export const WARM_UP = 2e9;

export class ClockShifts {
  private readonly vantages: readonly Vantage[];
  private readonly packets: PacketSamples;
  private readonly differences = new Map<string, number | null>();

  constructor(vantages: readonly Vantage[], packets: PacketSamples) {
    this.vantages = vantages;
    this.packets = packets;
  }

  /**
   * Nanoseconds to add to a time of `from`, which counts from its epoch, to have it on the clock of `to`
   * and counted from that one's epoch. Where both share no packets their clocks are taken at their word.
   */
  shift(from: Vantage, to: Vantage): number {
    return from === to ? 0 : epochShift(from, to) + (this.hostDifference(from, to) ?? 0);
  }

  /** True when both captures can be put on one time line and cover some common time. */
  overlap(a: Vantage, b: Vantage): boolean {
    const { firstTime } = b.observations;
    if (Number.isNaN(firstTime) || Number.isNaN(a.observations.firstTime)) return true;
    const shift = this.shift(a, b);
    const start = a.observations.firstTime + shift;
    const end = lastMoment(a) + shift;
    return start <= lastMoment(b) + WARM_UP && end >= firstTime - WARM_UP;
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

  /** Clock of `to` minus clock of `from` in nanoseconds, by packets both saw, delays included; null when they share none. */
  private difference(from: Vantage, to: Vantage): number | null {
    const key = `${from.index} ${to.index}`;
    let difference = this.differences.get(key);
    if (difference === undefined) {
      difference = clockDifference(from, this.packets.of(from), to, this.packets.of(to));
      this.differences.set(key, difference);
    }
    return difference;
  }
}
