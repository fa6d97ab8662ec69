/**
 * Unpacks gzip. What surrounds the deflated data is read here and not by Node's gunzip, which forgets what it has
 * unpacked when a checksum is wrong, or when anything but a member follows.
 */
import { type Decompressor, failureOf, INPUT_BYTES } from './decompressor.ts';
import { GzipMembers } from './gzip-member.ts';
import { inflating, salvage } from './gzip-salvage.ts';
import type { ByteSource } from './source.ts';
import type { ZlibStream } from './zlib-stream.ts';

const NO_BYTES = new Uint8Array(0);
/** Packed bytes of a member that are kept, for all to be got from it that comes before a place that is damaged. */
const KEPT_BYTES = 1024 * 1024;

/** Has the deflated data unpacked by Node, in a thread of its own. */
export class GzipDecompressor implements Decompressor {
  failure: ByteSource['failure'] = null;
  readonly #members = new GzipMembers();
  #data: ZlibStream | null = null;
  /** The member's packed bytes, as far as there is room, how many there were, and what they unpacked to. */
  readonly #kept = Buffer.allocUnsafeSlow(KEPT_BYTES);
  #packedBytes = 0;
  #unpackedBytes = 0;
  #closed = false;

  portion(input: Uint8Array): number {
    return Math.min(input.length, INPUT_BYTES);
  }

  async push(input: Uint8Array | null): Promise<Uint8Array[]> {
    const output: Uint8Array[] = [];
    for (let rest = input ?? NO_BYTES; rest.length > 0 && this.failure === null && !this.#closed; ) {
      rest = rest.subarray(this.#members.isAtData ? await this.#inflate(rest, output) : this.#members.follow(rest));
      if (this.#members.fault !== null) this.failure = GZIP_FAILURES[this.#members.fault];
    }
    if (input === null && !this.#members.isAtEnd) this.failure ??= failureOf('gzip', true, '');
    return output;
  }

  close(): void {
    this.#closed = true;
    this.#data?.close();
  }

  /** Appends what the bytes unpack to. Returns how many of them belong to the member's data. */
  async #inflate(bytes: Uint8Array, output: Uint8Array[]): Promise<number> {
    this.#data ??= inflating();
    const data = this.#data;
    for (const chunk of await data.push(bytes)) {
      this.#members.addUnpacked(chunk);
      this.#unpackedBytes += chunk.length;
      output.push(chunk);
    }
    const sound = this.#packedBytes;
    this.#packedBytes += bytes.length;
    if (this.#packedBytes <= KEPT_BYTES) this.#kept.set(bytes, sound);
    if (data.error !== null) {
      this.failure = failureOf('gzip', false, data.error);
      if (this.#packedBytes > KEPT_BYTES) return bytes.length;
      output.push(...(await salvage(this.#kept.subarray(0, this.#packedBytes), sound, this.#unpackedBytes)));
    } else if (data.unusedBytes > 0) {
      this.#endData(data);
    }
    return bytes.length - data.unusedBytes;
  }

  #endData(data: ZlibStream): void {
    this.#members.endData();
    data.close();
    this.#data = null;
    this.#packedBytes = 0;
    this.#unpackedBytes = 0;
  }
}

const GZIP_FAILURES: Record<NonNullable<GzipMembers['fault']>, NonNullable<ByteSource['failure']>> = {
  method: failureOf('gzip', false, 'unknown compression method'),
  flags: failureOf('gzip', false, 'unknown flags'),
  checksum: failureOf('gzip', false, 'their checksum is wrong'),
  length: failureOf('gzip', false, 'they unpack to another length than they say'),
  'no-member': { code: 'damaged', message: 'its gzip data are followed by other bytes, which are ignored' },
};
