/**
 * A sample of the packets that one capture saw, chosen so that every capture chooses the same ones.
 *
 * Whether a packet is in the sample depends on a hash of the bytes that no hop changes, and on nothing
 * else; so two captures that saw the same packet either both have it or both have not. This is
 * trajectory sampling (Duffield and Grossglauser, SIGCOMM 2000). While there is room every packet is
 * in; when the sample is full, the half with the higher hashes is dropped and no longer taken.
 */

import { TableMemory } from './table-memory.ts';

const SLOTS = 1 << 17;
const LIMIT = SLOTS / 2;

/** Words of a point, by position; its time stands apart. */
export enum Point {
  Low,
  High,
  Flow,
  IsReply,
  Sequence,
  Frame,
}
export const POINT_WORDS = 6;

/** One sampled packet. `reply` tells the direction within its flow. */
export interface TrajectoryPoint {
  low: number;
  high: number;
  flow: number;
  reply: boolean;
  sequence: number;
  frame: number;
  time: number;
}

export class Trajectory {
  count = 0;
  /** A packet belongs to the sample when these bits of its hash are zero; 0 while every packet does. */
  selection = -1;
  /** Of the packet that is added next: a field, because a fraction that is passed to a function may be allocated. */
  time = Number.NaN;
  words: Int32Array;
  times: Float64Array;
  private readonly memory: TableMemory;

  constructor(memory = new TableMemory()) {
    this.memory = memory;
    this.words = memory.words(0);
    this.times = memory.doubles(0);
    // V8 takes a field that was set only once for a constant, and compiles all that reads it anew when it is set again.
    this.selection = 0;
  }

  /** Adds a packet seen at `time` whose identity hashes to `low` and `high` and for which `(low & selection) === 0`. */
  add(low: number, high: number, flow: number, reply: boolean, sequence: number, frame: number): void {
    if (this.count >= this.times.length) this.makeRoom();
    if ((low & this.selection) !== 0) return;
    const at = this.count * POINT_WORDS;
    const { words } = this;
    words[at + Point.Low] = low;
    words[at + Point.High] = high;
    words[at + Point.Flow] = flow;
    words[at + Point.IsReply] = reply ? 1 : 0;
    words[at + Point.Sequence] = sequence;
    words[at + Point.Frame] = frame;
    this.times[this.count++] = this.time;
  }

  *[Symbol.iterator](): Generator<TrajectoryPoint> {
    for (let i = 0; i < this.count; i++) yield this.at(i);
  }

  at(index: number): TrajectoryPoint {
    const { words } = this;
    const at = index * POINT_WORDS;
    return {
      low: words[at + Point.Low],
      high: words[at + Point.High],
      flow: words[at + Point.Flow],
      reply: words[at + Point.IsReply] === 1,
      sequence: words[at + Point.Sequence],
      frame: words[at + Point.Frame],
      time: this.times[index],
    };
  }

  /** Grows up to the limit; from then on halves the sample. */
  private makeRoom(): void {
    if (this.count < LIMIT) {
      const room = Math.max(1024, this.count * 2);
      const words = this.memory.words(room * POINT_WORDS);
      words.set(this.words);
      this.words = words;
      const times = this.memory.doubles(room);
      times.set(this.times);
      this.times = times;
      return;
    }
    const { words, times } = this;
    do {
      this.selection = (this.selection << 1) | 1;
      let kept = 0;
      for (let i = 0; i < this.count; i++) {
        const at = i * POINT_WORDS;
        if ((words[at + Point.Low] & this.selection) !== 0) continue;
        words.copyWithin(kept * POINT_WORDS, at, at + POINT_WORDS);
        times[kept++] = times[i];
      }
      this.count = kept;
    } while (this.count > LIMIT / 2 && this.selection !== -1);
    if (this.count >= LIMIT) this.count = LIMIT / 2;
  }
}
