/** The memory that a capture passes through: the same again and again, or several pieces in turn. */
import { FrameBatch } from './frames.ts';

/** Where a reader puts bytes and batches. */
export interface CaptureMemory {
  /**
   * At least `length` bytes for what is read next. What the batches so far point at stays as it is as long as
   * whoever takes them needs it; that is for the memory to see to.
   */
  bytes(length: number): Uint8Array;
  /** The batch to fill next. */
  batch(): FrameBatch;
}

/** One piece of memory, for batches that are done with before the next one is asked for. */
export class ReusedMemory implements CaptureMemory {
  #bytes = new Uint8Array(0);
  readonly #batch = new FrameBatch();

  bytes(length: number): Uint8Array {
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(length);
    return this.#bytes;
  }

  batch(): FrameBatch {
    return this.#batch;
  }
}

/**
 * Several pieces of memory, used in turn and seen by several threads: the batches, and as many slabs for their
 * bytes. Its user asks for the next batch only when one of them is done with.
 */
export class SharedRing implements CaptureMemory {
  readonly #batches: readonly FrameBatch[];
  readonly #slabs: Uint8Array[];
  #batch = -1;
  #slab = -1;
  /** True when a batch may point at the slab in hand. */
  #isInUse = true;

  constructor(batches: readonly FrameBatch[]) {
    this.#batches = batches;
    this.#slabs = batches.map(() => new Uint8Array(0));
  }

  /** Numbers of the batch and of the slab that were asked for last. */
  get place(): { batch: number; slab: number } {
    return { batch: this.#batch, slab: this.#slab };
  }

  bytes(length: number): Uint8Array {
    if (this.#isInUse) this.#slab = (this.#slab + 1) % this.#slabs.length;
    this.#isInUse = false;
    if (length > this.#slabs[this.#slab].length) {
      this.#slabs[this.#slab] = new Uint8Array(new SharedArrayBuffer(length));
    }
    return this.#slabs[this.#slab];
  }

  batch(): FrameBatch {
    this.#batch = (this.#batch + 1) % this.#batches.length;
    this.#isInUse = true;
    return this.#batches[this.#batch];
  }
}
