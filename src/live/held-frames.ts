/**
 * Frames that wait until the other sources have come as far. Sources bring the same packet at different times;
 * taken in as they come, a packet that one source has brought and another not yet would look lost.
 */
import type { FrameBatch } from '../capture/frames.ts';

/** Bytes that may wait; beyond, the oldest are let go before their time. */
const MOST_BYTES = 64 << 20;

/** A copy of a part of a batch. */
interface HeldBatch {
  readonly batch: FrameBatch;
  /** The first frame that still waits. */
  next: number;
  readonly size: number;
}

export class HeldFrames {
  readonly #queue: HeldBatch[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Keeps copies of the frames of a batch from number `from` on. */
  hold(batch: FrameBatch, from: number, count: number): void {
    if (from >= count) return;
    const start = batch.offset[from];
    const end = batch.offset[count - 1] + batch.captured[count - 1];
    const copy = heldCopy(batch, from, count, start, end);
    const size = end - start + (count - from) * 32;
    this.#queue.push({ batch: copy, next: 0, size });
    this.#bytes += size;
  }

  /**
   * Lets go what is due: `take` is called with batches and the range of frames that are not later than `until`,
   * in nanoseconds since the capture's epoch. Frames without a time go with those before them.
   */
  release(until: number, take: (batch: FrameBatch, from: number, to: number) => void): void {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const { batch, next } = head;
      const limit = this.#bytes > MOST_BYTES ? Number.POSITIVE_INFINITY : until;
      const to = dueFrames(batch, next, batch.count, limit);
      if (to > next) take(batch, next, to);
      head.next = to;
      if (to < batch.count) return;
      this.#queue.shift();
      this.#bytes -= head.size;
    }
  }
}

/** The number of the first frame from `from` on that is later than `until`; `count` when none is. */
export function dueFrames({ time }: FrameBatch, from: number, count: number, until: number): number {
  for (let i = from; i < count; i++) if (time[i] > until) return i;
  return count;
}

/** The number of the first frame that is not earlier than `since`; `count` when all are. */
export function firstSince({ time }: FrameBatch, count: number, since: number): number {
  for (let i = 0; i < count; i++) if (!(time[i] < since)) return i;
  return count;
}

function heldCopy(batch: FrameBatch, from: number, count: number, start: number, end: number): FrameBatch {
  const frames = count - from;
  const bytes = batch.bytes.slice(start, end);
  const { captured, original, time, interfaceIndex } = batch;
  return {
    bytes,
    view: new DataView(bytes.buffer),
    count: frames,
    offset: batch.offset.slice(from, count).map((at) => at - start),
    captured: captured.slice(from, count),
    original: original.slice(from, count),
    time: time.slice(from, count),
    interfaceIndex: interfaceIndex.slice(from, count),
    fileOffset: batch.fileOffset + start,
  };
}
