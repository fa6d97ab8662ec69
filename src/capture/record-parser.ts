/** What the reader of any format needs of a format: records in a slab to frames in a batch. */
import type { CaptureInterface, FrameBatch } from './frames.ts';

/** A record or block longer than this is taken for damage; it bounds what the slab can grow to. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** Times from here on (the year 10000) cannot be written as ISO 8601; a record that claims one has no time. */
export const MAX_SECONDS = 253_402_300_800;

/** `FrameBatch.original` is 32 bits signed; a longer claim is cut to this. */
export const MAX_ORIGINAL_BYTES = 0x7fffffff;

/** A record that contradicts itself. Nothing behind it can be trusted, so reading ends there. */
export interface Damage {
  readonly message: string;
  /** Where the record starts, as an index into the slab. */
  readonly at: number;
}

/** Takes the records of one format out of a slab, batch by batch. */
export interface RecordParser {
  readonly format: 'pcap' | 'pcapng';
  readonly interfaces: readonly CaptureInterface[];
  /** Whole seconds of the first time seen; null before there was one. */
  readonly epochSeconds: number | null;
  /** Frames so far whose record has no time, or none that is valid. */
  readonly untimedFrames: number;
  /** Set when reading cannot go on. */
  readonly damage: Damage | null;
  /** What those who wrote the capture said of its weaknesses, where the format has room for it. */
  readonly remarks?: readonly string[];
  /** Bytes that the record at the index returned last needs in all, as far as its first bytes tell. */
  readonly neededBytes: number;
  /**
   * Appends the frames of the whole records in `batch.bytes[start, end)` to the batch, until it is full, no
   * whole record is left, or a record is damaged. Returns the index of the first byte not consumed.
   */
  fill(batch: FrameBatch, start: number, end: number): number;
}
