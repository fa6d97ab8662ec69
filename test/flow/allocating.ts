/**
 * Observes batch after batch of traffic, in a process of its own, and prints by how many bytes the heap
 * grows meanwhile: `{ packets, once, twice }`, the growth for `packets` packets and for twice as many.
 *
 * The process is started with a young generation so large that nothing is collected between two looks at the
 * heap, so what it grows by is what was allocated.
 */
import { Traffic, type TrafficKind } from '../../bench/traffic.ts';
import { BATCH_FRAMES, FrameBatch } from '../../src/capture/frames.ts';
import { portTable } from '../../src/decode/ports.ts';
import { DEFAULT_LIMITS } from '../../src/flow/observations.ts';
import { Observer } from '../../src/flow/observer.ts';
import { totals, WINDOW, Window } from '../../src/flow/window.ts';

const FLOWS = 100;
const INTERFACES = [{ linkType: 1 }];
/** Long enough for the ordinary work to be compiled. */
const WARM_UP_ROUNDS = 40;
const MEASURED_ROUNDS = 8;
const SAMPLES = 5;

function main(kind: TrafficKind): void {
  const batch = new FrameBatch();
  batch.bytes = new Uint8Array(BATCH_FRAMES * 1536);
  batch.view = new DataView(batch.bytes.buffer);
  let used = 0;
  let epoch = -1;
  const traffic = new Traffic((microseconds, bytes, length) => {
    if (epoch < 0) epoch = microseconds;
    const i = batch.count++;
    batch.bytes.set(bytes.subarray(0, length), used);
    batch.offset[i] = used;
    batch.captured[i] = length;
    batch.original[i] = length;
    batch.time[i] = (microseconds - epoch) * 1000;
    used += length;
  }, FLOWS);
  const ports = portTable();
  const observer = new Observer({ replyTimeoutNanoseconds: 1e9, ports, vnis: null, limits: DEFAULT_LIMITS });
  const window = new Window();
  let frame = 1;
  const observe = (): void => {
    observer.count(totals(batch, 0, BATCH_FRAMES));
    for (let from = 0; from < BATCH_FRAMES; from += WINDOW) {
      window.look(batch, INTERFACES, from, WINDOW, frame, ports);
      observer.observeWindow(window);
      frame += WINDOW;
    }
  };
  /** By how much the heap grows while the next `rounds` batches are observed; making them does not count. */
  const growth = (rounds: number): number => {
    let grown = 0;
    for (let round = 0; round < rounds; round++) {
      batch.count = 0;
      used = 0;
      traffic[kind](BATCH_FRAMES);
      globalThis.gc?.();
      const before = process.memoryUsage().heapUsed;
      observe();
      grown += process.memoryUsage().heapUsed - before;
    }
    return grown;
  };
  growth(WARM_UP_ROUNDS);
  // What is allocated once (a table that grows, code) is in some of the samples; what is per packet, in all.
  const least = (rounds: number): number => Math.min(...Array.from({ length: SAMPLES }, () => growth(rounds)));
  const packets = MEASURED_ROUNDS * BATCH_FRAMES;
  process.stdout.write(JSON.stringify({ packets, once: least(MEASURED_ROUNDS), twice: least(2 * MEASURED_ROUNDS) }));
}

main(process.argv[2] as TrafficKind);
