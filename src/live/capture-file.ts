/** One pcapng file of a live run, written as the disk takes it. */
import { join } from 'node:path';
import type { CaptureInterface, FrameBatch } from '../capture/frames.ts';
import type { CaptureCounters } from '../capture/live-backend.ts';
import { PcapngWriter } from '../capture/pcapng-writer.ts';
import type { Storage, StoredFile } from '../capture/storage.ts';

/** Bytes collected before they are written. */
const CHUNK_BYTES = 256 * 1024;
/** First byte of the blocks that hold a packet, which are little-endian. */
const PACKET_BLOCK = 6;

/** A time since 1970. */
export interface FrameTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One file being written. */
export class CaptureFile {
  readonly path: string;
  readonly began = Date.now();
  /** Packets given to it, written or not. */
  packets = 0;
  /** Packets that the disk took. */
  storedPackets = 0;
  /** Bytes given to it, written or not. */
  bytes = 0;
  readonly #stored: StoredFile;
  readonly #writer: PcapngWriter;
  /** Identifiers of the interfaces in the file by their index in the capture. */
  readonly #identifiers = new Map<number, number>();
  readonly #countersBefore: CaptureCounters | null;
  /** Of the last frame written. */
  last: FrameTime | null = null;
  readonly #remarks: string[] = [];
  #collected: Uint8Array[] = [];
  #collectedBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  /** Bytes of whole blocks that the disk took. */
  #written = 0;
  #waiting = 0;
  failure: string | null = null;

  private constructor(path: string, stored: StoredFile, countersBefore: CaptureCounters | null) {
    this.path = path;
    this.#stored = stored;
    this.#countersBefore = countersBefore;
    this.#writer = new PcapngWriter((block) => this.#collect(block));
  }

  /** Creates a file that is not there yet: a number is put in front of the ending when one of that name is. */
  static async create(
    storage: Storage,
    folder: string,
    name: string,
    counters: CaptureCounters | null,
  ): Promise<CaptureFile> {
    for (let number = 1; ; number++) {
      const path = join(folder, number === 1 ? `${name}.pcapng` : `${name}.${number}.pcapng`);
      try {
        return new CaptureFile(path, await storage.create(path), counters);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number >= 10_000) throw error;
      }
    }
  }

  get waiting(): number {
    return this.#waiting;
  }

  declare(index: number, captured: CaptureInterface, label: string): void {
    if (this.#identifiers.has(index)) return;
    const { name, linkType, snapLength, resolutionNanoseconds } = captured;
    const described = { name: name ?? label, linkType, snapLength, resolutionNanoseconds };
    this.#identifiers.set(index, this.#writer.addInterface(described));
  }

  frame(batch: FrameBatch, at: number, epochSeconds: number): void {
    const time = timeOf(Number.isNaN(batch.time[at]) ? 0 : batch.time[at], epochSeconds);
    const identifier = this.#identifiers.get(batch.interfaceIndex[at]) ?? 0;
    const { bytes, offset, captured, original } = batch;
    this.#writer.writeFrame(identifier, time.seconds, time.nanoseconds, bytes, offset[at], captured[at], original[at]);
    this.packets++;
    this.last = time;
  }

  /** Hands what was collected to the disk. Resolves when it was taken; `failure` says whether it was. */
  flush(): Promise<void> {
    const blocks = this.#collected;
    if (blocks.length === 0) return this.#writing;
    const length = this.#collectedBytes;
    this.#collected = [];
    this.#collectedBytes = 0;
    this.#waiting += length;
    this.#writing = this.#writing.then(async () => {
      await this.#write(blocks, length);
      this.#waiting -= length;
    });
    return this.#writing;
  }

  /** Notes what weakens it; written at its end. */
  remark(remark: string): void {
    this.#remarks.push(remark);
  }

  /** Adds the statistics, with the time when the capture ended, and remarks, and closes. */
  async close(counters: CaptureCounters | null, end: FrameTime | null, remarks: readonly string[]): Promise<void> {
    for (const [index, identifier] of this.#identifiers) {
      // The counts and remarks are of the capture as a whole.
      const own = index === 0 ? this.#counted(counters) : null;
      const said = index === 0 ? [...this.#remarks, ...remarks] : [];
      if (own === null && end === null && said.length === 0) continue;
      this.#writer.writeStatistics(identifier, { counters: own, end, remarks: said });
    }
    await this.flush();
    // What a full disk took of a block is no block.
    if (this.failure !== null) await this.#stored.truncate(this.#written).catch(() => {});
    await this.#stored.close().catch((error: Error) => {
      this.failure ??= error.message;
    });
  }

  /** What was counted since the file began. */
  #counted(counters: CaptureCounters | null): CaptureCounters | null {
    if (counters === null) return null;
    const { received, dropped } = this.#countersBefore ?? { received: 0, dropped: 0 };
    return { received: Math.max(0, counters.received - received), dropped: Math.max(0, counters.dropped - dropped) };
  }

  #collect(block: Uint8Array): void {
    if (this.failure !== null) return;
    this.bytes += block.length;
    this.#collected.push(block);
    this.#collectedBytes += block.length;
    if (this.#collectedBytes >= CHUNK_BYTES) void this.flush();
  }

  async #write(blocks: readonly Uint8Array[], length: number): Promise<void> {
    if (this.failure !== null) return;
    const { taken, failure } = await this.#stored.append(Buffer.concat(blocks, length)).catch((error: Error) => ({
      taken: 0,
      failure: error.message,
    }));
    this.failure = failure;
    let whole = 0;
    for (const block of blocks) {
      if (whole + block.length > taken) break;
      whole += block.length;
      if (block[0] === PACKET_BLOCK) this.storedPackets++;
    }
    this.#written += whole;
  }
}

/** A time in nanoseconds since a capture's epoch, as one since 1970. */
export function timeOf(nanoseconds: number, epochSeconds: number): FrameTime {
  const seconds = Math.floor(nanoseconds / 1e9);
  return { seconds: epochSeconds + seconds, nanoseconds: Math.floor(nanoseconds - seconds * 1e9) };
}
