/** The packets of one source as pcapng files, a new one each time the last is large or old enough, or was not taken. */
import type { CaptureInterface, FrameBatch } from '../capture/frames.ts';
import type { CaptureCounters } from '../capture/live-backend.ts';
import { privilege } from '../capture/privilege.ts';
import type { Storage } from '../capture/storage.ts';
import { CaptureFile, type FrameTime, timeOf } from './capture-file.ts';
import type { UntimedEvent } from './events.ts';

/** Where files go, and when a new one is begun; null for never. */
export interface FileOptions {
  readonly folder: string;
  readonly rotateBytes: number | null;
  readonly rotateSeconds: number | null;
}

/** Bytes that may wait for the disk before no more packets are taken. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
/** What was collected is written after this time at the latest, in milliseconds. */
const FLUSH_PERIOD = 1000;
/** Free bytes with which writing goes on after a disk was full. */
const ENOUGH_ROOM = 1024 * 1024;
/** Milliseconds between two looks for room: at first, and at most, doubled while they end in a failure. */
const FIRST_PATIENCE = 1000;
const MOST_PATIENCE = 60_000;

/** Why and what is not written at present. */
interface Gap {
  readonly message: string;
  packets: number;
}

export class CaptureFiles {
  readonly #options: FileOptions;
  readonly #label: string;
  readonly #name: string;
  readonly #tell: (event: UntimedEvent) => void;
  readonly #counters: () => CaptureCounters | null;
  readonly #storage: Storage;
  /** Null while there is a gap, and at the end. */
  #file: CaptureFile | null;
  #gap: Gap | null = null;
  #nextLook = 0;
  #patience = FIRST_PATIENCE;
  #number = 1;
  readonly #timer: NodeJS.Timeout;
  /** A change from one file to the next that goes on. */
  #change: Promise<void> | null = null;

  private constructor(
    file: CaptureFile,
    options: FileOptions,
    label: string,
    counters: () => CaptureCounters | null,
    tell: (event: UntimedEvent) => void,
    storage: Storage,
  ) {
    this.#file = file;
    this.#options = options;
    this.#label = label;
    this.#name = fileName(label);
    this.#counters = counters;
    this.#tell = tell;
    this.#storage = storage;
    this.#timer = setInterval(() => void this.#flush(), FLUSH_PERIOD);
  }

