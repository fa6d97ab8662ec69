/** Generated traffic in a batch, as a reader would deliver it. */
import { Traffic, type TrafficKind } from '../../bench/traffic.ts';
import { BATCH_FRAMES, FrameBatch } from '../../src/capture/frames.ts';

export const ETHERNET = [{ linkType: 1 }];
const LONGEST_FRAME = 1536;

export class TrafficBatch extends FrameBatch {
  private used = 0;
  private epoch = -1;
  private readonly traffic: Traffic;
  private readonly kind: TrafficKind;

  constructor(kind: TrafficKind, flows: number) {
    super();
    this.kind = kind;
    this.bytes = new Uint8Array(BATCH_FRAMES * LONGEST_FRAME);
    this.view = new DataView(this.bytes.buffer);
    this.traffic = new Traffic((microseconds, bytes, length) => this.add(microseconds, bytes, length), flows);
  }

  /** Replaces the frames by the next ones. */
  next(): void {
    this.count = 0;
    this.used = 0;
    this.traffic[this.kind](BATCH_FRAMES);
  }

  private add(microseconds: number, bytes: Uint8Array, length: number): void {
    if (this.epoch < 0) this.epoch = microseconds;
    const i = this.count++;
    this.bytes.set(bytes.subarray(0, length), this.used);
    this.offset[i] = this.used;
    this.captured[i] = length;
    this.original[i] = length;
    this.time[i] = (microseconds - this.epoch) * 1000;
    this.used += length;
  }
}
