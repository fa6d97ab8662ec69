/**
 * The bytes of a capture that are in hand. They are read behind what is left of the record that did not fit
 * before, which is moved to just in front of them.
 */
import { type CaptureMemory, reusedMemory } from './memory.ts';

/** Bytes asked for at a time: the bytes and tables of a few slabs are to stay in a cache that others use, too. */
const READ_BYTES = 512 * 1024;
/**
 * Room in front of the read position for a part of a record. With the 16 bytes that the allocator puts in
 * front of a large buffer, reads start on a page boundary, which the kernel copies to faster.
 */
const LEAD_BYTES = 64 * 1024 - 16;
/** With less room than this, what is left is moved rather than read behind. */
const LEAST_ROOM_BYTES = 4096;

export class Slab {
  bytes: Uint8Array;
  view: DataView;
  /** First byte not consumed. */
  start = LEAD_BYTES;
  /** End of the bytes read. */
  end = LEAD_BYTES;
  /** Offset in the capture of the byte at `end`. */
  position = 0;

  readonly #memory: CaptureMemory;

  constructor(memory: CaptureMemory = reusedMemory()) {
    this.#memory = memory;
    this.bytes = memory.bytes(LEAD_BYTES + READ_BYTES);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Offset in the capture of the byte at index `at`. */
  offsetOf(at: number): number {
    return this.position - (this.end - at);
  }

  /** Makes room behind `end`, for a record of `needed` bytes from `start` on in the end. Returns how many bytes to read. */
  makeRoom(needed: number): number {
    const left = this.end - this.start;
    const appends = this.start <= LEAD_BYTES && left > 0 && this.bytes.length - this.end >= LEAST_ROOM_BYTES;
    if (!appends && left <= LEAD_BYTES) {
      this.#moveTo(LEAD_BYTES - left, LEAD_BYTES + READ_BYTES);
    } else if (!appends) {
      this.#moveTo(0, Math.max(needed, left) + READ_BYTES);
    }
    return Math.min(READ_BYTES, this.bytes.length - this.end);
  }

  /** Counts `count` bytes that were read behind `end`. */
  grow(count: number): void {
    this.end += count;
    this.position += count;
  }

  #moveTo(at: number, size: number): void {
    const left = this.end - this.start;
    const target = this.#memory.bytes(size);
    target.set(this.bytes.subarray(this.start, this.end), at);
    if (target !== this.bytes) {
      this.bytes = target;
      this.view = new DataView(target.buffer, target.byteOffset, target.length);
    }
    this.start = at;
    this.end = at + left;
  }
}
