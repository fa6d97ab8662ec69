/**
 * Completed runs of consecutive sequence numbers, as linked lists, one a flow.
 *
 * A flow's requests are remembered as ranges: `1..5000` costs one entry however many there were. The
 * run that still grows stands in the flow's record.
 */

const STRIDE = 4;
/** Runs of a flow that are looked through, newest first: what is older is not expected back. */
const WALK = 64;
/** Runs kept of a capture, all flows together. */
const LIMIT = 1 << 20;

/** One run: requests `start` to `end` inclusive, when and in which frame the first of them was seen. */
export interface Run {
  start: number;
  end: number;
  firstTime: number;
  lastTime: number;
  firstFrame: number;
}

export class RunPool {
  count = 0;
  /** Runs that were joined to others because the pool was full. */
  joined = 0;
  private words = new Int32Array(64 * STRIDE);
  private times = new Float64Array(64 * 2);

  /**
   * Adds a run in front of the list that starts at `next` (-1: none); returns the new start of the list.
   * When the pool is full the run is joined to the one before it, the gap between them included.
   */
  push(start: number, end: number, firstTime: number, lastTime: number, firstFrame: number, next: number): number {
    if (this.count >= LIMIT && next >= 0) {
      this.joined++;
      this.words[next * STRIDE] = Math.min(this.words[next * STRIDE], start);
      this.words[next * STRIDE + 1] = Math.max(this.words[next * STRIDE + 1], end);
      this.times[2 * next + 1] = lastTime;
      return next;
    }
    const index = this.count++;
    if (index * STRIDE >= this.words.length) this.grow();
    const at = index * STRIDE;
    this.words[at] = start;
    this.words[at + 1] = end;
    this.words[at + 2] = firstFrame;
    this.words[at + 3] = next;
    this.times[2 * index] = firstTime;
    this.times[2 * index + 1] = lastTime;
    return index;
  }

  /** True when the list that starts at `index` holds the sequence number. */
  includes(list: number, sequence: number): boolean {
    let steps = WALK;
    for (let index = list; index >= 0 && steps-- > 0; index = this.words[index * STRIDE + 3]) {
      const at = index * STRIDE;
      if (sequence >= this.words[at] && sequence <= this.words[at + 1]) return true;
    }
    return false;
  }

  /** Joins a number to a run it continues, at either end; false when there is none. */
  extend(list: number, sequence: number): boolean {
    let steps = WALK;
    for (let index = list; index >= 0 && steps-- > 0; index = this.words[index * STRIDE + 3]) {
      const at = index * STRIDE;
      if (sequence === this.words[at + 1] + 1) {
        this.words[at + 1] = sequence;
        return true;
      }
      if (sequence === this.words[at] - 1) {
        this.words[at] = sequence;
        return true;
      }
    }
    return false;
  }

  /** The runs of the list that starts at `index`, newest first. */
  list(list: number): Run[] {
    const runs: Run[] = [];
    for (let index = list; index >= 0; index = this.words[index * STRIDE + 3]) {
      const at = index * STRIDE;
      runs.push({
        start: this.words[at],
        end: this.words[at + 1],
        firstFrame: this.words[at + 2],
        firstTime: this.times[2 * index],
        lastTime: this.times[2 * index + 1],
      });
    }
    return runs;
  }

  private grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    const times = new Float64Array(this.times.length * 2);
    times.set(this.times);
    this.times = times;
  }
}
