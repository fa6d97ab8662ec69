/** One-way delay between two captures, as an interval that holds for every packet both of them sampled. */
import { delayBounds } from '../flow/clock.ts';
import type { PacketSamples } from '../flow/sampled-packets.ts';
import { epochShift, type Vantage } from '../flow/vantage.ts';
import type { ClockPair } from './clocks.ts';

/** Nanoseconds: no packet took less than `atLeast`, none more than `atMost`. */
export interface Delay {
  atLeast: number | null;
  atMost: number;
}

const MOST_SAMPLES = 4096;

/** Null when the two stand on clocks that could not be compared, or share no packet in this direction. */
export function segmentDelay(
  from: Vantage,
  to: Vantage,
  clocks: readonly ClockPair[],
  packets: PacketSamples,
): Delay | null {
  const isOneClock = from.host !== null && from.host === to.host;
  const pair = isOneClock ? null : pairOf(from, to, clocks);
  if (!isOneClock && pair === null) return null;
  const here = packets.of(from);
  const there = packets.of(to);
  const shift = epochShift(to, from);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let taken = 0;
  for (let packet = 0; packet < here.count; packet++) {
    const met = there.meet(here, packet);
    if (met < 0) continue;
    const time = here.time[packet];
    const difference = there.time[met] + shift - time;
    if (Number.isNaN(difference)) continue;
    const bounds = pair === null ? { atLeast: difference, atMost: difference } : bound(pair, from, time, difference);
    if (bounds.atMost === null || bounds.atMost < 0) continue;
    least = Math.min(least, bounds.atLeast ?? 0);
    most = Math.max(most, bounds.atMost);
    if (++taken === MOST_SAMPLES) break;
  }
  return taken === 0 ? null : { atLeast: Math.max(0, least), atMost: most };
}

interface KnownPair extends ClockPair {
  isForward: boolean;
}

function pairOf(from: Vantage, to: Vantage, clocks: readonly ClockPair[]): KnownPair | null {
  const isSame = (a: Vantage, b: Vantage): boolean => a === b || (a.host !== null && a.host === b.host);
  for (const pair of clocks) {
    if (isSame(pair.reference, from) && isSame(pair.other, to)) return { ...pair, isForward: true };
    if (isSame(pair.reference, to) && isSame(pair.other, from)) return { ...pair, isForward: false };
  }
  return null;
}

function bound(
  pair: KnownPair,
  from: Vantage,
  time: number,
  difference: number,
): { atLeast: number | null; atMost: number | null } {
  if (pair.isForward) {
    return delayBounds(pair.estimate, time + epochShift(from, pair.reference), difference, 'a-to-b');
  }
  return delayBounds(pair.estimate, time + difference + epochShift(from, pair.reference), -difference, 'b-to-a');
}
