/** How the clocks of the hosts differ, from every packet that two of them captured. */
import { type ClockSegments, estimateClock } from '../flow/clock.ts';
import type { ClockEstimate } from '../flow/clock-estimate.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { PacketSamples } from '../flow/sampled-packets.ts';
import { epochShift, type Vantage } from '../flow/vantage.ts';
import { isoTime } from './iso-time.ts';
import type { Clock } from './model.ts';

/** A pair of captures with clocks of their own. */
export interface ClockPair {
  reference: Vantage;
  other: Vantage;
  estimate: ClockSegments;
  clock: Clock;
}

/** Samples per pair of captures. */
const MOST_SAMPLES = 1 << 16;

/**
 * Every capture against the first one, unless they stand on one clock: a host's captures share theirs.
 * `resolutions` are the captures' timestamp units in nanoseconds.
 */
export function hostClocks(
  vantages: readonly Vantage[],
  flows: readonly JoinedFlow[],
  packets: PacketSamples,
  resolutions: readonly number[],
): ClockPair[] {
  const [reference] = vantages;
  if (reference === undefined || vantages.length < 2) return [];
  const order = new Map<string, number>();
  for (const flow of flows) {
    for (const sighting of flow.sightings) {
      order.set(
        `${sighting.vantage.index} ${sighting.flow}`,
        flow.path.indexOf(sighting.vantage) - flow.path.indexOf(reference),
      );
    }
  }
  const known = new Set([reference.host ?? reference.label]);
  const pairs: ClockPair[] = [];
  for (const other of vantages) {
    const name = other.host ?? other.label;
    if (known.has(name)) continue;
    const samples = collect(reference, other, order, packets);
    if (samples === null) continue;
    known.add(name);
    const estimate = estimateClock(
      samples.there,
      samples.back,
      Math.max(resolutions[reference.index], resolutions[other.index]),
    );
    const clock = describe(name, reference, estimate, samples.there.count + samples.back.count);
    if (clock !== null) pairs.push({ reference, other, estimate, clock });
  }
  return pairs;
}

function collect(reference: Vantage, other: Vantage, order: ReadonlyMap<string, number>, packets: PacketSamples) {
  const series = () => ({ time: new Float64Array(MOST_SAMPLES), difference: new Float64Array(MOST_SAMPLES), count: 0 });
  const there = series();
  const back = series();
  const shift = epochShift(other, reference);
  const samples = packets.of(other);
  for (const point of packets.of(reference).all) {
    const met = samples.find(point);
    if (met === null) continue;
    const difference = met.time + shift - point.time;
    const steps = order.get(`${other.index} ${met.flow}`) ?? 0;
    if (Number.isNaN(difference) || steps === 0) continue;
    const target = steps > 0 !== point.reply ? there : back;
    if (target.count === MOST_SAMPLES) continue;
    target.time[target.count] = point.time;
    target.difference[target.count++] = difference;
  }
  return there.count + back.count === 0 ? null : { there, back };
}

function describe(host: string, reference: Vantage, estimate: ClockSegments, samples: number): Clock | null {
  const name = reference.host ?? reference.label;
  const { epochSeconds } = reference.observations;
  const longest = estimate.segments
    .map((segment) => segment.estimate)
    .reduce((a, b) => (sampled(b) > sampled(a) ? b : a));
  // A step next to a single packet may as well be a packet wrongly matched.
  const steps = estimate.steps
    .filter(({ doubtful }) => !doubtful)
    .map(({ time, size }) => ({ time: isoTime(epochSeconds, time), seconds: size === null ? null : size / 1e9 }));
  const common = { host, reference: name, samples, ...(steps.length > 0 ? { steps } : {}) };
  if (longest.kind === 'none') return null;
  if (longest.kind === 'one-sided') {
    const seconds = (nanoseconds: number | null) => (nanoseconds === null ? null : nanoseconds / 1e9);
    return { ...common, bound: { atLeastSeconds: seconds(longest.atLeast), atMostSeconds: seconds(longest.atMost) } };
  }
  return {
    ...common,
    offsetSeconds: longest.offset / 1e9,
    uncertaintySeconds: longest.uncertainty / 1e9,
    skewPartsPerMillion: longest.skew * 1e6,
  };
}

function sampled(estimate: ClockEstimate): number {
  return estimate.kind === 'none' ? 0 : estimate.samples;
}
