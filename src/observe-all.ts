/** Observes all captures of a run: large ones at the same time, each on a core of its own. */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { openCapture } from './capture/open.ts';
import { portTable } from './decode/ports.ts';
import type { Limits } from './flow/observations.ts';
import { type Parcel, unpack } from './flow/transfer.ts';
import { type CaptureSource, type ObservedCapture, observeCapture } from './observe.ts';
import { openAhead } from './read-ahead.ts';
import { errorOf, startThread, type ThreadFailure } from './thread.ts';

/** What to observe, as plain data: it travels to the worker. */
export interface ObserveTask {
  path: string;
  replyTimeoutNanoseconds: number;
  vxlanPorts: readonly number[];
  vnis: ReadonlySet<number> | null;
  limits: Limits;
}

export type WorkerMessage =
  | { kind: 'progress'; bytes: number }
  | { kind: 'done'; parcel: Parcel; unsupported: Map<number, number>; frames: number; source: CaptureSource }
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
export async function observeAll(tasks: readonly ObserveTask[], progress: Progress): Promise<ObservedCapture[]> {
  const results: ObservedCapture[] = new Array(tasks.length);
  const sizes = tasks.map(({ path }) => sizeOf(path));
  const order = tasks.map((_, index) => index);
  const large = order.filter((index) => sizes[index] >= WORTH_A_THREAD);
  const cores = availableParallelism();
  const threads = large.length > 1 ? Math.min(cores, large.length) : 0;
  const own = order.filter((index) => threads === 0 || !large.includes(index));
  const queue = [...large];
  // The largest capture stays on this thread, which would be idle otherwise.
  const runner = async (here: boolean): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const thread = here ? null : startThread('worker', tasks[index]);
      results[index] =
        thread === null
          ? await observeHere(tasks[index], index, progress)
          : await observeInThread(thread, tasks[index], index, progress);
    }
  };
  const running = Array.from({ length: threads }, (_, thread) => runner(thread === threads - 1));
  for (const index of own) {
    const isAhead = sizes[index] >= WORTH_READING_AHEAD && cores > 1;
    results[index] = await observeHere(tasks[index], index, progress, isAhead);
  }
  await Promise.all(running);
  return results;
}

async function observeHere(
  task: ObserveTask,
  index: number,
  progress: Progress,
  isAhead = false,
): Promise<ObservedCapture> {
  const { path, replyTimeoutNanoseconds, vxlanPorts, vnis, limits } = task;
  const reader = (isAhead ? await openAhead(path, vxlanPorts) : null) ?? (await openCapture(path));
  try {
    const options = { replyTimeoutNanoseconds, ports: portTable(vxlanPorts), vnis, limits };
    return await observeCapture(reader, options, () => progress(index, reader.bytesRead, reader.bytesTotal));
  } finally {
    await reader.close();
  }
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
          progress(index, message.bytes, sizeOf(task.path));
          break;
        case 'failed':
          reject(errorOf(message));
          break;
        case 'done': {
          const { parcel, unsupported, frames, source } = message;
          resolve({ observations: unpack(parcel), unsupported, frames, source });
        }
      }
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error(`${task.path}: its reader ended unexpectedly`)));
  });
}

function sizeOf(path: string): number {
  if (path === '-') return 0;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.size : 0;
}
