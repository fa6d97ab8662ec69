/** The memory that a capture passes through: the same again and again, or several pieces in turn. */
import { FrameBatch } from './frames.ts';

/** Where a reader puts bytes and batches. */
export interface CaptureMemory<Batch extends FrameBatch = FrameBatch> {
  /**
   * At least `length` bytes for what is read next. What the batches so far point at stays as it is as long as
   * whoever takes them needs it; that is for the memory to see to.
   */
  bytes(length: number): Uint8Array;
  /** The batch to fill next. */
  batch(): Batch;
}

/**
 * Pieces of memory, used in turn: the batches, and as many slabs for their bytes. Its user asks for the next
 * batch only when one of them is done with.
 */
export class MemoryRing<Batch extends FrameBatch> implements CaptureMemory<Batch> {
  readonly #batches: readonly Batch[];
  readonly #allocate: (length: number) => Uint8Array;
  readonly #slabs: Uint8Array[];
  #batch = -1;
  #slab = -1;
  /** True when a batch may point at the slab in hand. */
  #isInUse = true;

  /** What `allocate` gives is never given back. */
  constructor(batches: readonly Batch[], allocate: (length: number) => Uint8Array) {
    this.#batches = batches;
    this.#allocate = allocate;
    this.#slabs = batches.map(() => new Uint8Array(0));
  }

  bytes(length: number): Uint8Array {
    if (this.#isInUse) this.#slab = (this.#slab + 1) % this.#slabs.length;
    this.#isInUse = false;
    if (length > this.#slabs[this.#slab].length) {
      // A power of two, so that all that was allocated is no more than four times the longest.
      const room = this.#slabs[this.#slab].length === 0 ? length : 2 ** Math.ceil(Math.log2(length));
      this.#slabs[this.#slab] = this.#allocate(room);
    }
    return this.#slabs[this.#slab];
  }

  batch(): Batch {
    this.#batch = (this.#batch + 1) % this.#batches.length;
    this.#isInUse = true;
    return this.#batches[this.#batch];
  }
}

/** One piece of memory, for batches that are done with before the next one is asked for. */
export function reusedMemory(): CaptureMemory {
  return new MemoryRing([new FrameBatch()], (length) => new Uint8Array(length));
}
