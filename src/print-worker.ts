/** The thread that prints what another one hands to it. */
import { BatchPrinter } from './batch-printer.ts';
import type { CaptureInterface } from './capture/frames.ts';
import { type PrintMessage, type PrintOrder, type PrintTask, sharedMemory } from './printing-pair.ts';
import { LineBuffer } from './report/line-buffer.ts';

/** Runs the thread, until its port is closed. */
export function run({ options, format, batches, port, sent }: PrintTask): void {
  const printer = new BatchPrinter(options);
  const interfaces: CaptureInterface[] = [];
  const send = (message: PrintMessage): void => {
    port.postMessage(message);
    Atomics.add(sent, 0, 1);
    Atomics.notify(sent, 0);
  };
  port.on('message', ({ place, count, bytes, frame, epochSeconds, newInterfaces, memory }: PrintOrder) => {
    const out = new LineBuffer(memory, sharedMemory);
    const batch = { ...batches[place], bytes, view: new DataView(bytes.buffer), count };
    interfaces.push(...newInterfaces);
    printer.print(out, { format, epochSeconds, interfaces }, batch, 0, frame, Number.POSITIVE_INFINITY);
    send({ kind: 'printed', place, memory: out.memory, length: out.length });
  });
  send({ kind: 'ready' });
}
