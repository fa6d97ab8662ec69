/**
 * Unpacks gzip (RFC 1952, several members in a row too) and zstd (RFC 8878) while a capture is read.
 *
 * A compressed file that was cut is unpacked as far as it goes: what is there is delivered, then `failure` says
 * what is missing. Where the compressed bytes themselves are wrong, up to 64 KiB of them before that place are
 * lost: Node's zlib keeps back what it had unpacked. Memory is bounded: of gzip by what 64 KiB can unpack to, 66 MB;
 * of zstd, where they could be 2 GB, by the pieces that its frames are cut into.
 */
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { type ByteSource, ChunkSource } from './source.ts';
import { ZstdFrames } from './zstd-frame.ts';

/** Compressed bytes handed over at a time. */
const INPUT_BYTES = 64 * 1024;
/** What may be unpacked at a time of zstd, whose blocks say how much that is. */
const UNPACKED_BYTES = 1024 * 1024;
/** Node's own 16 KiB makes a trip to another thread for every 16 KiB unpacked, which takes twice the time. */
const OUTPUT_BYTES = 1024 * 1024;
/** The zstd program refuses larger windows too, unless told otherwise; a frame may ask for gigabytes. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

type Compression = 'gzip' | 'zstd';

/** Unpacks piece by piece. */
interface Decompressor {
  /** Why it cannot go on; null while it can. */
  readonly failure: ByteSource['failure'];
  /** How many of these bytes, the next of the input, are to be pushed at once. */
  portion(input: Uint8Array): number;
  /** Unpacks the next input, or with null ends it. Resolves to what can be delivered. */
  push(input: Uint8Array | null): Promise<Uint8Array[]>;
  close(): void;
}

/** Pushed pieces that a guard has measured. */
type UnguardedDecompressor = Omit<Decompressor, 'portion'>;

/** The unpacked bytes of a source of which `head` has been read already; `name` is for messages. */
export async function decompressed(
  stored: ByteSource,
  head: Uint8Array,
  compression: Compression,
  name: string,
): Promise<ByteSource> {
  return new DecompressedSource(stored, head, await decompressor(compression), name);
}

async function decompressor(compression: Compression): Promise<Decompressor> {
  if (compression === 'gzip') {
    return new StreamDecompressor(() => zlib.createGunzip({ chunkSize: OUTPUT_BYTES }), compression);
  }
  // Node has zstd from 22.15 on; the types are those of Node 20.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => ZlibStream };
  if (createZstdDecompress !== undefined) {
    return new FrameGuard(new StreamDecompressor(() => createZstdDecompress({ chunkSize: OUTPUT_BYTES }), compression));
  }
  const { Decompress } = await import('fzstd');
  return new FrameGuard(new FzstdDecompressor(Decompress));
}

/** Node's zlib streams count the compressed bytes that they used. */
type ZlibStream = Transform & { readonly bytesWritten: number };

/** gzip or zstd as a stream of Node's zlib, which works in a thread of its own. */
class StreamDecompressor implements Decompressor {
  failure: ByteSource['failure'] = null;
  readonly #create: () => ZlibStream;
  readonly #compression: Compression;
  #stream: ZlibStream;
  #given = 0;
  #output: Uint8Array[] = [];
  #ended = false;
  #closed = false;
  /** Resolves the wait for the input given last. */
  #settle: () => void = () => {};

  constructor(create: () => ZlibStream, compression: Compression) {
    this.#create = create;
    this.#compression = compression;
    this.#stream = this.#start();
  }

  portion(input: Uint8Array): number {
    return Math.min(input.length, INPUT_BYTES);
  }

