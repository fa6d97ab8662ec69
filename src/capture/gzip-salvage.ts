/**
 * Unpacks deflated data up to the very byte at which they are damaged. Node's zlib keeps back what it unpacked of a
 * piece in which it meets an error, so the pieces must become small there.
 */
import { createInflateRaw } from 'node:zlib';
import { INPUT_BYTES, OUTPUT_BYTES } from './decompressor.ts';
import { ZlibStream } from './zlib-stream.ts';

/** A piece is a trip to another thread; from 64 KiB these two sizes lead to the byte in a few hundred. */
const PIECE_BYTES = [256, 1];

/** A stream for deflated data. */
export function inflating(): ZlibStream {
  return new ZlibStream(createInflateRaw({ chunkSize: OUTPUT_BYTES }));
}

/** What damaged data unpack to beyond the first `known` bytes. Their first `sound` bytes are known to be good. */
export async function salvage(data: Uint8Array, sound: number, known: number): Promise<Uint8Array[]> {
  let good = sound;
  let output: Uint8Array[] = [];
  for (const pieceBytes of PIECE_BYTES) ({ good, output } = await unpackPieces(data, good, pieceBytes, known));
  return output;
}

/** Unpacks the first `good` bytes in large pieces, the next in small ones, as many as are good. */
async function unpackPieces(
  data: Uint8Array,
  good: number,
  pieceBytes: number,
  known: number,
): Promise<{ good: number; output: Uint8Array[] }> {
  const stream = inflating();
  const output: Uint8Array[] = [];
  let skip = known;
  let at = 0;
  for (;;) {
    const end = at < good ? Math.min(at + INPUT_BYTES, good) : Math.min(at + pieceBytes, data.length);
    for (const chunk of await stream.push(data.subarray(at, end))) {
      if (chunk.length > skip) output.push(chunk.subarray(skip));
      skip -= Math.min(skip, chunk.length);
    }
    if (stream.error !== null || end === data.length) break;
    at = end;
  }
  stream.close();
  return { good: at, output };
}
