/** Reads a capture to its end into plain objects, for tests to compare. */

import type { CaptureReader, CaptureWarning } from '../../src/capture/frames.ts';
import { readCapture } from '../../src/capture/open.ts';

export interface ReadFrame {
  readonly bytes: string;
  readonly captured: number;
  readonly original: number;
  /** Nanoseconds since 1970 as the reader gives them, epoch added back; null without a time. */
  readonly nanoseconds: bigint | null;
  readonly interfaceIndex: number;
  /** Offset of the frame's first byte in the uncompressed capture. */
  readonly fileOffset: number;
}

interface ReadResult {
  readonly reader: CaptureReader;
  readonly frames: ReadFrame[];
  /** Frames of each batch. */
  readonly batches: number[];
  readonly warnings: readonly CaptureWarning[];
}

export async function readAll(reader: CaptureReader): Promise<ReadResult> {
  const frames: ReadFrame[] = [];
  const batches: number[] = [];
  for await (const batch of reader) {
    batches.push(batch.count);
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset[i];
      const time = batch.time[i];
      frames.push({
        bytes: Buffer.from(batch.bytes.subarray(start, start + batch.captured[i])).toString('latin1'),
        captured: batch.captured[i],
        original: batch.original[i],
        nanoseconds: Number.isNaN(time) ? null : BigInt(reader.epochSeconds) * 1_000_000_000n + BigInt(time),
        interfaceIndex: batch.interfaceIndex[i],
        fileOffset: batch.fileOffset + start,
      });
    }
  }
  return { reader, frames, batches, warnings: reader.warnings };
}

/** Reads bytes as a stream cut into chunks of the given lengths; the last length is used again for the rest. */
export async function readBytes(bytes: Uint8Array, chunkLengths: readonly number[] = []): Promise<ReadResult> {
  return readAll(await readCapture(chunksOf(bytes, chunkLengths)));
}

export async function* chunksOf(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let length = bytes.length;
  for (let at = 0, i = 0; at < bytes.length; at += length, i++) {
    length = lengths[Math.min(i, lengths.length - 1)] ?? bytes.length;
    yield bytes.subarray(at, at + length);
  }
}

/** A time as tshark prints frame.time_epoch; empty without a time. */
export function epochText(nanoseconds: bigint | null): string {
  if (nanoseconds === null) return '';
  const digits = String(nanoseconds).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
