/**
 * Observes batch after batch of traffic, in a process of its own, and prints `{ packets, bytes }`: by how many bytes the
 * heap grows at least while a batch of so many packets is glanced at and observed.
 *
 * The process is started with a young generation so large that nothing is collected between two looks at the
 * heap, so what it grows by is what was allocated.
 */
import type { TrafficKind } from '../../bench/traffic.ts';
import { BATCH_FRAMES } from '../../src/capture/frames.ts';
import { portTable } from '../../src/decode/ports.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { DEFAULT_LIMITS } from '../../src/flow/observations.ts';
import { Observer } from '../../src/flow/observer.ts';
import { ETHERNET, TrafficBatch } from './traffic-batch.ts';

const FLOWS = 100;
/** Long enough for the work to be compiled. */
const WARM_UP_ROUNDS = 100;
const MEASURED_ROUNDS = 100;

function main(kind: TrafficKind): void {
  const kernel = Kernel.start(portTable())!;
  const batch = new TrafficBatch(kernel, kind, FLOWS);
  const options = { replyTimeoutNanoseconds: 1e9, ports: portTable(), vnis: null, limits: DEFAULT_LIMITS };
  const observer = new Observer(options, kernel);
  let frames = 0;
  /** By how much the heap grows while the next batch is observed; making it does not count. */
  const growth = (): number => {
    batch.next();
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    kernel.glance(batch, ETHERNET);
    observer.observeFrames(batch, ETHERNET, frames + 1);
    frames += batch.count;
    return process.memoryUsage().heapUsed - before;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) growth();
  // What is allocated once (a table that grows, code, a page of the heap) is in some rounds; what is per packet, in all.
  const bytes = Math.min(...Array.from({ length: MEASURED_ROUNDS }, growth));
  process.stdout.write(JSON.stringify({ packets: BATCH_FRAMES, bytes }));
}

main(process.argv[2] as TrafficKind);
