/** Threads of the program: where their code is, and how an error of theirs becomes one of ours. */
import { existsSync } from 'node:fs';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { type ErrorCode, VxtraceError } from './errors.ts';

/** What went wrong in a thread, as plain data; `code` is null for a fault of the program. */
export interface ThreadFailure {
  kind: 'failed';
  code: ErrorCode | null;
  message: string;
}

/**
 * Starts the thread of that name with some plain data, of which `transferList` is handed over. Null when the
 * program runs from source, where there is no such file.
 */
export function startThread(
  name: string,
  workerData: unknown,
  transferList: readonly TransferListItem[] = [],
): Worker | null {
  // The bundler decides how deep this module stands below it.
  const file = [`./${name}.js`, `../${name}.js`].map((path) => new URL(path, import.meta.url)).find(existsSync);
  return file === undefined ? null : new Worker(file, { workerData, transferList: [...transferList] });
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
