/** Reads a capture: bytes from a source through the slab, records through a parser, batch by batch. */
import { dropWarnings } from './drops.ts';
import type { CaptureInterface, CaptureReader, CaptureWarning, FrameBatch } from './frames.ts';
import type { CaptureMemory } from './memory.ts';
import type { RecordParser } from './record-parser.ts';
import type { Slab } from './slab.ts';
import type { ByteSource } from './source.ts';

/** Files are read synchronously; every so many reads the event loop gets a turn, for signals and progress. */
const READS_PER_TURN = 32;

/** A capture whose format is known. The first batch is filled from what the slab holds when it is made. */
export class SlabReader<Batch extends FrameBatch> implements CaptureReader<Batch> {
  readonly format: CaptureReader['format'];
  readonly bytesTotal: number | null;
  readonly warnings: CaptureWarning[] = [];
  complete = true;

  readonly #source: ByteSource;
  readonly #slab: Slab;
  readonly #parser: RecordParser;
  readonly #memory: CaptureMemory<Batch>;
  #batch: Batch;
  #frames = 0;
  #reads = 0;

  /** The slab is one of `memory`. */
  constructor(
    source: ByteSource,
    memory: CaptureMemory<Batch>,
    slab: Slab,
    parser: RecordParser,
    format: CaptureReader['format'],
  ) {
    this.#memory = memory;
    this.#batch = memory.batch();
    this.#source = source;
    this.#slab = slab;
    this.#parser = parser;
    this.format = format;
    this.bytesTotal = source.bytesTotal;
    this.#fill();
  }

  get epochSeconds(): number {
    return this.#parser.epochSeconds ?? 0;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#parser.interfaces;
  }

  get bytesRead(): number {
    return this.#source.bytesTaken;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    const parser = this.#parser;
    try {
      while (parser.damage === null || this.#batch.count > 0) {
        if (this.#batch.count > 0) {
          this.#frames += this.#batch.count;
          yield this.#batch;
          this.#batch = this.#memory.batch();
        }
        this.#fill();
        if (this.#batch.count === 0 && parser.damage === null && !(await this.#read())) break;
      }
      this.#conclude();
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    this.#batch.count = 0;
    await this.#source.close();
  }

  /** Replaces the batch by the frames of the whole records that the slab holds. */
  #fill(): void {
    const slab = this.#slab;
    const batch = this.#batch;
    batch.bytes = slab.bytes;
    batch.view = slab.view;
    batch.fileOffset = slab.offsetOf(0);
    batch.count = 0;
    if (this.#parser.damage === null) slab.start = this.#parser.fill(batch, slab.start, slab.end);
  }

  /** Reads on and fills the batch; false at the end of the source. */
  async #read(): Promise<boolean> {
    const slab = this.#slab;
    const room = slab.makeRoom(this.#parser.neededBytes);
    const reading = this.#source.read(slab.bytes, slab.end, room);
    const count = typeof reading === 'number' ? reading : await reading;
    if (count === 0) return false;
    slab.grow(count);
    this.#fill();
    if (++this.#reads % READS_PER_TURN === 0) await new Promise(setImmediate);
    return true;
  }

  /** Says what there is to say at the end. */
  #conclude(): void {
    const slab = this.#slab;
    const { damage, neededBytes, untimedFrames } = this.#parser;
    const left = slab.end - slab.start;
    if (damage !== null) {
      const offset = slab.offsetOf(damage.at);
      this.#warn('damaged', `damaged at byte ${offset}, not read further: ${damage.message}`, offset);
    } else if (this.#source.failure !== null) {
      const { code, message } = this.#source.failure;
      this.#warn(code, message, slab.offsetOf(slab.start));
    } else if (left > 0) {
      const offset = slab.offsetOf(slab.start);
      this.#warn(
        'cut-short',
        `ends in the middle of the record at byte ${offset}: ${left} of its ${neededBytes} bytes are there`,
        offset,
      );
    }
    this.complete = this.warnings.length === 0;
    if (untimedFrames > 0) {
      this.#warn('no-timestamps', `${untimedFrames} of ${this.#frames} packets have no valid time`, null);
    }
    this.warnings.push(...dropWarnings(this.interfaces));
    for (const remark of this.#parser.remarks ?? []) this.#warn('remark', remark, null);
  }

  #warn(code: CaptureWarning['code'], message: string, offset: number | null): void {
    this.warnings.push({ code, message, offset });
  }
}
