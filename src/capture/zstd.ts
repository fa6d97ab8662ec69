/** Unpacks zstd: by Node, where it can, else by fzstd. */
import * as zlib from 'node:zlib';
import { type Decompressor, failureOf, INPUT_BYTES, OUTPUT_BYTES } from './decompressor.ts';
import type { ByteSource } from './source.ts';
import { ZlibStream } from './zlib-stream.ts';
import { ZstdFrames } from './zstd-frame.ts';

/** What may be unpacked at a time of zstd, whose blocks say how much that is. */
const UNPACKED_BYTES = 1024 * 1024;
/** The zstd program refuses larger windows too, unless told otherwise; a frame may ask for gigabytes. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

/** Pushed pieces that a guard has measured. */
type UnguardedDecompressor = Omit<Decompressor, 'portion'>;

/** A decompressor of zstd, and its guard. */
export async function zstdDecompressor(): Promise<Decompressor> {
  // Node has zstd from 22.15 on; the types are those of Node 20.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: typeof zlib.createInflateRaw };
  if (createZstdDecompress !== undefined) {
    return new FrameGuard(new ZstdDecompressor(new ZlibStream(createZstdDecompress({ chunkSize: OUTPUT_BYTES }))));
  }
  const { Decompress } = await import('fzstd');
  return new FrameGuard(new FzstdDecompressor(Decompress));
}

/**
 * Watches the frames of a zstd stream: refuses one that needs too much memory, lets no more be unpacked at once than
 * is to wait in memory, and notices a frame that was cut.
 */
class FrameGuard implements Decompressor {
  readonly #inner: UnguardedDecompressor;
  readonly #frames = new ZstdFrames();
  #failure: ByteSource['failure'] = null;

  constructor(inner: UnguardedDecompressor) {
    this.#inner = inner;
  }

  get failure(): ByteSource['failure'] {
    return this.#failure ?? this.#inner.failure;
  }

  portion(input: Uint8Array): number {
    return this.#frames.follow(input.subarray(0, INPUT_BYTES), UNPACKED_BYTES);
  }

  async push(input: Uint8Array | null): Promise<Uint8Array[]> {
    const { atFrameEnd, damaged, windowBytes } = this.#frames;
    if (windowBytes > MAX_WINDOW_BYTES) {
      this.#failure = failureOf('zstd', false, `a frame needs a window of ${windowBytes} bytes`);
      return [];
    }
    const output = await this.#inner.push(input);
    if (damaged) this.#failure ??= failureOf('zstd', false, 'no valid frame');
    else if (input === null && !atFrameEnd) this.#failure ??= this.#inner.failure ?? failureOf('zstd', true, '');
    return output;
  }

  close(): void {
    this.#inner.close();
  }
}

/** zstd by Node, in a thread of its own. */
class ZstdDecompressor implements UnguardedDecompressor {
  failure: ByteSource['failure'] = null;
  readonly #stream: ZlibStream;

  constructor(stream: ZlibStream) {
    this.#stream = stream;
  }

  async push(input: Uint8Array | null): Promise<Uint8Array[]> {
    if (input === null) return [];
    const output = await this.#stream.push(input);
    if (this.#stream.error !== null) this.failure = failureOf('zstd', false, this.#stream.error);
    return output;
  }

  close(): void {
    this.#stream.close();
  }
}

/** zstd where Node has none, by fzstd. */
class FzstdDecompressor implements UnguardedDecompressor {
  failure: ByteSource['failure'] = null;
  readonly #output: Uint8Array[] = [];
  readonly #decompress: import('fzstd').Decompress;

  constructor(Decompress: typeof import('fzstd').Decompress) {
    this.#decompress = new Decompress((chunk) => this.#output.push(chunk));
  }

  async push(input: Uint8Array | null): Promise<Uint8Array[]> {
    if (this.failure === null) {
      try {
        this.#decompress.push(input ?? new Uint8Array(0), input === null);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.failure = failureOf('zstd', input === null, message);
      }
    }
    return this.#output.splice(0);
  }

  close(): void {}
}
