/**
 * Unpacks gzip (RFC 1952, several members in a row too) and zstd (RFC 8878) while a capture is read.
 *
 * A compressed file that was cut is unpacked as far as it goes: what is there is delivered, then `failure` says
 * what is missing. A wrong checksum, and what follows the data without belonging to them, are told in the same way.
 * Where the compressed bytes themselves are wrong, Node's zlib keeps back what it had unpacked of the piece in hand:
 * of gzip up to 64 KiB before that place are lost, though not in the first MiB of a member; of zstd what unpacks to
 * 1 MiB. Memory is bounded: of gzip by what 64 KiB can unpack to, 66 MB; of zstd, where they could be 2 GB, by the
 * pieces that its frames are cut into.
 */
import { type Compression, type Decompressor, INPUT_BYTES } from './decompressor.ts';
import { GzipDecompressor } from './gzip.ts';
import { type ByteSource, ChunkSource } from './source.ts';
import { zstdDecompressor } from './zstd.ts';

/** The unpacked bytes of a source of which `head` has been read already; `name` is for messages. */
export async function decompressed(
  stored: ByteSource,
  head: Uint8Array,
  compression: Compression,
  name: string,
): Promise<ByteSource> {
  const decompressor = compression === 'gzip' ? new GzipDecompressor() : await zstdDecompressor();
  return new DecompressedSource(stored, head, decompressor, name);
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
