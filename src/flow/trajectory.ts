/**
 * A sample of the packets that one capture saw, chosen so that every capture chooses the same ones.
 *
 * Whether a packet is in the sample depends on a hash of the bytes that no hop changes, and on nothing
 * else; so two captures that saw the same packet either both have it or both have not. This is
 * trajectory sampling (Duffield and Grossglauser, SIGCOMM 2000). While there is room every packet is
 * in; when the sample is full, the half with the higher hashes is dropped and no longer taken.
 */

import { TableMemory } from './table-memory.ts';

/** Most points of a sample. */
export const MAXIMUM_POINTS = 1 << 16;

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
  readonly words: Int32Array;
  readonly times: Float64Array;

  constructor(memory = new TableMemory()) {
    this.words = memory.words(MAXIMUM_POINTS * POINT_WORDS);
    this.times = memory.doubles(MAXIMUM_POINTS);
    // V8 takes a field that was set only once for a constant, and compiles all that reads it anew when it is set again.
    this.selection = 0;
  }

  /** Adds a packet seen at `time` whose identity hashes to `low` and `high` and for which `(low & selection) === 0`. */
  add(low: number, high: number, flow: number, reply: boolean, sequence: number, frame: number): void {
    if (this.count >= MAXIMUM_POINTS) this.makeRoom();
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

  /** Halves the sample. */
  private makeRoom(): void {
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
    } while (this.count > MAXIMUM_POINTS / 2 && this.selection !== -1);
    if (this.count >= MAXIMUM_POINTS) this.count = MAXIMUM_POINTS / 2;
  }
}
