/**
 * Runs one stage of the work on one capture and prints `{ packets, nanoseconds, bytes }`: the time from the opened
 * capture to its end, and by how much the heap grew, which is what was allocated as long as nothing is collected.
 */
import { decodeFrame } from '../src/decode/frame.ts';
import { Packet } from '../src/decode/packet.ts';
import { portTable } from '../src/decode/ports.ts';
import { Kernel } from '../src/flow/kernel.ts';
import { DEFAULT_LIMITS } from '../src/flow/observations.ts';
import { observeCapture } from '../src/observe.ts';
import { openHere } from '../src/observe-task.ts';

type Stage = 'read' | 'glance' | 'decode' | 'correlate';

async function run(stage: Stage, path: string): Promise<number> {
  const ports = portTable();
  const kernel = Kernel.start(ports)!;
  const reader = await openHere(path, kernel);
  if (stage === 'correlate') {
    const options = { replyTimeoutNanoseconds: 1e9, ports, vnis: null, limits: DEFAULT_LIMITS };
    return (await observeCapture(reader, kernel, options)).frames;
  }
  const packet = new Packet();
  let packets = 0;
  for await (const batch of reader) {
    const { view, offset, captured, original, interfaceIndex, count } = batch;
    if (stage === 'glance') {
      kernel.glance(batch, reader.interfaces);
    } else if (stage === 'decode') {
      for (let i = 0; i < count; i++) {
        const { linkType } = reader.interfaces[interfaceIndex[i]];
        decodeFrame(view, offset[i], captured[i], original[i], linkType, ports, packet);
      }
    }
    packets += count;
  }
  return packets;
}

const [, , stage, path] = process.argv;
globalThis.gc?.();
const heap = process.memoryUsage().heapUsed;
const start = performance.now();
const packets = await run(stage as Stage, path);
const nanoseconds = (performance.now() - start) * 1e6;
process.stdout.write(JSON.stringify({ packets, nanoseconds, bytes: process.memoryUsage().heapUsed - heap }));
