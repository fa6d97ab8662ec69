/**
 * What every capture source delivers: batches of frames over one reused slab of bytes.
 *
 * A batch is a set of parallel arrays, so that no object is made per packet. It is valid until the
 * next batch is asked for; a consumer copies the scalars it wants to keep.
 */

/** Frames per batch at most. */
export const BATCH_FRAMES = 8192;

/** Some bytes of a buffer, from `byteOffset` on. */
export interface Region {
  buffer: ArrayBufferLike;
  byteOffset: number;
}

/** Makes the memory of an array of so many bytes. */
export type Allocate = (bytes: number) => Region;

/** One batch of frames. Only the first `count` entries of each array mean anything. */
export class FrameBatch {
  /** The slab that holds the frames, and a view of the same memory. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  count = 0;
  /** Where each frame starts in `bytes`. */
  readonly offset: Int32Array;
  /** Bytes of each frame that are in the capture. */
  readonly captured: Int32Array;
  /** Bytes of each frame on the wire; not below `captured`. */
  readonly original: Int32Array;
  /** Nanoseconds since `CaptureReader.epochSeconds`; NaN where the record has no (valid) time. */
  readonly time: Float64Array;
  /** Index into `CaptureReader.interfaces`. */
  readonly interfaceIndex: Int32Array;
  /** Offset in the uncompressed capture of the byte `bytes[0]`. */
  fileOffset = 0;

  constructor(allocate: Allocate = (bytes) => ({ buffer: new ArrayBuffer(bytes), byteOffset: 0 })) {
    const words = (): Int32Array => {
      const { buffer, byteOffset } = allocate(BATCH_FRAMES * 4);
      return new Int32Array(buffer, byteOffset, BATCH_FRAMES);
    };
    const { buffer, byteOffset } = allocate(BATCH_FRAMES * 8);
    this.time = new Float64Array(buffer, byteOffset, BATCH_FRAMES);
    this.offset = words();
    this.captured = words();
    this.original = words();
    this.interfaceIndex = words();
  }
}

/** An interface that a capture declares: one for a pcap file, any number for pcapng. */
export interface CaptureInterface {
  /** LINKTYPE_ value, as registered at tcpdump.org. */
  linkType: number;
  /** Bytes kept per packet; 0 when there is no limit. */
  snapLength: number;
  /** Null where none is given. Of long ones the beginning; of very many interfaces, those of the first. */
  name: string | null;
  filter: string | null;
  /** Nanoseconds per timestamp unit, 1000 for microseconds. */
  resolutionNanoseconds: number;
  /** What the capturing system reports, from interface statistics; null when it says nothing. */
  received: number | null;
  dropped: number | null;
  /** When capturing ended, from interface statistics, in nanoseconds since `CaptureReader.epochSeconds`. */
  endTime?: number;
}

/** Something about a capture that makes a verdict weaker; never an exception. */
export interface CaptureWarning {
  code: 'cut-short' | 'damaged' | 'no-timestamps' | 'drops' | 'unsupported-link-type' | 'ended-early' | 'remark';
  message: string;
  /** Byte offset in the uncompressed capture, where it applies. */
  offset: number | null;
}

/** A capture being read. Iterating yields the same `FrameBatch` object again and again. */
export interface CaptureReader<Batch extends FrameBatch = FrameBatch> extends AsyncIterable<Batch> {
  readonly format: 'pcap' | 'pcapng' | 'live';
  /**
   * Unix seconds that all `FrameBatch.time` values count from: those of the first packet that has a time.
   * Settled before the first batch that holds a time; 0 as long as there was none.
   */
  readonly epochSeconds: number;
  /** Grows while a pcapng capture is read. */
  readonly interfaces: readonly CaptureInterface[];
  readonly warnings: readonly CaptureWarning[];
  /** Whole bytes of the capture consumed so far (as stored: compressed bytes for compressed files). */
  readonly bytesRead: number;
  /** Size of the file in bytes, null for a stream. */
  readonly bytesTotal: number | null;
  /** False once the capture turned out to end in the middle of a record. */
  readonly complete: boolean;
  close(): Promise<void>;
}
