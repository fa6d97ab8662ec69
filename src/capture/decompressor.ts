/** What unpacks the data of one compression, and how it says what is wrong with them. */
import type { ByteSource } from './source.ts';

/** Compressed bytes handed over at a time. */
export const INPUT_BYTES = 64 * 1024;
/** Node's own 16 KiB makes a trip to another thread for every 16 KiB unpacked, which takes twice the time. */
export const OUTPUT_BYTES = 1024 * 1024;

export type Compression = 'gzip' | 'zstd';

/** Unpacks piece by piece. */
export interface Decompressor {
  /** Why it cannot go on; null while it can. */
  readonly failure: ByteSource['failure'];
  /** How many of these bytes, the next of the input, are to be pushed at once. */
  portion(input: Uint8Array): number;
  /** Unpacks the next input, or with null ends it. Resolves to what can be delivered. */
  push(input: Uint8Array | null): Promise<Uint8Array[]>;
  close(): void;
}

/** The failure of data that were `cut`, or are wrong for a reason. */
export function failureOf(compression: Compression, cut: boolean, reason: string): NonNullable<ByteSource['failure']> {
  return cut
    ? { code: 'cut-short', message: `its ${compression} data end in the middle` }
    : { code: 'damaged', message: `its ${compression} data are damaged: ${reason}` };
}
