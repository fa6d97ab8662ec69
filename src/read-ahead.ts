/**
 * Reads a capture in a thread of its own, which glances at the packets too as long as this one, which observes
 * what was read before, has enough to do.
 *
 * Both threads see the memory that the batches lie in. The reader fills places in turn and counts them up; what
 * is more than numbers (a new interface, memory for a longer record, the end) it sends through a port, and says
 * in the next place that there is something to take from it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { CaptureInterface, CaptureReader, CaptureWarning } from './capture/frames.ts';
import type { Kernel, SharedKernel } from './flow/kernel.ts';
import { GlancedBatch } from './glanced-batch.ts';
import { errorOf, startThread, type ThreadFailure } from './thread.ts';

/** Places in the ring of batches. */
export const PLACES = 5;
/** When all places are full the reader waits until there are so many again to fill: waking it takes time. */
export const REFILL = 2;

/** Words that the threads count in. */
export enum Counter {
  /** Batches filled so far; by the reader. */
  Filled,
  /** Batches done with so far; by the observer. */
  Done,
}

/** Numbers that say what is in a place. */
export enum PlaceField {
  /** Frames; -1 when nothing follows. */
  Count,
  /** Where the slab lies in the kernel's memory that they are in, and its length. */
  SlabAt,
  SlabLength,
  /** Messages that the reader has sent before it filled the place. */
  Messages,
  FileOffset,
  EpochSeconds,
  BytesRead,
  /** 1 when the frames were glanced at. */
  IsGlanced,
}
export const PLACE_FIELDS = 8;

/** What both threads see. */
export interface Shared {
  readonly counters: Int32Array;
  readonly fields: Float64Array;
  readonly batches: readonly GlancedBatch[];
}

/** What the thread is started with. */
export interface ReadAheadTask {
  path: string;
  kernel: SharedKernel;
  port: MessagePort;
  shared: Shared;
}

export type ReadAheadMessage =
  | { kind: 'opened'; format: CaptureReader['format']; bytesTotal: number | null }
  | { kind: 'interfaces'; interfaces: readonly CaptureInterface[] }
  | { kind: 'ended'; warnings: readonly CaptureWarning[]; complete: boolean }
  | ThreadFailure;

/**
 * Opens a capture that is read ahead, into the kernel's memory. Null when threads cannot be started.
 *
 * @throws VxtraceError as `openCapture` does.
 */
export async function openAhead(path: string, kernel: Kernel): Promise<CaptureReader<GlancedBatch> | null> {
  const { port1, port2 } = new MessageChannel();
  const shared: Shared = {
    counters: new Int32Array(new SharedArrayBuffer(8)),
    fields: new Float64Array(new SharedArrayBuffer(PLACES * PLACE_FIELDS * 8)),
    batches: Array.from({ length: PLACES }, () => new GlancedBatch(kernel.memory)),
  };
  const task: ReadAheadTask = { path, kernel: kernel.shared, port: port2, shared };
  const thread = startThread('read-ahead-worker', task, [port2]);
  if (thread === null) return null;
  const reader = new ReadAhead(thread, port1, shared, kernel);
  await reader.opened();
  return reader;
}

class ReadAhead implements CaptureReader<GlancedBatch> {
  format: CaptureReader['format'] = 'pcap';
  bytesTotal: number | null = null;
  bytesRead = 0;
  epochSeconds = 0;
  interfaces: readonly CaptureInterface[] = [];
  warnings: readonly CaptureWarning[] = [];
  complete = true;
  readonly #thread: Worker;
  readonly #port: MessagePort;
  readonly #shared: Shared;
  readonly #kernel: Kernel;
  /** What the thread died of. */
  #fault: Error | null = null;
  #messages = 0;
  #done = 0;
  #hasEnded = false;

  constructor(thread: Worker, port: MessagePort, shared: Shared, kernel: Kernel) {
    this.#thread = thread;
    this.#port = port;
    this.#shared = shared;
    this.#kernel = kernel;
    const die = (fault: Error): void => {
      this.#fault = fault;
      Atomics.notify(shared.counters, Counter.Filled);
    };
    thread.once('error', die);
    thread.once('exit', () => die(new Error('the thread that reads a capture ended unexpectedly')));
  }

  /** Resolves when the first batch is there, or the end of a capture without packets. */
  async opened(): Promise<void> {
    try {
      await this.#filled();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<GlancedBatch> {
    const { counters, batches } = this.#shared;
    try {
      for (;;) {
        await this.#filled();
        if (this.#hasEnded) return;
        yield batches[this.#done % PLACES];
        this.#done++;
        Atomics.store(counters, Counter.Done, this.#done);
        if (Atomics.load(counters, Counter.Filled) - this.#done === PLACES - REFILL)
          Atomics.notify(counters, Counter.Done);
      }
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    this.#port.close();
    await this.#thread.terminate();
  }

  /** Waits for the next place to be filled, and takes in what it says. */
  async #filled(): Promise<void> {
    const { counters, fields, batches } = this.#shared;
    while (Atomics.load(counters, Counter.Filled) === this.#done) {
      if (this.#fault !== null) throw this.#fault;
      await Atomics.waitAsync(counters, Counter.Filled, this.#done).value;
    }
    const place = this.#done % PLACES;
    const at = place * PLACE_FIELDS;
    while (this.#messages < fields[at + PlaceField.Messages]) this.#receive();
    this.epochSeconds = fields[at + PlaceField.EpochSeconds];
    this.bytesRead = fields[at + PlaceField.BytesRead];
    if (this.#hasEnded) return;
    const batch = batches[place];
    const { buffer } = this.#kernel.shared.wasm;
    batch.bytes = new Uint8Array(buffer, fields[at + PlaceField.SlabAt], fields[at + PlaceField.SlabLength]);
    batch.view = new DataView(buffer, batch.bytes.byteOffset, batch.bytes.length);
    // As a small integer: frame numbers are counted with it.
    batch.count = fields[at + PlaceField.Count] | 0;
    batch.fileOffset = fields[at + PlaceField.FileOffset];
    batch.isGlanced = fields[at + PlaceField.IsGlanced] === 1;
  }

  #receive(): void {
    const received = receiveMessageOnPort(this.#port);
    if (received === undefined) throw new Error('a message of the thread that reads a capture is missing');
    this.#messages++;
    const message: ReadAheadMessage = received.message;
    switch (message.kind) {
      case 'opened':
        this.format = message.format;
        this.bytesTotal = message.bytesTotal;
        break;
      case 'interfaces':
        this.interfaces = message.interfaces;
        break;
      case 'ended':
        this.warnings = message.warnings;
        this.complete = message.complete;
        this.#hasEnded = true;
        break;
      case 'failed':
        throw errorOf(message);
    }
  }
}
