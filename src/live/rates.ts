/** How much each source brings: totals since the run began, and rates of the last second. */
import type { SourceSummary } from './events.ts';
import type { Watch } from './watch.ts';

/** Milliseconds over which a rate is measured, at least. */
const SPAN = 1000;

/** Totals of a source, and what they grew by in a second. */
interface Rate {
  readonly frames: number;
  readonly bytes: number;
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
}

export class Rates {
  readonly #watches: readonly Watch[];
  #measured: Rate[] = [];
  #at = 0;

  constructor(watches: readonly Watch[]) {
    this.#watches = watches;
  }

  /** Measures when the last second is over. `now` is in milliseconds since 1970. */
  measure(now: number): void {
    const seconds = (now - this.#at) / 1000;
    if (seconds * 1000 < SPAN) return;
    this.#measured = this.#watches.map(({ frames, bytes }, index) => {
      const before = this.#measured[index];
      return {
        frames,
        bytes,
        framesPerSecond: before === undefined ? 0 : Math.round((frames - before.frames) / seconds),
        bytesPerSecond: before === undefined ? 0 : Math.round((bytes - before.bytes) / seconds),
      };
    });
    this.#at = now;
  }

  get summaries(): SourceSummary[] {
    return this.#watches.map(({ capture, state, frames, bytes, dropped }, index) => ({
      label: capture.label,
      state,
      packets: frames,
      bytes,
      packetsPerSecond: this.#measured[index]?.framesPerSecond ?? 0,
      bytesPerSecond: this.#measured[index]?.bytesPerSecond ?? 0,
      dropped,
    }));
  }
}
