/** Observes all captures of a run: large ones at the same time, each on a core of its own. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { fileSize } from './capture/file-size.ts';
import { type Parcel, unpack } from './flow/transfer.ts';
import type { ObservedCapture } from './observe.ts';
import { type ObserveTask, observeTask } from './observe-task.ts';
import { errorOf, startThread, type ThreadFailure } from './thread.ts';

export type WorkerMessage =
  | { kind: 'progress'; bytes: number }
  | { kind: 'done'; parcel: Parcel; rest: Omit<ObservedCapture, 'observations'> }
  | ThreadFailure;

/** Told how far a capture was read: its position in the list, stored bytes read, and size (null for a stream). */
export type Progress = (capture: number, bytesRead: number, bytesTotal: number | null) => void;

/** Below this size, in bytes, a thread costs more than it wins. */
const WORTH_A_THREAD = 8 << 20;
/** Below this size, in bytes, starting the thread that reads ahead takes longer than it saves. */
const WORTH_READING_AHEAD = 48 << 20;

/**
 * Observes every capture; the results are in the order of the tasks.
 *
 * @throws VxtraceError when a capture cannot be opened or is none.
 */
export async function observeAll(
  tasks: readonly Omit<ObserveTask, 'isReadAhead'>[],
  progress: Progress,
): Promise<ObservedCapture[]> {
  const results: ObservedCapture[] = new Array(tasks.length);
  const started: Worker[] = [];
  const sizes = tasks.map(({ path }) => fileSize(path));
  const order = tasks.map((_, index) => index);
  const cores = availableParallelism();
  const large = order.filter((index) => sizes[index] >= WORTH_A_THREAD);
  const threads = large.length > 1 ? Math.min(cores, large.length) : 0;
  const observe = async (index: number, worksHere: boolean): Promise<void> => {
    const isReadAhead = sizes[index] >= WORTH_READING_AHEAD && cores >= 2 * Math.max(threads, 1);
    const task = { ...tasks[index], isReadAhead };
    const thread = worksHere ? null : startThread('worker', task);
    if (thread !== null) started.push(thread);
    results[index] =
      thread === null
        ? await observeTask(task, ({ bytesRead, bytesTotal }) => progress(index, bytesRead, bytesTotal))
        : await observeInThread(thread, task, index, progress);
  };
  const queue = threads === 0 ? [] : large;
  const work = async (worksHere: boolean): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) await observe(index, worksHere);
  };
  const small = order.filter((index) => !queue.includes(index));
  const observeSmall = async (): Promise<void> => {
    for (const index of small) await observe(index, true);
  };
  try {
    // This thread would be idle otherwise.
    await Promise.all([...Array.from({ length: threads }, (_, i) => work(i === threads - 1)), observeSmall()]);
  } catch (error) {
    // What the others would come to is not asked for any more.
    for (const thread of started) void thread.terminate();
    throw error;
  }
  return results;
}

function observeInThread(
  thread: Worker,
  task: ObserveTask,
  index: number,
  progress: Progress,
): Promise<ObservedCapture> {
  return new Promise((resolve, reject) => {
    thread.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'progress':
          progress(index, message.bytes, fileSize(task.path));
          break;
        case 'failed':
          reject(errorOf(message));
          break;
        case 'done': {
          const { parcel, rest } = message;
          resolve({ observations: unpack(parcel), ...rest });
        }
      }
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error(`${task.path}: its reader ended unexpectedly`)));
  });
}
