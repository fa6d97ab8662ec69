/** The thread that reads a capture, ahead of the one that observes its packets; they share the glancing at them. */
import { MemoryRing } from './capture/memory.ts';
import { openCapture } from './capture/open.ts';
import { Kernel } from './flow/kernel.ts';
import type { GlancedBatch } from './glanced-batch.ts';
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

/** With so few batches before it, the one in hand among them, the observing thread has time to glance at the next itself. */
const FEW_BATCHES = 1;

class ReaderThread {
  readonly #task: ReadAheadTask;
  #interfaces = 0;
  #messages = 0;
  #filled = 0;

  constructor(task: ReadAheadTask) {
    this.#task = task;
  }

  async run(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#send(failureOf(error));
      this.#fill(null, 0, 0);
    }
  }

  async #read(): Promise<void> {
    const { path, shared } = this.#task;
    const kernel = new Kernel(this.#task.kernel);
    const reader = await openCapture(path, new MemoryRing(shared.batches, (length) => kernel.memory.bytes(length)));
    const { format, bytesTotal, interfaces } = reader;
    this.#send({ kind: 'opened', format, bytesTotal });
    for await (const batch of reader) {
      batch.isGlanced = this.#isObserverBusy();
      if (batch.isGlanced) kernel.glance(batch, interfaces);
      if (interfaces.length !== this.#interfaces) {
        this.#interfaces = interfaces.length;
        this.#send({ kind: 'interfaces', interfaces });
      }
      this.#fill(batch, reader.epochSeconds, reader.bytesRead);
      this.#awaitPlaces();
    }
    // Statistics come last in a capture.
    this.#send({ kind: 'interfaces', interfaces });
    this.#send({ kind: 'ended', warnings: reader.warnings, complete: reader.complete });
    this.#fill(null, reader.epochSeconds, reader.bytesRead);
  }

  #send(message: ReadAheadMessage): void {
    this.#messages++;
    this.#task.port.postMessage(message);
  }

  /** Says what is in the next place, which is filled with that; nothing follows null. */
  #fill(batch: GlancedBatch | null, epochSeconds: number, bytesRead: number): void {
    const { counters, fields } = this.#task.shared;
    const at = (this.#filled % PLACES) * PLACE_FIELDS;
    fields[at + PlaceField.Count] = batch?.count ?? -1;
    fields[at + PlaceField.SlabAt] = batch?.bytes.byteOffset ?? 0;
    fields[at + PlaceField.SlabLength] = batch?.bytes.length ?? 0;
    fields[at + PlaceField.Messages] = this.#messages;
    fields[at + PlaceField.IsGlanced] = batch?.isGlanced ? 1 : 0;
    fields[at + PlaceField.FileOffset] = batch?.fileOffset ?? 0;
    fields[at + PlaceField.EpochSeconds] = epochSeconds;
    fields[at + PlaceField.BytesRead] = bytesRead;
    this.#filled++;
    Atomics.store(counters, Counter.Filled, this.#filled);
    Atomics.notify(counters, Counter.Filled);
  }

  #isObserverBusy(): boolean {
    return this.#filled - Atomics.load(this.#task.shared.counters, Counter.Done) > FEW_BATCHES;
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

/** Runs the thread. */
export function run(task: ReadAheadTask): Promise<void> {
  return new ReaderThread(task).run();
}
