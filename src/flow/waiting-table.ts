/**
 * Exchanges that need remembering one by one: requests that wait for a reply, replies that came
 * without a request, and (where captures are compared and sequence numbers do not tell) the answered
 * ones.
 *
 * Records of eight words, the last two of them a time, lie side by side, the newest last, in memory that costs
 * nothing until it is touched; beside them an index with open addressing and linear probing, in which a slot holds a
 * record's number and some bits of its hash. Removal shifts slots back and moves the last record to the gap, so that
 * the cost of a lookup does not grow with what was removed before.
 */
import { hash5 } from './hash.ts';
import { INITIAL_SLOTS, TableMemory } from './table-memory.ts';

export enum ExchangeState {
  Waiting = 1,
  /** A reply without a request. */
  Unmatched,
  Answered,
}

/** Words of a record. */
export const EXCHANGE_WORDS = 8;
export enum ExchangeField {
  Flow,
  Sequence,
  /** Second half of the key where one word is not enough: the initial sequence number of TCP. */
  Detail,
  Fingerprint,
  Frame,
  /** IP packet size in bytes << `SIZE_SHIFT` | state. */
  SizeState,
  /** Two words, as one of `times`. */
  Time,
}
/** `SizeState`: left shift of the size, and the bits that are the state. */
export const SIZE_SHIFT = 2;
export const STATE_OF_EXCHANGE = 3;

/** By how many frames, at most, the middle of all is told. */
const SAMPLED_FRAMES = 1024;

/** One exchange as it stands in the table. */
export interface Exchange {
  flow: number;
  sequence: number;
  detail: number;
  fingerprint: number;
  frame: number;
  size: number;
  state: ExchangeState;
  time: number;
}

export class WaitingTable {
  count = 0;
  /** Exchanges not answered that had to be given up because the table was full; `onForget` was told of each. */
  forgotten = 0;
  /** How many of `count` are answered; the kernel counts both, too. */
  answered = 0;
  readonly words: Int32Array;
  private readonly times: Float64Array;
  /** Number of the record plus one in the low bits, bits of its hash in the others; 0 for an empty slot. */
  slots: Int32Array;
  mask: number;
  /** The bits of a slot that hold a number. */
  readonly numberBits: number;
  readonly limit: number;
  readonly answeredLimit: number;
  private onForget: ((flow: number, state: ExchangeState) => void) | null;
  private readonly memory: TableMemory;

  /**
   * Keeps `limit` exchanges at most, and of answered ones about `answeredLimit`, or as many as of others. When full,
   * the answered ones go first, then the older half, each told to `onForget`.
   */
  constructor(
    limit: number,
    answeredLimit: number,
    onForget: (flow: number, state: ExchangeState) => void,
    memory = new TableMemory(),
  ) {
    this.limit = limit;
    this.answeredLimit = answeredLimit;
    this.onForget = onForget;
    this.numberBits = -1 >>> Math.clz32(limit);
    this.memory = memory;
    const { buffer, byteOffset } = memory.region(limit * EXCHANGE_WORDS * 4);
    this.words = new Int32Array(buffer, byteOffset, limit * EXCHANGE_WORDS);
    this.times = new Float64Array(buffer, byteOffset, (limit * EXCHANGE_WORDS) / 2);
    this.slots = memory.index(INITIAL_SLOTS);
    this.mask = INITIAL_SLOTS - 1;
  }

  /** Forgets whom to tell what is given up: from now on the table is only read. */
  detach(): void {
    this.onForget = null;
  }

  /** Position of the exchange, or -1. Valid until the next `add` or `remove`. */
  find(flow: number, sequence: number, detail: number): number {
    const { words, slots, mask, numberBits } = this;
    const key = hash(flow, sequence, detail);
    for (let i = key & mask; ; i = (i + 1) & mask) {
      const slot = slots[i];
      if (slot === 0) return -1;
      if (((slot ^ key) & ~numberBits) !== 0) continue;
      const position = (slot & numberBits) - 1;
      const at = position * EXCHANGE_WORDS;
      const isFound =
        words[at + ExchangeField.Flow] === flow &&
        words[at + ExchangeField.Sequence] === sequence &&
        words[at + ExchangeField.Detail] === detail;
      if (isFound) return position;
    }
  }

