/**
 * Answered requests that their flows' records have still to be told of.
 *
 * What an answer changes stands apart in a record from what a packet needs next, and with many flows each such
 * place costs a wait for memory. So answers are noted down one after the other, and counted many at a time: the
 * waits then overlap, and a flow with several answers waits once.
 */
import { Double, type FlowTable, Word } from './flow-table.ts';
import type { RoundTrips } from './round-trips.ts';
import type { TableMemory } from './table-memory.ts';

/** Answers there is room for. */
export const ROOM = 1 << 14;
/** Words of an answer. */
export const ANSWER_WORDS = 4;
export enum Answer {
  /** Where the flow's record starts. */
  Record,
  /** Bytes of the request's IP packet. */
  Size,
  /** Two words, as one of `times`. */
  RoundTrip,
}

/** Words of the answers whose records are asked for before the first of them is needed. */
export const AHEAD = 64 * ANSWER_WORDS;

export class Answers {
  /** Answers noted; the kernel notes some, too. */
  count = 0;
  /** What is noted; `times` are the same words as 64-bit numbers. */
  readonly words: Int32Array;
  private readonly times: Float64Array;
  /** What looking ahead returned: kept, so that the compiler keeps the looking. */
  fetched = 0;
  /**
   * Nanoseconds from the request to the reply that is noted next; below 0 or NaN when they are not known. A field,
   * because a fraction that is passed to a function may be allocated.
   */
  roundTrip = Number.NaN;

  constructor(memory: TableMemory) {
    const { buffer, byteOffset } = memory.region(ROOM * ANSWER_WORDS * 4);
    this.words = new Int32Array(buffer, byteOffset, ROOM * ANSWER_WORDS);
    this.times = new Float64Array(buffer, byteOffset, (ROOM * ANSWER_WORDS) / 2);
  }

  /**
   * Notes that a request of `size` bytes was answered after `roundTrip`; its flow's record starts at `record`. There
   * must be room.
   */
  note(record: number, size: number): void {
    const at = this.count++ * ANSWER_WORDS;
    this.words[at + Answer.Record] = record;
    this.words[at + Answer.Size] = size;
    this.times[(at + Answer.RoundTrip) >> 1] = this.roundTrip;
  }

  /** Whether so many can be noted without counting any. */
  hasRoom(answers: number): boolean {
    return this.count + answers <= ROOM;
  }

  /** Counts all that was noted. */
  settle(flows: FlowTable, roundTrips: RoundTrips): void {
    const { words: noted, times, count } = this;
    const { words, doubles } = flows;
    this.count = 0;
    for (let at = 0; at < count * ANSWER_WORDS; at += ANSWER_WORDS) {
      if ((at & (AHEAD - 1)) === 0) this.fetch(words, at, Math.min(at + AHEAD, count * ANSWER_WORDS));
      const word = noted[at + Answer.Record];
      const size = noted[at + Answer.Size];
      const roundTrip = times[(at + Answer.RoundTrip) >> 1];
      words[word + Word.Answered]++;
      if (size > words[word + Word.LargestAnswered]) words[word + Word.LargestAnswered] = size;
      if (!(roundTrip >= 0)) continue;
      const double = word >> 1;
      const isFirst = words[word + Word.RttCount] === 0;
      if (isFirst || roundTrip < doubles[double + Double.RttMinimum]) doubles[double + Double.RttMinimum] = roundTrip;
      if (isFirst || roundTrip > doubles[double + Double.RttMaximum]) doubles[double + Double.RttMaximum] = roundTrip;
      roundTrips.latest = roundTrip;
      roundTrips.add(flows, word);
    }
  }

  /** Asks for the lines that the answers noted from `from` to `to` will touch. */
  private fetch(words: Int32Array, from: number, to: number): void {
    const { words: noted } = this;
    let fetched = 0;
    for (let at = from; at < to; at += ANSWER_WORDS) fetched |= words[noted[at + Answer.Record] + Word.Answered];
    this.fetched = fetched;
  }
}
