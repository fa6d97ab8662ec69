/**
 * Reads a capture in a thread of its own, which glances at the packets too, while this one observes what was
 * read before.
 *
 * Both threads see the memory that the batches lie in. The reader fills places in turn and counts them up; what
 * is more than numbers (a new interface, memory for a longer record, the end) it sends through a port, and says
 * in the next place that there is something to take from it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import {
  BATCH_FRAMES,
  type CaptureInterface,
  type CaptureReader,
  type CaptureWarning,
  FrameBatch,
} from './capture/frames.ts';
import { ROW_WORDS } from './flow/digest.ts';
import type { FrameTotals } from './flow/window.ts';
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
  /** Which slab they lie in. */
  Slab,
  /** Messages that the reader has sent before it filled the place. */
  Messages,
  FileOffset,
  EpochSeconds,
  BytesRead,
  // the totals of its frames
  Bytes,
  WireBytes,
  Snapped,
  FirstTime,
  LastTime,
}
export const PLACE_FIELDS = 11;

/** What both threads see. */
export interface Shared {
  readonly counters: Int32Array;
  readonly fields: Float64Array;
  readonly batches: readonly GlancedBatch[];
}

const NO_TOTALS: FrameTotals = {
  frames: 0,
  bytes: 0,
  wireBytes: 0,
  snapped: 0,
  firstTime: Number.NaN,
  lastTime: Number.NaN,
};

/** A batch with its totals and what a glance tells of its frames, one row each. */
export class GlancedBatch extends FrameBatch {
  readonly rows: Int32Array;
  totals: FrameTotals = NO_TOTALS;

  constructor() {
    const allocate = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    super(allocate);
    this.rows = new Int32Array(allocate(BATCH_FRAMES * ROW_WORDS * 4));
  }
}

/** What the thread is started with. */
export interface ReadAheadTask {
  path: string;
  vxlanPorts: readonly number[];
  port: MessagePort;
  shared: Shared;
}

export type ReadAheadMessage =
  | { kind: 'opened'; format: CaptureReader['format']; bytesTotal: number | null }
  | { kind: 'slab'; slab: number; bytes: Uint8Array }
  | { kind: 'interfaces'; interfaces: readonly CaptureInterface[] }
  | { kind: 'ended'; warnings: readonly CaptureWarning[]; complete: boolean }
  | ThreadFailure;

/**
 * Opens a capture that is read ahead; its batches are `GlancedBatch`es. Null when threads cannot be started.
 *
 * @throws VxtraceError as `openCapture` does.
 */
export async function openAhead(path: string, vxlanPorts: readonly number[]): Promise<CaptureReader | null> {
  const { port1, port2 } = new MessageChannel();
  const shared: Shared = {
    counters: new Int32Array(new SharedArrayBuffer(8)),
    fields: new Float64Array(new SharedArrayBuffer(PLACES * PLACE_FIELDS * 8)),
    batches: Array.from({ length: PLACES }, () => new GlancedBatch()),
  };
  const task: ReadAheadTask = { path, vxlanPorts, port: port2, shared };
  const thread = startThread('read-ahead-worker', task, [port2]);
  if (thread === null) return null;
  const reader = new ReadAhead(thread, port1, shared);
  await reader.opened();
  return reader;
}

class ReadAhead implements CaptureReader {
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
  readonly #slabs: { bytes: Uint8Array; view: DataView }[] = [];
  /** What the thread died of. */
  #fault: Error | null = null;
  #messages = 0;
  #done = 0;
  #hasEnded = false;

  constructor(thread: Worker, port: MessagePort, shared: Shared) {
    this.#thread = thread;
    this.#port = port;
    this.#shared = shared;
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
    const { bytes, view } = this.#slabs[fields[at + PlaceField.Slab]];
    batch.bytes = bytes;
    batch.view = view;
    // As a small integer: frame numbers are counted with it.
    batch.count = fields[at + PlaceField.Count] | 0;
    batch.fileOffset = fields[at + PlaceField.FileOffset];
    batch.totals = {
      frames: batch.count,
      bytes: fields[at + PlaceField.Bytes],
      wireBytes: fields[at + PlaceField.WireBytes],
      snapped: fields[at + PlaceField.Snapped] | 0,
      firstTime: fields[at + PlaceField.FirstTime],
      lastTime: fields[at + PlaceField.LastTime],
    };
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
      case 'slab': {
        const { slab, bytes } = message;
        this.#slabs[slab] = { bytes, view: new DataView(bytes.buffer) };
        break;
      }
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