  /** Adds an exchange that is not in the table yet; its position, for `setTime`. */
  add(
    flow: number,
    sequence: number,
    detail: number,
    fingerprint: number,
    frame: number,
    size: number,
    state: ExchangeState,
  ): number {
    if (this.answered > Math.max(this.answeredLimit, this.count >> 1)) this.forgetAnswered();
    if (this.count >= this.limit) this.forget();
    if (this.count * 2 > this.mask) this.growSlots();
    const position = this.count++;
    const { words } = this;
    const at = position * EXCHANGE_WORDS;
    words[at + ExchangeField.Flow] = flow;
    words[at + ExchangeField.Sequence] = sequence;
    words[at + ExchangeField.Detail] = detail;
    words[at + ExchangeField.Fingerprint] = fingerprint;
    words[at + ExchangeField.Frame] = frame;
    words[at + ExchangeField.SizeState] = (size << SIZE_SHIFT) | state;
    if (state === ExchangeState.Answered) this.answered++;
    this.index(position);
    return position;
  }

  /** Begins the exchange at a position anew: another one with its key. Its time is for `setTime`. */
  replace(position: number, fingerprint: number, frame: number, size: number, state: ExchangeState): void {
    const { words } = this;
    const at = position * EXCHANGE_WORDS;
    this.setState(position, state);
    words[at + ExchangeField.Fingerprint] = fingerprint;
    words[at + ExchangeField.Frame] = frame;
    words[at + ExchangeField.SizeState] = (size << SIZE_SHIFT) | state;
  }

  /** Sets the time of the exchange at a position. */
  setTime(position: number, time: number): void {
    this.times[(position * EXCHANGE_WORDS + ExchangeField.Time) >> 1] = time;
  }

  /** Removes the exchange at a position that `find` gave. */
  remove(position: number): void {
    const { words, slots, mask } = this;
    if (this.state(position) === ExchangeState.Answered) this.answered--;
    let hole = this.slotOf(position);
    for (let j = (hole + 1) & mask; slots[j] !== 0; j = (j + 1) & mask) {
      const home = this.hashAt((slots[j] & this.numberBits) - 1) & mask;
      if (((j - home) & mask) < ((j - hole) & mask)) continue;
      slots[hole] = slots[j];
      hole = j;
    }
    slots[hole] = 0;
    const last = --this.count;
    if (position === last) return;
    const slot = this.slotOf(last);
    slots[slot] = (slots[slot] & ~this.numberBits) | (position + 1);
    words.copyWithin(position * EXCHANGE_WORDS, last * EXCHANGE_WORDS, (last + 1) * EXCHANGE_WORDS);
  }

  state(position: number): ExchangeState {
    return this.words[position * EXCHANGE_WORDS + ExchangeField.SizeState] & STATE_OF_EXCHANGE;
  }

  setState(position: number, state: ExchangeState): void {
    const at = position * EXCHANGE_WORDS + ExchangeField.SizeState;
    if ((this.words[at] & STATE_OF_EXCHANGE) === ExchangeState.Answered) this.answered--;
    if (state === ExchangeState.Answered) this.answered++;
    this.words[at] = (this.words[at] & ~STATE_OF_EXCHANGE) | state;
  }

  setFingerprint(position: number, fingerprint: number): void {
    this.words[position * EXCHANGE_WORDS + ExchangeField.Fingerprint] = fingerprint;
  }

  fingerprint(position: number): number {
    return this.words[position * EXCHANGE_WORDS + ExchangeField.Fingerprint];
  }

  size(position: number): number {
    return this.words[position * EXCHANGE_WORDS + ExchangeField.SizeState] >>> SIZE_SHIFT;
  }

  time(position: number): number {
    return this.times[(position * EXCHANGE_WORDS + ExchangeField.Time) >> 1];
  }

  /**
   * Positions of all exchanges, or of those in one state, ordered by flow; those of flow `f` are
   * `positions[start[f]]` to `positions[start[f + 1] - 1]`.
   */
  byFlow(flows: number, only: ExchangeState | null = null): { start: Int32Array; positions: Int32Array } {
    const { words } = this;
    const end = this.count * EXCHANGE_WORDS;
    const start = new Int32Array(flows + 2);
    let listed = 0;
    for (let at = 0; at < end; at += EXCHANGE_WORDS) {
      if (only !== null && (words[at + ExchangeField.SizeState] & STATE_OF_EXCHANGE) !== only) continue;
      start[words[at + ExchangeField.Flow] + 2]++;
      listed++;
    }
    for (let flow = 1; flow < start.length; flow++) start[flow] += start[flow - 1];
    const positions = new Int32Array(listed);
    for (let at = 0; at < end; at += EXCHANGE_WORDS) {
      if (only !== null && (words[at + ExchangeField.SizeState] & STATE_OF_EXCHANGE) !== only) continue;
      positions[start[words[at + ExchangeField.Flow] + 1]++] = at / EXCHANGE_WORDS;
    }
    return { start, positions };
  }

