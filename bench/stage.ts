/**
 * Runs one stage of the work on one capture and prints `{ packets, nanoseconds, bytes }`: the time from the opened
 * capture to its end, and by how much the heap grew, which is what was allocated as long as nothing is collected.
 */
import { openCapture } from '../src/capture/open.ts';
import { decodeFrame } from '../src/decode/frame.ts';
import { Packet } from '../src/decode/packet.ts';
import { portTable } from '../src/decode/ports.ts';
import { DEFAULT_LIMITS } from '../src/flow/observations.ts';
import { WINDOW, Window } from '../src/flow/window.ts';
import { observeCapture } from '../src/observe.ts';

type Stage = 'read' | 'glance' | 'decode' | 'correlate';

async function run(stage: Stage, path: string): Promise<number> {
  const reader = await openCapture(path);
  const ports = portTable();
  if (stage === 'correlate') {
    const options = { replyTimeoutNanoseconds: 1e9, ports, vnis: null, limits: DEFAULT_LIMITS };
    return (await observeCapture(reader, options)).frames;
  }
  const window = new Window();
  const packet = new Packet();
  let packets = 0;
  for await (const batch of reader) {
    const { view, offset, captured, original, interfaceIndex, count } = batch;
    if (stage === 'glance') {
      for (let from = 0; from < count; from += WINDOW) {
        window.look(batch, reader.interfaces, from, Math.min(WINDOW, count - from), packets + from + 1, ports);
      }
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
