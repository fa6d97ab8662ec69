/** The sampled packets of one capture by flow and by identity, and how two captures' clocks differ. */
import type { TrajectoryPoint } from './trajectory.ts';
import { epochShift, type Vantage } from './vantage.ts';

export class SampledPackets {
  private readonly points: TrajectoryPoint[];
  private readonly flowStart: Int32Array;
  private readonly order: Int32Array;
  private readonly byIdentity = new Map<number, number>();

  constructor(vantage: Vantage) {
    const { trajectory, flows } = vantage.observations;
    this.points = [...trajectory];
    const start = new Int32Array(flows.count + 2);
    for (const point of this.points) start[point.flow + 2]++;
    for (let i = 1; i < start.length; i++) start[i] += start[i - 1];
    this.order = new Int32Array(this.points.length);
    this.points.forEach((point, index) => {
      this.order[start[point.flow + 1]++] = index;
      if (!this.byIdentity.has(identity(point))) this.byIdentity.set(identity(point), index);
    });
    this.flowStart = start;
  }

  /** Sampled packets of a flow, requests and replies, in the order they were seen. */
  *ofFlow(flow: number): Generator<TrajectoryPoint> {
    for (let i = this.flowStart[flow]; i < this.flowStart[flow + 1]; i++) yield this.points[this.order[i]];
  }

  /** The same packet in this capture, the first time it was seen. */
  find(point: TrajectoryPoint): TrajectoryPoint | null {
    const index = this.byIdentity.get(identity(point));
    return index === undefined ? null : this.points[index];
  }

  get all(): readonly TrajectoryPoint[] {
    return this.points;
  }
}

/** The samples of all captures, indexed when they are first asked for. */
export class PacketSamples {
  private readonly samples = new Map<Vantage, SampledPackets>();

  of(vantage: Vantage): SampledPackets {
    let sample = this.samples.get(vantage);
    if (sample === undefined) {
      sample = new SampledPackets(vantage);
      this.samples.set(vantage, sample);
    }
    return sample;
  }
}

/** 53 bits; of the second hash the upper ones, which depend on every bit that went into it. */
function identity(point: TrajectoryPoint): number {
  return (point.low >>> 0) * 2 ** 21 + (point.high >>> 11);
}

/** Median of the time differences (`to` minus `from`, clocks at their word) of the packets both sampled; null for none. */
export function clockDifference(
  from: Vantage,
  fromPackets: SampledPackets,
  to: Vantage,
  toPackets: SampledPackets,
): number | null {
  const differences: number[] = [];
  const shift = epochShift(to, from);
  for (const point of fromPackets.all) {
    const other = toPackets.find(point);
    if (other === null) continue;
    const difference = other.time + shift - point.time;
    if (!Number.isNaN(difference)) differences.push(difference);
    if (differences.length >= 4096) break;
  }
  return median(differences);
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