  sequence(position: number): number {
    return this.words[position * EXCHANGE_WORDS + ExchangeField.Sequence];
  }

  detail(position: number): number {
    return this.words[position * EXCHANGE_WORDS + ExchangeField.Detail];
  }

  frame(position: number): number {
    return this.words[position * EXCHANGE_WORDS + ExchangeField.Frame];
  }

  /** The exchange at a position. */
  at(position: number): Exchange {
    const { words } = this;
    const at = position * EXCHANGE_WORDS;
    return {
      flow: words[at + ExchangeField.Flow],
      sequence: words[at + ExchangeField.Sequence],
      detail: words[at + ExchangeField.Detail],
      fingerprint: words[at + ExchangeField.Fingerprint],
      frame: words[at + ExchangeField.Frame],
      size: this.size(position),
      state: this.state(position),
      time: this.time(position),
    };
  }

  private hashAt(position: number): number {
    const { words } = this;
    const at = position * EXCHANGE_WORDS;
    return hash(words[at + ExchangeField.Flow], words[at + ExchangeField.Sequence], words[at + ExchangeField.Detail]);
  }

  /** The slot that holds the number of a record. */
  private slotOf(position: number): number {
    const { slots, mask, numberBits } = this;
    let i = this.hashAt(position) & mask;
    while ((slots[i] & numberBits) !== position + 1) i = (i + 1) & mask;
    return i;
  }

  /** Puts the number of a record into a free slot. */
  private index(position: number): void {
    const { slots, mask } = this;
    const key = this.hashAt(position);
    let i = key & mask;
    while (slots[i] !== 0) i = (i + 1) & mask;
    slots[i] = (key & ~this.numberBits) | (position + 1);
  }

  private growSlots(): void {
    this.slots = this.memory.index(this.slots.length * 2);
    this.mask = this.slots.length - 1;
    for (let position = 0; position < this.count; position++) this.index(position);
  }

  /** Makes room: the answered first; if that is less than half, what was captured before the middle of the rest. */
  private forget(): void {
    this.keep((at) => !this.isAnswered(at));
    if (this.count * 2 <= this.limit) return;
    const before = this.count;
    const middle = this.middleFrame(() => true);
    this.keep((at) => this.frameAt(at) > middle);
    this.forgotten += before - this.count;
  }

  /** Gives up the answered exchanges that were captured before the middle of them. */
  private forgetAnswered(): void {
    const middle = this.middleFrame((at) => this.isAnswered(at));
    this.keep((at) => !this.isAnswered(at) || this.frameAt(at) > middle);
  }

  /** The frame of the record at `at`: more than 2^31 does not fit into a word with a sign. */
  private frameAt(at: number): number {
    return this.words[at + ExchangeField.Frame] >>> 0;
  }

  private isAnswered(at: number): boolean {
    return (this.words[at + ExchangeField.SizeState] & STATE_OF_EXCHANGE) === ExchangeState.Answered;
  }

  /** About the middle one of the frames of those that count, by a sample. */
  private middleFrame(counts: (at: number) => boolean): number {
    const sample = new Uint32Array(SAMPLED_FRAMES);
    let taken = 0;
    const step = Math.max(1, Math.ceil(this.count / SAMPLED_FRAMES));
    for (let i = 0; i < this.count; i += step) {
      const at = i * EXCHANGE_WORDS;
      if (counts(at)) sample[taken++] = this.frameAt(at);
    }
    return sample.subarray(0, taken).sort()[taken >> 1];
  }

  /** Keeps the records that `keeps` says, in their order. */
  private keep(keeps: (at: number) => boolean): void {
    const { words } = this;
    let count = 0;
    let answered = 0;
    for (let at = 0; at < this.count * EXCHANGE_WORDS; at += EXCHANGE_WORDS) {
      if (!keeps(at)) {
        this.onForget?.(words[at + ExchangeField.Flow], words[at + ExchangeField.SizeState] & STATE_OF_EXCHANGE);
        continue;
      }
      if (this.isAnswered(at)) answered++;
      words.copyWithin(count * EXCHANGE_WORDS, at, at + EXCHANGE_WORDS);
      count++;
    }
    this.count = count;
    this.answered = answered;
    this.slots.fill(0);
    for (let position = 0; position < count; position++) this.index(position);
  }
}

function hash(flow: number, sequence: number, detail: number): number {
  return hash5(flow, sequence, detail, 0, 0);
}
