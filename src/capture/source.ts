/** Where stored bytes come from: a file read in place, or chunks that someone else delivers. */
import { closeSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { VxtraceError } from '../errors.ts';
import type { CaptureWarning } from './frames.ts';

/** A stream of bytes, copied to where the reader wants them. */
export interface ByteSource {
  /** Bytes taken from the file or stream so far, as stored there. */
  readonly bytesTaken: number;
  /** Size of the file, null for a stream. */
  readonly bytesTotal: number | null;
  /** Set at the end when the bytes are not all that there should be; `offset` is the reader's to fill in. */
  readonly failure: Pick<CaptureWarning, 'code' | 'message'> | null;
  /** Copies up to `room` bytes to `into` from byte `at` on. Returns how many; 0 at the end. */
  read(into: Uint8Array, at: number, room: number): number | Promise<number>;
  close(): Promise<void>;
}

/**
 * A regular file. Read synchronously: the bytes are mostly in the page cache, where a read takes less time
 * than handing it to another thread and back.
 */
export class FileSource implements ByteSource {
  bytesTaken = 0;
  readonly failure = null;
  readonly bytesTotal: number;
  readonly #name: string;
  #descriptor: number | null;

  /** Takes over the descriptor; `name` is for messages. */
  constructor(descriptor: number, name: string, bytesTotal: number) {
    this.#descriptor = descriptor;
    this.#name = name;
    this.bytesTotal = bytesTotal;
  }

  read(into: Uint8Array, at: number, room: number): number {
    if (this.#descriptor === null) return 0;
    try {
      const count = readSync(this.#descriptor, into, at, room, null);
      this.bytesTaken += count;
      return count;
    } catch (cause) {
      throw unreadable(this.#name, this.bytesTaken, cause);
    }
  }

  async close(): Promise<void> {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Chunks of any size: a pipe, a program's output, or what a decompressor makes. */
export class ChunkSource implements ByteSource {
  bytesTaken = 0;
  readonly bytesTotal = null;
  readonly failure = null;
  readonly #name: string;
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #waiting = false;
  #chunk: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>, name: string) {
    this.#chunks = chunks;
    this.#iterator = chunks[Symbol.asyncIterator]();
    this.#name = name;
  }

  async read(into: Uint8Array, at: number, room: number): Promise<number> {
    while (this.#chunk.length === 0) {
      if (this.#ended) return 0;
      this.#waiting = true;
      try {
        const next = await this.#iterator.next();
        if (next.done) this.#ended = true;
        else this.#chunk = next.value;
      } catch (cause) {
        if (!this.#ended) throw unreadable(this.#name, this.bytesTaken, cause);
      } finally {
        this.#waiting = false;
      }
    }
    const count = Math.min(room, this.#chunk.length);
    into.set(this.#chunk.subarray(0, count), at);
    this.#chunk = this.#chunk.subarray(count);
    this.bytesTaken += count;
    return count;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#chunk = new Uint8Array(0);
    // Destroying a stream ends a wait for its next chunk; a generator that waits can only be left to it.
    if (this.#chunks instanceof Readable) this.#chunks.destroy();
    else if (!this.#waiting) await this.#iterator.return?.();
  }
}

function unreadable(name: string, offset: number, cause: unknown): VxtraceError {
  if (cause instanceof VxtraceError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VxtraceError('input-unreadable', `${name}: cannot be read at byte ${offset}: ${reason}`, { cause });
}
