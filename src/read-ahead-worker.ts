/** The thread that reads a capture and glances at its packets, ahead of the one that observes them. */
import { workerData } from 'node:worker_threads';
import { SharedRing } from './capture/memory.ts';
import { openCapture } from './capture/open.ts';
import { portTable } from './decode/ports.ts';
import { type FrameTotals, readRows, totals } from './flow/window.ts';
import {
  Counter,
  PLACE_FIELDS,
  PLACES,
  PlaceField,
  REFILL,
  type ReadAheadMessage,
  type ReadAheadTask,
} from './read-ahead.ts';
import { failureOf } from './thread.ts';

class ReaderThread {
  readonly #task: ReadAheadTask;
  readonly #ring: SharedRing;
  /** The slabs that the other thread knows. */
  readonly #slabs: Uint8Array[] = [];
  #interfaces = 0;
  #messages = 0;
  #filled = 0;

  constructor(task: ReadAheadTask) {
    this.#task = task;
    this.#ring = new SharedRing(task.shared.batches);
  }

  async run(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#send(failureOf(error));
      this.#fill(-1, 0, 0, 0);
    }
  }

  async #read(): Promise<void> {
    const { path, vxlanPorts, shared } = this.#task;
    const ring = this.#ring;
    const ports = portTable(vxlanPorts);
    const reader = await openCapture(path, ring);
    const { format, bytesTotal, interfaces } = reader;
    this.#send({ kind: 'opened', format, bytesTotal });
    for await (const batch of reader) {
      const { batch: place, slab } = ring.place;
      readRows(batch, interfaces, 0, batch.count, ports, shared.batches[place].rows, 0);
      if (this.#slabs[slab] !== batch.bytes) {
        this.#slabs[slab] = batch.bytes;
        this.#send({ kind: 'slab', slab, bytes: batch.bytes });
      }
      if (interfaces.length !== this.#interfaces) {
        this.#interfaces = interfaces.length;
        this.#send({ kind: 'interfaces', interfaces });
      }
      this.#describe(totals(batch, batch.count));
      this.#fill(batch.count, batch.fileOffset, reader.epochSeconds, reader.bytesRead);
      this.#awaitPlaces();
    }
    // Statistics come last in a capture.
    this.#send({ kind: 'interfaces', interfaces });
    this.#send({ kind: 'ended', warnings: reader.warnings, complete: reader.complete });
    this.#fill(-1, 0, reader.epochSeconds, reader.bytesRead);
  }

  #send(message: ReadAheadMessage): void {
    this.#messages++;
    this.#task.port.postMessage(message);
  }

  /** Says what the frames in the next place come to. */
  #describe({ bytes, wireBytes, snapped, firstTime, lastTime }: FrameTotals): void {
    const { fields } = this.#task.shared;
    const at = (this.#filled % PLACES) * PLACE_FIELDS;
    fields[at + PlaceField.Bytes] = bytes;
    fields[at + PlaceField.WireBytes] = wireBytes;
    fields[at + PlaceField.Snapped] = snapped;
    fields[at + PlaceField.FirstTime] = firstTime;
    fields[at + PlaceField.LastTime] = lastTime;
  }

  /** Says what is in the next place, which is filled with that. */
  #fill(count: number, fileOffset: number, epochSeconds: number, bytesRead: number): void {
    const { counters, fields } = this.#task.shared;
    const at = (this.#filled % PLACES) * PLACE_FIELDS;
    fields[at + PlaceField.Count] = count;
    fields[at + PlaceField.Slab] = this.#ring.place.slab;
    fields[at + PlaceField.Messages] = this.#messages;
    fields[at + PlaceField.FileOffset] = fileOffset;
    fields[at + PlaceField.EpochSeconds] = epochSeconds;
    fields[at + PlaceField.BytesRead] = bytesRead;
    this.#filled++;
    Atomics.store(counters, Counter.Filled, this.#filled);
    Atomics.notify(counters, Counter.Filled);
  }

  /** When no place is free, waits until several are. This thread has nothing else to do meanwhile. */
  #awaitPlaces(): void {
    const { counters } = this.#task.shared;
    let done = Atomics.load(counters, Counter.Done);
    if (this.#filled - done < PLACES) return;
    while (this.#filled - done > PLACES - REFILL) {
      Atomics.wait(counters, Counter.Done, done);
      done = Atomics.load(counters, Counter.Done);
    }
  }
}

await new ReaderThread(workerData as ReadAheadTask).run();
