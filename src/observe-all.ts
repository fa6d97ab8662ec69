/** Observes all captures of a run: large ones at the same time, each on a core of its own. */
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { openCapture } from './capture/open.ts';
import { portTable } from './decode/ports.ts';
import { type ErrorCode, VxtraceError } from './errors.ts';
import type { Limits } from './flow/observations.ts';
import { type Parcel, unpack } from './flow/transfer.ts';
import { type CaptureSource, type ObservedCapture, observeCapture } from './observe.ts';

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
  | { kind: 'failed'; code: ErrorCode | null; message: string };

/** Told how far a capture was read: its position in the list, stored bytes read, and size (null for a stream). */
export type Progress = (capture: number, bytesRead: number, bytesTotal: number | null) => void;

/** Where the build puts the worker, seen from this module's own place in the bundle; run from source there is none. */
const WORKER_FILES = ['./worker.js', '../worker.js'];
/** Below this size, in bytes, a thread costs more than it wins. */
const WORTH_A_THREAD = 8 << 20;

/**
 * Observes every capture; the results are in the order of the tasks.
 *
 * @throws VxtraceError when a capture cannot be opened or is none.
 */
export async function observeAll(tasks: readonly ObserveTask[], progress: Progress): Promise<ObservedCapture[]> {
  const results: ObservedCapture[] = new Array(tasks.length);
  const isLarge = tasks.map(({ path }) => sizeOf(path) >= WORTH_A_THREAD);
  const large = tasks.map((_, index) => index).filter((index) => isLarge[index]);
  const workerFile = WORKER_FILES.map((name) => new URL(name, import.meta.url)).find((url) => existsSync(url));
  const threads = large.length > 1 && workerFile !== undefined ? Math.min(availableParallelism(), large.length) : 0;
  const own = tasks.map((_, index) => index).filter((index) => threads === 0 || !isLarge[index]);
  const queue = [...large];
  // The largest capture stays on this thread, which would be idle otherwise.
  const runner = async (here: boolean): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      results[index] =
        here || workerFile === undefined
          ? await observeHere(tasks[index], index, progress)
          : await observeInWorker(workerFile, tasks[index], index, progress);
    }
  };
  const running = threads === 0 ? [] : Array.from({ length: threads }, (_, thread) => runner(thread === threads - 1));
  for (const index of own) results[index] = await observeHere(tasks[index], index, progress);
  await Promise.all(running);
  return results;
}

async function observeHere(task: ObserveTask, index: number, progress: Progress): Promise<ObservedCapture> {
  const reader = await openCapture(task.path);
  try {
    const { replyTimeoutNanoseconds, vxlanPorts, vnis, limits } = task;
    const options = { replyTimeoutNanoseconds, ports: portTable(vxlanPorts), vnis, limits };
    return await observeCapture(reader, options, () => progress(index, reader.bytesRead, reader.bytesTotal));
  } finally {
    await reader.close();
  }
}

function observeInWorker(file: URL, task: ObserveTask, index: number, progress: Progress): Promise<ObservedCapture> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task });
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'progress':
          progress(index, message.bytes, sizeOf(task.path));
          break;
        case 'failed':
          reject(
            message.code === null
              ? new Error(message.message)
              : new VxtraceError(message.code, firstLine(message.message)),
          );
          break;
        case 'done': {
          const { parcel, unsupported, frames, source } = message;
          resolve({ observations: unpack(parcel), unsupported, frames, source });
        }
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error(`${task.path}: its reader ended unexpectedly`)));
  });
}

function firstLine(stack: string): string {
  return stack.split('\n', 1)[0].replace(/^\w+: /, '');
}

function sizeOf(path: string): number {
  if (path === '-') return 0;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.size : 0;
}
