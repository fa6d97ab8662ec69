/**
 * What the captures as wholes tell about one flow: how far their clocks are apart, and whether a capture
 * that saw nothing of it was awake and on its way.
 */
import { Absences } from './absences.ts';
import { ClockShifts, WARM_UP } from './clock-shifts.ts';
import type { Exception } from './exceptions.ts';
import { Double } from './flow-table.ts';
import { MetAddresses } from './met-addresses.ts';
import type { FlowEnds } from './path.ts';
import type { PacketSamples } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
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

  /**
   * True when a capture that did not see an exchange was running when others saw it; `sightings` are those of its flow.
   * Nothing tells when a capture was stopped or began, but for its packets: where the flow went on for long behind its
   * last packet, or began long before its first, a capture that saw some of the flow was not running then.
   */
  isAwake(
    vantage: Vantage,
    seen: readonly { vantage: Vantage; exception: Exception }[],
    sightings: readonly Sighting[],
  ): boolean {
    const { firstTime, lastTime } = vantage.observations;
    const { endTime = Number.POSITIVE_INFINITY } = vantage;
    for (const { vantage: witness, exception } of seen) {
      const { before, after } = this.absences.of(vantage, witness);
      if (exception.time < before || exception.time > after) return false;
    }
    if (Number.isNaN(firstTime)) return true;
    for (const { vantage: witness, exception } of seen) {
      const time = exception.time + this.shift(witness, vantage);
      if (Number.isNaN(time)) continue;
      if (time >= firstTime && time <= lastTime) return true;
      if (time < firstTime - WARM_UP || time > endTime) return false;
      return (
        !sightings.some((sighting) => sighting.vantage === vantage) || !this.isLongBeyond(vantage, time, sightings)
      );
    }
    return true;
  }

  /** True when a time before a capture's first packet, or behind its last, is in a part of the flow that reaches far beyond. */
  private isLongBeyond(vantage: Vantage, time: number, sightings: readonly Sighting[]): boolean {
    const { firstTime, lastTime } = vantage.observations;
    return sightings.some((sighting) => {
      const { from, until } = this.requestSpan(sighting, vantage);
      return time < firstTime ? from < firstTime - WARM_UP : until > lastTime + WARM_UP;
    });
  }

  /** True when a flow's requests, as `sighting` has them, began before the first packet of a capture, or went on behind its last. */
  reachesBeyond(vantage: Vantage, sighting: Sighting): boolean {
    const { firstTime, lastTime } = vantage.observations;
    const { from, until } = this.requestSpan(sighting, vantage);
    return from < firstTime || until > lastTime;
  }

  /** When the requests of a flow were seen first and last, on the clock of `vantage` and from its epoch; NaN where there are none. */
  private requestSpan(sighting: Sighting, vantage: Vantage): { from: number; until: number } {
    if (sighting.requests === 0) return { from: Number.NaN, until: Number.NaN };
    const shift = this.shift(sighting.vantage, vantage);
    return { from: sighting.double(Double.FirstTime) + shift, until: sighting.double(Double.LastTime) + shift };
  }

  /**
   * True when a capture that saw nothing of a flow should have, had the flow come that far. That it met the flow's source
   * says nothing: who asks all by broadcast is met everywhere.
   */
  isOnWay(vantage: Vantage, witnesses: readonly Vantage[], ends: FlowEnds): boolean {
    if (vantage.observations.counts.packets === 0) return true;
    if (!witnesses.some((witness) => this.overlaps(witness, vantage))) return false;
    const known = this.addresses.of(vantage);
    if (known.has(ends.destination)) return true;
    const { outerSource, outerDestination } = ends;
    if (outerSource !== null && outerDestination !== null) {
      if (known.has(outerSource) && known.has(outerDestination)) return true;
    }
    if (vantage.host !== null && witnesses.some((witness) => witness.host === vantage.host)) return true;
    const carriesOthers = vantage.observations.flows.count > 0 || vantage.observations.tunnels.count > 0;
    return !carriesOthers;
  }
}
