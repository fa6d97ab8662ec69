/** Observes one capture in a thread of its own and hands the observations over. */
import { parentPort } from 'node:worker_threads';
import { pack } from './flow/transfer.ts';
import type { WorkerMessage } from './observe-all.ts';
import { type ObserveTask, observeTask } from './observe-task.ts';
import { failureOf } from './thread.ts';

/** Batches after which progress is told. */
const BATCHES_PER_MESSAGE = 16;

/** Runs the thread. */
export async function run(task: ObserveTask): Promise<void> {
  const post = (message: WorkerMessage, buffers: ArrayBuffer[] = []): void => parentPort?.postMessage(message, buffers);
  try {
    let batches = 0;
    const { observations, ...rest } = await observeTask(task, ({ bytesRead }) => {
      if (batches++ % BATCHES_PER_MESSAGE === 0) post({ kind: 'progress', bytes: bytesRead });
    });
    const { parcel, buffers } = pack(observations);
    post({ kind: 'done', parcel, rest }, buffers);
  } catch (error) {
    post(failureOf(error));
  }
}
