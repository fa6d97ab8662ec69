/** Packets between two hosts whose clocks are known, as both would have captured them. */
import type { ClockSamples } from '../../src/flow/clock.ts';

/** A packet: when A's clock shows it, in nanoseconds, and how long it is on its way. */
export interface Packet {
  time: number;
  delay: number;
}

/** Clock B − clock A at a time on A's clock. */
export type Truth = (time: number) => number;

export function line(offset: number, skew: number, from = 0): Truth {
  return (time) => offset + skew * (time - from);
}

/** What both captures give for these packets, timestamps cut to whole units. */
export function captured(
  packets: readonly Packet[],
  direction: 'a-to-b' | 'b-to-a',
  truth: Truth,
  unit = 1,
): ClockSamples {
  const time = new Float64Array(packets.length);
  const difference = new Float64Array(packets.length);
  packets.forEach((packet, i) => {
    const delay = direction === 'a-to-b' ? packet.delay : -packet.delay;
    const atA = Math.floor(packet.time / unit) * unit;
    const atB = Math.floor((packet.time + truth(packet.time) + delay) / unit) * unit;
    time[i] = atA;
    difference[i] = atB - atA;
  });
  return { time, difference, count: packets.length };
}

/** Samples stated outright: [time, difference] pairs. */
export function samples(...pairs: [number, number][]): ClockSamples {
  return {
    time: Float64Array.from(pairs, (pair) => pair[0]),
    difference: Float64Array.from(pairs, (pair) => pair[1]),
    count: pairs.length,
  };
}

export const NO_SAMPLES: ClockSamples = samples();
