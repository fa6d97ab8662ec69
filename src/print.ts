/** A capture as text: reads, decodes and prints it packet by packet, slab by slab. */
import { BatchPrinter, type PrintOptions } from './batch-printer.ts';
import type { CaptureReader } from './capture/frames.ts';
import { LineBuffer } from './report/line-buffer.ts';

/** Text is handed out when this much is there, and at the end of every batch. */
const CHUNK_BYTES = 1 << 18;

/**
 * Yields the capture as UTF-8, one line a packet, in the formats of `writePacketLine` and `writePacketJson`. A
 * chunk is valid until the next one is asked for. Chunks of a capture in progress come with its packets.
 */
export async function* printCapture(reader: CaptureReader, options: PrintOptions): AsyncGenerator<Uint8Array> {
  const printer = new BatchPrinter(options);
  const out = new LineBuffer(CHUNK_BYTES);
  let frame = 1;
  if (printer.left <= 0) return reader.close();
  for await (const batch of reader) {
    for (let next = 0; next < batch.count; ) {
      const from = next;
      next = printer.print(out, reader, batch, from, frame, CHUNK_BYTES);
      frame += next - from;
      if (out.length > 0) yield out.written();
      out.clear();
      if (printer.left <= 0) return;
    }
  }
}
