/** One capture to observe, as plain data that travels between threads, and the observing of it. */
import type { CaptureReader } from './capture/frames.ts';
import { MemoryRing } from './capture/memory.ts';
import { openCapture } from './capture/open.ts';
import { portTable } from './decode/ports.ts';
import { Kernel } from './flow/kernel.ts';
import type { Limits } from './flow/observations.ts';
import { TableMemory } from './flow/table-memory.ts';
import { GlancedBatch } from './glanced-batch.ts';
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
  const ports = portTable(vxlanPorts);
  const kernel = Kernel.start(ports);
  const ahead = isReadAhead && kernel !== null ? await openAhead(path, kernel) : null;
  const reader = ahead ?? (await openHere(path, kernel));
  try {
    return await observeCapture(reader, kernel, { ...options, ports }, () => onBatch(reader));
  } finally {
    await reader.close();
  }
}

/** Opens a capture that is read by this thread, into the kernel's memory if there is a kernel. */
export function openHere(path: string, kernel: Kernel | null): Promise<CaptureReader<GlancedBatch>> {
  const memory = kernel?.memory ?? new TableMemory();
  return openCapture(path, new MemoryRing([new GlancedBatch(memory)], (length) => memory.bytes(length)));
}
