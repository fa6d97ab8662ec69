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
  const steps = stepsFrom(reference, vantages, flows);
  const known = new Set([reference.host ?? reference.label]);
  const pairs: ClockPair[] = [];
  for (const other of vantages) {
    const name = other.host ?? other.label;
    if (known.has(name)) continue;
    const samples = collect(reference, other, steps[other.index], packets);
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

/** By capture and flow: positive when a request passes the capture later than the reference, negative when earlier, 0 when nobody knows. */
function stepsFrom(reference: Vantage, vantages: readonly Vantage[], flows: readonly JoinedFlow[]): Int8Array[] {
  const steps = vantages.map(({ observations }) => new Int8Array(observations.flows.count));
  for (const { sightings, path } of flows) {
    const from = path.indexOf(reference);
    for (const { vantage, flow } of sightings) {
      if (vantage !== reference) steps[vantage.index][flow] = Math.sign(path.indexOf(vantage) - from);
    }
  }
  return steps;
}

function collect(reference: Vantage, other: Vantage, steps: Int8Array, packets: PacketSamples) {
  const here = packets.of(reference);
  const there = packets.of(other);
  const room = Math.min(here.count, MOST_SAMPLES);
  const series = () => ({ time: new Float64Array(room), difference: new Float64Array(room), count: 0 });
  const towards = series();
  const back = series();
  const shift = epochShift(other, reference);
  for (let packet = 0; packet < here.count; packet++) {
    const met = there.meet(here, packet);
    if (met < 0) continue;
    const time = here.time[packet];
    const difference = there.time[met] + shift - time;
    const way = steps[there.flow[met]];
    if (Number.isNaN(difference) || way === 0) continue;
    const target = way > 0 !== here.reply(packet) ? towards : back;
    if (target.count === MOST_SAMPLES) continue;
    target.time[target.count] = time;
    target.difference[target.count++] = difference;
  }
  return towards.count + back.count === 0 ? null : { there: towards, back };
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