  async push(input: Uint8Array | null): Promise<Uint8Array[]> {
    let rest = input;
    while (this.failure === null && !this.#closed) {
      await this.#give(rest);
      // Node's zstd ends with its frame, although another may follow in the same input. Its gunzip ends only
      // before zero bytes that pad the file; what follows them is nothing.
      if (!this.#ended || rest === null || this.#compression === 'gzip') break;
      const unused = this.#given - this.#stream.bytesWritten;
      rest = rest.subarray(rest.length - unused);
      if (rest.length === 0) break;
    }
    return this.#output.splice(0);
  }

  close(): void {
    this.#closed = true;
    this.#stream.destroy();
    this.#settle();
  }

  #start(): ZlibStream {
    const stream = this.#create();
    this.#given = 0;
    this.#ended = false;
    stream.on('data', (chunk: Uint8Array) => this.#output.push(chunk));
    stream.on('end', () => {
      this.#ended = true;
      this.#settle();
    });
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.failure ??= failureOf(this.#compression, error.code === 'Z_BUF_ERROR', error.message);
      this.#settle();
    });
    return stream;
  }

  #give(input: Uint8Array | null): Promise<void> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#ended && this.#compression === 'zstd') this.#stream = this.#start();
      if (this.#ended) {
        resolve();
      } else if (input === null) {
        this.#stream.end();
      } else {
        this.#given += input.length;
        this.#stream.write(input, () => resolve());
      }
    });
  }
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

function failureOf(compression: Compression, cut: boolean, reason: string): NonNullable<ByteSource['failure']> {
  return cut
    ? { code: 'cut-short', message: `its ${compression} data end in the middle` }
    : { code: 'damaged', message: `its ${compression} data are damaged: ${reason}` };
}

const NOTHING: Promise<Uint8Array[]> = Promise.resolve([]);

/** Delivers what a decompressor makes of a source. The next input is being unpacked while the last output is read. */
class DecompressedSource implements ByteSource {
  readonly bytesTotal: number | null;
  readonly #stored: ByteSource;
  readonly #decompressor: Decompressor;
  readonly #unpacked: ChunkSource;

  constructor(stored: ByteSource, head: Uint8Array, decompressor: Decompressor, name: string) {
    this.#stored = stored;
    this.#decompressor = decompressor;
    this.bytesTotal = stored.bytesTotal;
    this.#unpacked = new ChunkSource(this.#unpack(head), name);
  }

  get bytesTaken(): number {
    return this.#stored.bytesTaken;
  }

  get failure(): ByteSource['failure'] {
    return this.#decompressor.failure;
  }

  read(into: Uint8Array, at: number, room: number): Promise<number> {
    return this.#unpacked.read(into, at, room);
  }

  async close(): Promise<void> {
    this.#decompressor.close();
    await this.#unpacked.close();
    await this.#stored.close();
  }

  async *#unpack(head: Uint8Array): AsyncGenerator<Uint8Array> {
    let rest = head;
    let output: Promise<Uint8Array[]> = NOTHING;
    while (this.failure === null) {
      let input: Uint8Array | Promise<Uint8Array> = rest.length > 0 ? rest : this.#take();
      if (input instanceof Promise) {
        // A pipe may keep us waiting, and what is unpacked must not wait with us. Should it break meanwhile,
        // that is for the `await` below to tell.
        input.catch(() => {});
        yield* await output;
        output = NOTHING;
        input = await input;
      }
      const ready = await output;
      const piece = input.subarray(0, this.#decompressor.portion(input));
      rest = input.subarray(piece.length);
      output = this.failure === null ? this.#decompressor.push(piece.length > 0 ? piece : null) : NOTHING;
      yield* ready;
      if (input.length === 0) break;
    }
    yield* await output;
  }

  /** The next stored bytes, none at the end. In memory of their own: the decompressor may keep them. */
  #take(): Uint8Array | Promise<Uint8Array> {
    const input = Buffer.allocUnsafeSlow(INPUT_BYTES);
    const count = this.#stored.read(input, 0, INPUT_BYTES);
    return typeof count === 'number' ? input.subarray(0, count) : count.then((bytes) => input.subarray(0, bytes));
  }
}
