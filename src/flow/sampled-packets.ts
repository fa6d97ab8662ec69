/** The sampled packets of one capture by flow and by identity, and how two captures' clocks differ. */
import { POINT_WORDS, Point, type TrajectoryPoint } from './trajectory.ts';
import { epochShift, type Vantage } from './vantage.ts';

/** Packets compared to tell how far two clocks are apart. */
const MOST_DIFFERENCES = 4096;

/** The sample as columns, in the order the packets were seen; a packet is its number there. */
export class SampledPackets {
  readonly count: number;
  readonly flow: Int32Array;
  readonly sequence: Int32Array;
  readonly frame: Int32Array;
  readonly time: Float64Array;
  /** 1 for a reply. */
  readonly isReply: Uint8Array;
  /** Identity: 32 bits, and of the second hash the upper 21, which depend on every bit that went into it. */
  readonly low: Int32Array;
  private readonly high: Int32Array;
  /** Packets by flow, in the order they were seen: those of flow `f` from `flowStart[f]` to before `flowStart[f + 1]`. */
  readonly byFlow: Int32Array;
  readonly flowStart: Int32Array;
  /** Packets by identity, plus one, of each the first; 0 for an empty slot. */
  private readonly slots: Int32Array;

  constructor(vantage: Vantage) {
    const { trajectory, flows } = vantage.observations;
    const { count } = trajectory;
    this.count = count;
    this.flow = new Int32Array(count);
    this.sequence = new Int32Array(count);
    this.frame = new Int32Array(count);
    this.time = new Float64Array(count);
    this.isReply = new Uint8Array(count);
    this.low = new Int32Array(count);
    this.high = new Int32Array(count);
    this.slots = new Int32Array(2 << (32 - Math.clz32(count))).fill(0);
    const start = new Int32Array(flows.count + 2);
    const { words } = trajectory;
    this.time.set(trajectory.times.subarray(0, count));
    for (let i = 0, at = 0; i < count; i++, at += POINT_WORDS) {
      const flow = words[at + Point.Flow];
      const low = words[at + Point.Low];
      const high = words[at + Point.High] >>> 11;
      this.flow[i] = flow;
      this.sequence[i] = words[at + Point.Sequence];
      this.frame[i] = words[at + Point.Frame];
      this.isReply[i] = words[at + Point.IsReply];
      this.low[i] = low;
      this.high[i] = high;
      start[flow + 2]++;
      const slot = this.slotOf(low, high);
      if (this.slots[slot] === 0) this.slots[slot] = i + 1;
    }
    for (let i = 1; i < start.length; i++) start[i] += start[i - 1];
    this.byFlow = new Int32Array(count);
    for (let i = 0; i < count; i++) this.byFlow[start[this.flow[i] + 1]++] = i;
    this.flowStart = start;
  }

  /** Sampled packets of a flow, requests and replies, in the order they were seen. */
  ofFlow(flow: number): TrajectoryPoint[] {
    return this.points(flow, false);
  }

  /** Those of them that are requests. */
  requestsOf(flow: number): TrajectoryPoint[] {
    return this.points(flow, true);
  }

  /** Frame of the first reply of a flow with this number behind frame `from`, not later than `until`; 0 when none was sampled. */
  replyFrame(flow: number, sequence: number, from: number, until: number): number {
    const { byFlow, flowStart, isReply, frame, time } = this;
    for (let i = flowStart[flow]; i < flowStart[flow + 1]; i++) {
      const packet = byFlow[i];
      if (isReply[packet] !== 1 || this.sequence[packet] !== sequence || frame[packet] <= from) continue;
      return time[packet] > until ? 0 : frame[packet];
    }
    return 0;
  }

  /** The same packet in this capture, the first time it was seen; -1 when it was not. */
  find(low: number, high: number): number {
    return this.slots[this.slotOf(low, high >>> 11)] - 1;
  }

  /** The packet in this capture that is number `packet` in another one; -1 for none. */
  meet(other: SampledPackets, packet: number): number {
    return this.slots[this.slotOf(other.low[packet], other.high[packet])] - 1;
  }

  /** The direction of a packet within its flow. */
  reply(packet: number): boolean {
    return this.isReply[packet] === 1;
  }

  private points(flow: number, onlyRequests: boolean): TrajectoryPoint[] {
    const points: TrajectoryPoint[] = [];
    for (let i = this.flowStart[flow]; i < this.flowStart[flow + 1]; i++) {
      const packet = this.byFlow[i];
      if (!onlyRequests || !this.reply(packet)) points.push(this.at(packet));
    }
    return points;
  }

  private at(packet: number): TrajectoryPoint {
    return {
      low: this.low[packet],
      high: this.high[packet] << 11,
      flow: this.flow[packet],
      reply: this.reply(packet),
      sequence: this.sequence[packet],
      frame: this.frame[packet],
      time: this.time[packet],
    };
  }

  /** The slot that holds this identity, or where it belongs. */
  private slotOf(low: number, high: number): number {
    const mask = this.slots.length - 1;
    // What all sampled packets have in common stands in the lower bits of `low`.
    for (let i = (low ^ (low >>> 15) ^ high) & mask; ; i = (i + 1) & mask) {
      const packet = this.slots[i] - 1;
      if (packet < 0 || (this.low[packet] === low && this.high[packet] === high)) return i;
    }
  }
}

/** The samples of all captures, indexed when they are first asked for. */
export class PacketSamples {
  private readonly samples: (SampledPackets | undefined)[] = [];

  of(vantage: Vantage): SampledPackets {
    let sample = this.samples[vantage.index];
    if (sample === undefined) {
      sample = new SampledPackets(vantage);
      this.samples[vantage.index] = sample;
    }
    return sample;
  }
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
  for (let packet = 0; packet < fromPackets.count && differences.length < MOST_DIFFERENCES; packet++) {
    const other = toPackets.meet(fromPackets, packet);
    if (other < 0) continue;
    const difference = toPackets.time[other] + shift - fromPackets.time[packet];
    if (!Number.isNaN(difference)) differences.push(difference);
  }
  return median(differences);
}

/** The number in the middle, or halfway between the two there: of the negated numbers it is the negated median. */
export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  if (values.length > 2) values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
