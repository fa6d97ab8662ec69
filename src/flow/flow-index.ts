/**
 * Which flow a hash means: open addressing with linear probing. A slot holds the number of the flow plus one in
 * its low bits and bits of the hash in the others; 0 when it is empty.
 *
 * Two threads may use it, one that adds flows and one that only asks which flow is the likely one. That one may
 * read while slots are being moved and get a wrong answer, so whoever takes its word compares the key.
 */

/** Words in front of the slots, of which the first is the mask; a line of a cache, so that slots begin with one. */
const HEAD_WORDS = 16;
const INITIAL = 256;

export class FlowIndex {
  readonly limit: number;
  readonly memory: SharedArrayBuffer;
  private readonly head: Int32Array;
  private readonly slots: Int32Array;
  /** The bits of a slot that hold a number. */
  private readonly numberBits: number;

  /** For numbers below `limit`; in `memory` that another index with this limit was made in, to share it. */
  constructor(limit: number, memory: SharedArrayBuffer | null = null) {
    this.limit = limit;
    this.numberBits = -1 >>> Math.clz32(limit);
    const slots = Math.max(INITIAL, (this.numberBits + 1) * 2);
    this.memory = memory ?? new SharedArrayBuffer((HEAD_WORDS + slots) * 4);
    this.head = new Int32Array(this.memory, 0, HEAD_WORDS);
    this.slots = new Int32Array(this.memory, HEAD_WORDS * 4);
    if (memory === null) this.head[0] = INITIAL - 1;
  }

  /** Number of the flow that a key with this hash most likely belongs to; 0 when there is none like it. */
  likely(hash: number): number {
    const { head, slots, numberBits } = this;
    const mask = head[0];
    let slot = slots[hash & mask];
    if (((slot ^ hash) & ~numberBits) !== 0) slot = slots[(hash + 1) & mask];
    const number = (slot & numberBits) - 1;
    return number & ~(number >> 31);
  }

  /** First slot where a flow with this hash may stand. */
  first(hash: number): number {
    return hash & this.head[0];
  }

  next(slot: number): number {
    return (slot + 1) & this.head[0];
  }

  isEmpty(slot: number): boolean {
    return this.slots[slot] === 0;
  }

  /** Number of the flow in a slot if its hash may be this one, else -1. */
  numberAt(slot: number, hash: number): number {
    const { numberBits } = this;
    const here = this.slots[slot];
    return ((here ^ hash) & ~numberBits) === 0 ? (here & numberBits) - 1 : -1;
  }

  /** Puts the next flow's number into an empty slot; true when there are too many now for the slots in use. */
  set(slot: number, hash: number, number: number): boolean {
    this.slots[slot] = (hash & ~this.numberBits) | (number + 1);
    return (number + 1) * 2 > this.head[0];
  }

  /** Takes twice as many slots into use, all empty; whoever grows it sets all flows again. */
  grow(): void {
    const mask = this.head[0] * 2 + 1;
    this.slots.fill(0, 0, mask + 1);
    this.head[0] = mask;
  }
}
