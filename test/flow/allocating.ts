/**
 * Observes batch after batch of traffic, in a process of its own, and prints by how many bytes the heap
 * grows meanwhile: `{ packets, once, twice }`, the growth for `packets` packets and for twice as many.
 *
 * The process is started with a young generation so large that nothing is collected between two looks at the
 * heap, so what it grows by is what was allocated.
 */
import type { TrafficKind } from '../../bench/traffic.ts';
import { BATCH_FRAMES } from '../../src/capture/frames.ts';
import { portTable } from '../../src/decode/ports.ts';
import { DEFAULT_LIMITS } from '../../src/flow/observations.ts';
import { Observer } from '../../src/flow/observer.ts';
import { ETHERNET, TrafficBatch } from './traffic-batch.ts';

const FLOWS = 100;
/** Long enough for the ordinary work to be compiled. */
const WARM_UP_ROUNDS = 40;
const MEASURED_ROUNDS = 8;
const SAMPLES = 5;

function main(kind: TrafficKind): void {
  const batch = new TrafficBatch(kind, FLOWS);
  const options = { replyTimeoutNanoseconds: 1e9, ports: portTable(), vnis: null, limits: DEFAULT_LIMITS };
  const observer = new Observer(options);
  let frames = 0;
  /** By how much the heap grows while the next `rounds` batches are observed; making them does not count. */
  const growth = (rounds: number): number => {
    let grown = 0;
    for (let round = 0; round < rounds; round++) {
      batch.next();
      globalThis.gc?.();
      const before = process.memoryUsage().heapUsed;
      observer.observeFrames(batch, ETHERNET, batch.count, frames + 1);
      frames += batch.count;
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
