/** A batch in the kernel's memory. */
import { BATCH_FRAMES, FrameBatch } from './capture/frames.ts';
import { ROW_WORDS } from './flow/digest.ts';
import type { GlancedFrames } from './flow/glanced-frames.ts';
import { TOTALS } from './flow/state.ts';
import type { TableMemory } from './flow/table-memory.ts';

export class GlancedBatch extends FrameBatch implements GlancedFrames {
  readonly rows: Int32Array;
  readonly totals: Float64Array;
  /** False while `rows` and `totals` are those of other frames. */
  isGlanced = false;

  constructor(memory: TableMemory) {
    super((bytes) => memory.region(bytes));
    this.rows = memory.words(BATCH_FRAMES * ROW_WORDS);
    this.totals = memory.doubles(TOTALS);
  }
}
