/** Generated traffic in a batch of the kernel's, as a reader would deliver it. */
import { Traffic, type TrafficKind } from '../../bench/traffic.ts';
import { BATCH_FRAMES } from '../../src/capture/frames.ts';
import type { Kernel } from '../../src/flow/kernel.ts';
import { GlancedBatch } from '../../src/glanced-batch.ts';

export const ETHERNET = [{ linkType: 1 }];
const LONGEST_FRAME = 1536;

/** What is made of a generated frame before it is delivered. */
export type Dressing = (frame: Uint8Array) => Uint8Array;

export class TrafficBatch extends GlancedBatch {
  private used = 0;
  private epoch = -1;
  private readonly traffic: Traffic;
  private readonly kind: TrafficKind;
  private readonly kernel: Kernel;
  private readonly dress: Dressing;

  constructor(kernel: Kernel, kind: TrafficKind, flows: number, dress: Dressing = (frame) => frame) {
    super(kernel.memory);
    this.kernel = kernel;
    this.kind = kind;
    this.dress = dress;
    this.bytes = kernel.memory.bytes(BATCH_FRAMES * LONGEST_FRAME);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    this.traffic = new Traffic((microseconds, bytes, length) => this.add(microseconds, bytes, length), flows);
  }

  /** Replaces the frames by the next ones, and glances at them. */
  next(): void {
    this.count = 0;
    this.used = 0;
    this.traffic[this.kind](BATCH_FRAMES);
    this.kernel.glance(this, ETHERNET);
  }

  private add(microseconds: number, bytes: Uint8Array, length: number): void {
    if (this.epoch < 0) this.epoch = microseconds;
    const i = this.count++;
    const frame = this.dress(bytes.subarray(0, length));
    this.bytes.set(frame, this.used);
    this.offset[i] = this.used;
    this.captured[i] = frame.length;
    this.original[i] = frame.length;
    this.time[i] = (microseconds - this.epoch) * 1000;
    this.used += frame.length;
  }
}
