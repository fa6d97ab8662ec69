/** One capture to observe, as plain data that travels between threads, and the observing of it. */
import type { CaptureReader } from './capture/frames.ts';
import { openCapture } from './capture/open.ts';
import { portTable } from './decode/ports.ts';
import type { Limits } from './flow/observations.ts';
import { type ObservedCapture, observeCapture } from './observe.ts';
import { openAhead } from './read-ahead.ts';

/** What to observe. */
export interface ObserveTask {
  path: string;
  /** Whether a thread of its own reads the capture. */
  isReadAhead: boolean;
  replyTimeoutNanoseconds: number;
  vxlanPorts: readonly number[];
  vnis: ReadonlySet<number> | null;
  limits: Limits;
}

/**
 * Opens the capture and observes it to its end; `onBatch` is called after each batch.
 *
 * @throws VxtraceError when the capture cannot be opened or is none.
 */
export async function observeTask(
  task: ObserveTask,
  onBatch: (reader: CaptureReader) => void,
): Promise<ObservedCapture> {
  const { path, isReadAhead, vxlanPorts, ...options } = task;
  const reader = (isReadAhead ? await openAhead(path, vxlanPorts) : null) ?? (await openCapture(path));
  try {
    return await observeCapture(reader, { ...options, ports: portTable(vxlanPorts) }, () => onBatch(reader));
  } finally {
    await reader.close();
  }
}
