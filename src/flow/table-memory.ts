/** Where tables lie: in memory of their own, or together in the memory that the kernel works on. */
import { VxtraceError } from '../errors.ts';
import { MAXIMUM_PAGES, PAGE_BYTES, RESERVED_BYTES, STATE_AT, State } from './state.ts';

/** Some bytes of a buffer, from `byteOffset` on, all of them 0. */
export interface Region {
  buffer: ArrayBufferLike;
  byteOffset: number;
}

/**
 * Slots of an index of records at first: enough for a large capture, in which it would grow while the code for that is
 * still slow. What is not used takes address space only.
 */
export const INITIAL_SLOTS = 1 << 16;

/** Regions begin where a line of the cache does. */
const LINE_BYTES = 64;

/** A `WebAssembly.Memory`, as far as tables have to do with it: not every user of the library compiles with its declaration. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds so many pages; what was made of the buffer before stays valid. */
  grow(pages: number): number;
}

/**
 * Memory for a kernel, which threads can share; null when there is no address space for it. The operating system gives
 * what is touched, when it is touched.
 */
export function kernelMemory(): SharedMemory | null {
  try {
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true });
    new Int32Array(wasm.buffer, STATE_AT)[State.Used] = RESERVED_BYTES;
    return wasm;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

export class TableMemory {
  /** The kernel's memory; null for an array buffer for each region. */
  readonly wasm: SharedMemory | null;
  /** Regions given out: no table has moved as long as there are no more. */
  regions = 0;

  constructor(wasm: SharedMemory | null = null) {
    this.wasm = wasm;
  }

  /**
   * So many bytes, which are never given back one by one.
   *
   * @throws VxtraceError `out-of-memory`
   */
  region(bytes: number): Region {
    this.regions++;
    try {
      return this.wasm === null
        ? { buffer: new ArrayBuffer(bytes), byteOffset: 0 }
        : this.sharedRegion(this.wasm, bytes);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const advice = 'give fewer captures at once, or allow the process more (ulimit -v)';
      throw new VxtraceError('out-of-memory', `no address space left for tables: ${advice}`, { cause });
    }
  }

  private sharedRegion(wasm: SharedMemory, bytes: number): Region {
    const length = Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
    const byteOffset = Atomics.add(new Int32Array(wasm.buffer, STATE_AT, 1), State.Used, length);
    const missing = byteOffset + length - wasm.buffer.byteLength;
    if (missing > 0) wasm.grow(Math.ceil(missing / PAGE_BYTES));
    return { buffer: wasm.buffer, byteOffset };
  }

  bytes(length: number): Uint8Array {
    const { buffer, byteOffset } = this.region(length);
    return new Uint8Array(buffer, byteOffset, length);
  }

  words(length: number): Int32Array {
    const { buffer, byteOffset } = this.region(length * 4);
    return new Int32Array(buffer, byteOffset, length);
  }

  /**
   * Words that are looked at in no order before they are written, as an index is. They are written at once: Linux gives a
   * page of zeros for one that is read first, takes it back when it is written, and has every processor told; which takes
   * several times as long as giving the page.
   */
  index(length: number): Int32Array {
    return this.words(length).fill(0);
  }

  doubles(length: number): Float64Array {
    const { buffer, byteOffset } = this.region(length * 8);
    return new Float64Array(buffer, byteOffset, length);
  }
}
