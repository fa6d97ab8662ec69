/** Observes one capture in a thread of its own and hands the observations over. */
import { parentPort, workerData } from 'node:worker_threads';
import { openCapture } from './capture/open.ts';
import { portTable } from './decode/ports.ts';
import { pack } from './flow/transfer.ts';
import { observeCapture } from './observe.ts';
import type { ObserveTask, WorkerMessage } from './observe-all.ts';
import { failureOf } from './thread.ts';

async function main(task: ObserveTask): Promise<void> {
  const post = (message: WorkerMessage, buffers: ArrayBuffer[] = []): void => parentPort?.postMessage(message, buffers);
  try {
    const reader = await openCapture(task.path);
    const { replyTimeoutNanoseconds, vxlanPorts, vnis, limits } = task;
    const options = { replyTimeoutNanoseconds, ports: portTable(vxlanPorts), vnis, limits };
    let batches = 0;
    const observed = await observeCapture(reader, options, () => {
      if (batches++ % 16 === 0) post({ kind: 'progress', bytes: reader.bytesRead });
    });
    await reader.close();
    const { parcel, buffers } = pack(observed.observations);
    const { unsupported, frames, source } = observed;
    post({ kind: 'done', parcel, unsupported, frames, source }, buffers);
  } catch (error) {
    post(failureOf(error));
  }
}

await main(workerData as ObserveTask);
