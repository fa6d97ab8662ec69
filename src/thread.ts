/**
 * Threads of the program: how one is started, and how an error of theirs becomes one of ours.
 *
 * Every thread starts as `thread-start.ts`, and is told then what it is to do. So one can be started before that is known,
 * while the program is still being loaded: Node takes as long for it as for itself.
 */
import { existsSync } from 'node:fs';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { type ErrorCode, VxtraceError } from './errors.ts';

/** What went wrong in a thread, as plain data; `code` is null for a fault of the program. */
export interface ThreadFailure {
  kind: 'failed';
  code: ErrorCode | null;
  message: string;
}

/** What a thread is to do: which program it is to run, and on what. */
export interface ThreadOrder {
  program: string;
  task: unknown;
}

/** A thread that has nothing to do yet. */
let spare: Worker | null = null;

/** Starts a thread for the next `startThread`. Until then the program does not wait for it to end. */
export function prepareThread(): void {
  if (spare !== null) return;
  const thread = newThread();
  thread?.unref();
  // One that cannot be had is missed when it is needed.
  thread?.once('error', () => {
    if (spare === thread) spare = null;
  });
  spare = thread;
}

/**
 * Starts a thread that runs the program of that name on a task, of which `transferList` is handed over. Null when this
 * program runs from source, where there is no such file.
 */
export function startThread(
  program: string,
  task: unknown,
  transferList: readonly TransferListItem[] = [],
): Worker | null {
  const thread = spare ?? newThread();
  spare = null;
  const order: ThreadOrder = { program, task };
  thread?.ref();
  thread?.postMessage(order, transferList);
  return thread;
}

function newThread(): Worker | null {
  // The bundler decides how deep this module stands below it.
  const file = ['./thread-start.js', '../thread-start.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  return file === undefined ? null : new Worker(file);
}

/** What to tell the other threads of an error. */
export function failureOf(error: unknown): ThreadFailure {
  if (error instanceof VxtraceError) return { kind: 'failed', code: error.code, message: error.message };
  return {
    kind: 'failed',
    code: null,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

/** The error that another thread told of. */
export function errorOf({ code, message }: ThreadFailure): Error {
  return code === null ? new Error(message) : new VxtraceError(code, message);
}
