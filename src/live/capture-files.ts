/** The packets of one source as pcapng files, a new one each time the last is large or old enough. */
import { join } from 'node:path';
import type { CaptureInterface, FrameBatch } from '../capture/frames.ts';
import type { CaptureCounters } from '../capture/live-backend.ts';
import { PcapngWriter } from '../capture/pcapng-writer.ts';
import { privilege } from '../capture/privilege.ts';
import type { StoredFile } from '../capture/storage.ts';
import type { UntimedEvent } from './events.ts';

/** Where files go, and when a new one is begun; null for never. */
export interface FileOptions {
  readonly folder: string;
  readonly rotateBytes: number | null;
  readonly rotateSeconds: number | null;
}

/** Bytes collected before they are written. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes that may wait for the disk before no more packets are taken. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
/** What was collected is written after this time at the latest, in milliseconds. */
const FLUSH_PERIOD = 1000;

/** A time since 1970. */
interface FrameTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One file being written. */
class CaptureFile {
  readonly path: string;
  readonly began = Date.now();
  packets = 0;
  /** Bytes given to it, written or not. */
  bytes = 0;
  readonly #stored: StoredFile;
  readonly #writer: PcapngWriter;
  /** Identifiers of the interfaces in the file by their index in the capture. */
  readonly #identifiers = new Map<number, number>();
  readonly #countersBefore: CaptureCounters | null;
  /** Of the last frame written. */
  last: FrameTime | null = null;
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
  static async create(folder: string, name: string, counters: CaptureCounters | null): Promise<CaptureFile> {
    for (let number = 1; ; number++) {
      const path = join(folder, number === 1 ? `${name}.pcapng` : `${name}.${number}.pcapng`);
      try {
        return new CaptureFile(path, await privilege.storage.create(path), counters);
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

  /** Adds the statistics, with the time when the capture ended, and closes. */
  async close(counters: CaptureCounters | null, end: FrameTime | null): Promise<void> {
    for (const [index, identifier] of this.#identifiers) {
      // The counts are of the capture as a whole.
      const own = index === 0 ? this.#counted(counters) : null;
      if (own !== null || end !== null) this.#writer.writeStatistics(identifier, { counters: own, end });
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
    }
    this.#written += whole;
  }
}

export class CaptureFiles {
  readonly #options: FileOptions;
  readonly #label: string;
  readonly #name: string;
  readonly #tell: (event: UntimedEvent) => void;
  readonly #counters: () => CaptureCounters | null;
  #file: CaptureFile | null;
  #number = 1;
  #timer: NodeJS.Timeout | null = null;
  #isRotating = false;

  private constructor(
    file: CaptureFile,
    options: FileOptions,
    label: string,
    counters: () => CaptureCounters | null,
    tell: (event: UntimedEvent) => void,
  ) {
    this.#file = file;
    this.#options = options;
    this.#label = label;
    this.#name = fileName(label);
    this.#counters = counters;
    this.#tell = tell;
    this.#timer = setInterval(() => void this.#file?.flush(), FLUSH_PERIOD);
  }

  /** Begins the first file. Throws when the folder cannot be written to. */
  static async create(
    options: FileOptions,
    label: string,
    counters: () => CaptureCounters | null,
    tell: (event: UntimedEvent) => void,
  ): Promise<CaptureFiles> {
    const file = await CaptureFile.create(options.folder, nameOf(options, fileName(label), 1), null);
    return new CaptureFiles(file, options, label, counters, tell);
  }

  /** Writes the frames `from` up to, not including, `to` of a batch. */
  write(
    batch: FrameBatch,
    from: number,
    to: number,
    epochSeconds: number,
    interfaces: readonly CaptureInterface[],
  ): void {
    const file = this.#file;
    if (file === null) return;
    for (const [index, one] of interfaces.entries()) file.declare(index, one, this.#label);
    for (let i = from; i < to; i++) file.frame(batch, i, epochSeconds);
  }

  /** Resolves when the disk keeps up; begins a new file when it is time. */
  async settled(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    if (file.waiting > MOST_WAITING_BYTES) await file.flush();
    const { rotateBytes, rotateSeconds } = this.#options;
    if (file.failure !== null) await this.#close(this.#counters(), null);
    else if (rotateBytes !== null && file.bytes >= rotateBytes) await this.#rotate();
    else if (rotateSeconds !== null && Date.now() - file.began >= rotateSeconds * 1000) await this.#rotate();
  }

  /** Closes the last file, with the final counts and the time when the capture ended, where that is known. */
  async end(interfaces: readonly CaptureInterface[], epochSeconds: number): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const file = this.#file;
    if (file === null) return;
    for (const [index, one] of interfaces.entries()) file.declare(index, one, this.#label);
    const endTime = interfaces[0]?.endTime;
    await this.#close(this.#counters(), endTime === undefined ? null : timeOf(endTime, epochSeconds));
  }

  async #rotate(): Promise<void> {
    if (this.#isRotating) return;
    this.#isRotating = true;
    const counters = this.#counters();
    await this.#close(counters, this.#file?.last ?? null);
    try {
      this.#number++;
      const name = nameOf(this.#options, this.#name, this.#number);
      this.#file = await CaptureFile.create(this.#options.folder, name, counters);
    } catch (error) {
      const file = this.#options.folder;
      this.#tell({ event: 'write-failed', label: this.#label, file, message: (error as Error).message });
    }
    this.#isRotating = false;
  }

  async #close(counters: CaptureCounters | null, end: FrameTime | null): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    await file.close(counters, end);
    const { path, packets, bytes, failure } = file;
    if (failure !== null) this.#tell({ event: 'write-failed', label: this.#label, file: path, message: failure });
    else this.#tell({ event: 'file-written', label: this.#label, file: path, packets, bytes });
  }
}

/** A time in nanoseconds since a capture's epoch, as one since 1970. */
function timeOf(nanoseconds: number, epochSeconds: number): FrameTime {
  const seconds = Math.floor(nanoseconds / 1e9);
  return { seconds: epochSeconds + seconds, nanoseconds: Math.floor(nanoseconds - seconds * 1e9) };
}

function nameOf({ rotateBytes, rotateSeconds }: FileOptions, name: string, number: number): string {
  const isRotated = rotateBytes !== null || rotateSeconds !== null;
  return isRotated ? `${name}-${String(number).padStart(5, '0')}` : name;
}

/** A label as a file name: `podvm:vxlan0` is `podvm-vxlan0`. */
export function fileName(label: string): string {
  return label.replace(/[^\w.@-]/g, '-').replace(/^[.-]+/, '') || 'capture';
}