  /** Begins the first file. Throws when the folder cannot be written to. */
  static async create(
    options: FileOptions,
    label: string,
    counters: () => CaptureCounters | null,
    tell: (event: UntimedEvent) => void,
    storage: Storage = privilege.storage,
  ): Promise<CaptureFiles> {
    const name = nameOf(options, fileName(label), 1);
    const file = await CaptureFile.create(storage, options.folder, name, null);
    return new CaptureFiles(file, options, label, counters, tell, storage);
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
    if (file === null) {
      if (this.#gap !== null) this.#gap.packets += to - from;
      return;
    }
    for (const [index, one] of interfaces.entries()) file.declare(index, one, this.#label);
    for (let i = from; i < to; i++) file.frame(batch, i, epochSeconds);
  }

  /** Resolves when the disk keeps up; begins a new file when it is time, or when there is room again. */
  async settled(): Promise<void> {
    const file = this.#file;
    if (file !== null && file.waiting > MOST_WAITING_BYTES) await file.flush();
    if (this.#change !== null) return;
    this.#change = this.#changeFile();
    await this.#change;
    this.#change = null;
  }

  /**
   * Closes the last file, with the final counts, the time when the capture ended, where that is known, and remarks
   * on what weakens it.
   */
  async end(interfaces: readonly CaptureInterface[], epochSeconds: number, remarks: readonly string[]): Promise<void> {
    clearInterval(this.#timer);
    await this.#change;
    const file = this.#file;
    this.#file = null;
    if (file !== null) {
      for (const [index, one] of interfaces.entries()) file.declare(index, one, this.#label);
      const endTime = interfaces[0]?.endTime;
      const endOf = endTime === undefined ? null : timeOf(endTime, epochSeconds);
      await this.#close(file, this.#counters(), endOf, remarks);
      if (file.failure !== null) this.#gap = { message: file.failure, packets: file.packets - file.storedPackets };
    }
    if (this.#gap === null || this.#gap.packets === 0) return;
    const message = `the last ${this.#gap.packets} packets were not written: ${this.#gap.message}`;
    this.#tell({ event: 'warning', label: this.#label, message });
  }

  /** A failure is told even when no packet comes any more. */
  async #flush(): Promise<void> {
    const file = this.#file;
    await file?.flush();
    if (file !== null && file.failure !== null) await this.settled();
  }

  async #changeFile(): Promise<void> {
    const file = this.#file;
    if (file === null) await this.#goOn();
    else if (file.failure !== null) await this.#giveUp(file, file.failure);
    else if (this.#isDue(file)) await this.#rotate(file);
  }

  #isDue({ bytes, began }: CaptureFile): boolean {
    const { rotateBytes, rotateSeconds } = this.#options;
    if (rotateBytes !== null && bytes >= rotateBytes) return true;
    return rotateSeconds !== null && Date.now() - began >= rotateSeconds * 1000;
  }

  /** Packets that come while the next file is made still go to the last. */
  async #rotate(last: CaptureFile): Promise<void> {
    const counters = this.#counters();
    let next: CaptureFile;
    try {
      next = await this.#next(counters);
    } catch (error) {
      const { message } = error as Error;
      this.#tell({ event: 'write-failed', label: this.#label, file: this.#options.folder, message });
      await this.#giveUp(last, message);
      return;
    }
    this.#file = next;
    await this.#close(last, counters, last.last, []);
    const lost = last.packets - last.storedPackets;
    if (lost > 0) next.remark(`${lost} packets before its first were not written: ${last.failure}`);
  }

  /** Ends a file that the disk does not take, or that none can follow. */
  async #giveUp(file: CaptureFile, message: string): Promise<void> {
    const gap: Gap = { message, packets: 0 };
    this.#gap = gap;
    this.#file = null;
    await this.#close(file, this.#counters(), null, []);
    gap.packets += file.packets - file.storedPackets;
    this.#nextLook = Date.now() + this.#patience;
    this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE);
  }

  /** Begins a new file where the disk has room for one again. */
  async #goOn(): Promise<void> {
    const gap = this.#gap;
    if (gap === null || Date.now() < this.#nextLook) return;
    this.#nextLook = Date.now() + this.#patience;
    try {
      if ((await this.#storage.freeBytes(this.#options.folder)) < ENOUGH_ROOM) return;
      const file = await this.#next(this.#counters());
      const packetsNotWritten = gap.packets;
      file.remark(`${packetsNotWritten} packets before its first were not written: ${gap.message}`);
      this.#gap = null;
      this.#file = file;
      this.#tell({ event: 'write-resumed', label: this.#label, file: file.path, packetsNotWritten });
    } catch {
      this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE);
    }
  }

  #next(counters: CaptureCounters | null): Promise<CaptureFile> {
    this.#number++;
    const name = nameOf(this.#options, this.#name, this.#number);
    return CaptureFile.create(this.#storage, this.#options.folder, name, counters);
  }

  async #close(
    file: CaptureFile,
    counters: CaptureCounters | null,
    end: FrameTime | null,
    remarks: readonly string[],
  ): Promise<void> {
    await file.close(counters, end, remarks);
    const { path, storedPackets: packets, bytes, failure } = file;
    if (failure === null) {
      this.#patience = FIRST_PATIENCE;
      this.#tell({ event: 'file-written', label: this.#label, file: path, packets, bytes });
    } else {
      this.#tell({ event: 'write-failed', label: this.#label, file: path, message: failure });
    }
  }
}

function nameOf({ rotateBytes, rotateSeconds }: FileOptions, name: string, number: number): string {
  const isRotated = rotateBytes !== null || rotateSeconds !== null;
  return isRotated ? `${name}-${String(number).padStart(5, '0')}` : name;
}

/** A label as a file name: `podvm:vxlan0` is `podvm-vxlan0`. */
export function fileName(label: string): string {
  return label.replace(/[^\w.@-]/g, '-').replace(/^[.-]+/, '') || 'capture';
}
