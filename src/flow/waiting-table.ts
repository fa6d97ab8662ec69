/**
 * Exchanges that need remembering one by one: requests that wait for a reply, replies that came
 * without a request, and (where captures are compared and sequence numbers do not tell) the answered
 * ones.
 *
 * Open addressing with linear probing; removal shifts back, so that the cost of a lookup does not
 * grow with what was removed before. A slot is eight words, the last two of them a time.
 */
import { finish, mix } from './hash.ts';

export enum ExchangeState {
  Waiting = 1,
  /** A reply without a request. */
  Unmatched,
  Answered,
}

const STRIDE = 8;
enum Slot {
  /** Flow number plus one; 0 for an empty slot. */
  Flow,
  Sequence,
  /** Second half of the key where one word is not enough: the initial sequence number of TCP. */
  Detail,
  Fingerprint,
  Frame,
  /** IP packet size in bytes << 2 | state. */
  SizeState,
}

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
  private answered = 0;
  private words: Int32Array;
  private times: Float64Array;
  private mask: number;
  private readonly limit: number;
  private readonly answeredLimit: number;
  private onForget: ((flow: number, state: ExchangeState) => void) | null;

  /**
   * Keeps `limit` exchanges at most, and of answered ones about `answeredLimit`, or as many as of others. When full,
   * the answered ones go first, then the older half, each told to `onForget`.
   */
  constructor(limit: number, answeredLimit: number, onForget: (flow: number, state: ExchangeState) => void) {
    this.limit = limit;
    this.answeredLimit = answeredLimit;
    this.onForget = onForget;
    const buffer = new ArrayBuffer(1024 * STRIDE * 4);
    this.words = new Int32Array(buffer);
    this.times = new Float64Array(buffer);
    this.mask = 1023;
  }

  /** Forgets whom to tell what is given up: from now on the table is only read. */
  detach(): void {
    this.onForget = null;
  }

  /** Position of the exchange, or -1. Valid until the next `add` or `remove`. */
  find(flow: number, sequence: number, detail: number): number {
    const { words, mask } = this;
    for (let i = hash(flow, sequence, detail) & mask; ; i = (i + 1) & mask) {
      const at = i * STRIDE;
      const owner = words[at + Slot.Flow];
      if (owner === 0) return -1;
      if (owner === flow + 1 && words[at + Slot.Sequence] === sequence && words[at + Slot.Detail] === detail) return i;
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
    if (this.count * 2 > this.mask) this.grow();
    const { words, mask } = this;
    let i = hash(flow, sequence, detail) & mask;
    while (words[i * STRIDE] !== 0) i = (i + 1) & mask;
    const at = i * STRIDE;
    words[at] = flow + 1;
    words[at + Slot.Sequence] = sequence;
    words[at + Slot.Detail] = detail;
    words[at + Slot.Fingerprint] = fingerprint;
    words[at + Slot.Frame] = frame;
    words[at + Slot.SizeState] = (size << 2) | state;
    this.count++;
    if (state === ExchangeState.Answered) this.answered++;
    return i;
  }

  /** Sets the time of the exchange at a position. */
  setTime(position: number, time: number): void {
    this.times[((position * STRIDE) >> 1) + 3] = time;
  }

  /** Removes the exchange at a position that `find` gave. */
  remove(position: number): void {
    const { words, mask } = this;
    this.count--;
    if (this.state(position) === ExchangeState.Answered) this.answered--;
    let hole = position;
    for (let j = (hole + 1) & mask; words[j * STRIDE] !== 0; j = (j + 1) & mask) {
      const at = j * STRIDE;
      const home = hash(words[at] - 1, words[at + Slot.Sequence], words[at + Slot.Detail]) & mask;
      if (((j - home) & mask) < ((j - hole) & mask)) continue;
      for (let word = 0; word < STRIDE; word++) words[hole * STRIDE + word] = words[at + word];
      hole = j;
    }
    words[hole * STRIDE] = 0;
  }

  state(position: number): ExchangeState {
    return this.words[position * STRIDE + Slot.SizeState] & 3;
  }

  setState(position: number, state: ExchangeState): void {
    const at = position * STRIDE + Slot.SizeState;
    if ((this.words[at] & 3) === ExchangeState.Answered) this.answered--;
    if (state === ExchangeState.Answered) this.answered++;
    this.words[at] = (this.words[at] & ~3) | state;
  }

  setFingerprint(position: number, fingerprint: number): void {
    this.words[position * STRIDE + Slot.Fingerprint] = fingerprint;
  }

  fingerprint(position: number): number {
    return this.words[position * STRIDE + Slot.Fingerprint];
  }

  size(position: number): number {
    return this.words[position * STRIDE + Slot.SizeState] >>> 2;
  }

  time(position: number): number {
    return this.times[((position * STRIDE) >> 1) + 3];
  }

  /**
   * Positions of all exchanges, ordered by flow; those of flow `f` are `positions[start[f]]` to
   * `positions[start[f + 1] - 1]`. Those in the state `omitted` are left out.
   */
  byFlow(flows: number, omitted: ExchangeState | null = null): { start: Int32Array; positions: Int32Array } {
    const { words, mask } = this;
    const start = new Int32Array(flows + 2);
    const isListed = (at: number): boolean =>
      words[at] !== 0 && (omitted === null || (words[at + Slot.SizeState] & 3) !== omitted);
    let count = 0;
    for (let i = 0; i <= mask; i++) {
      if (!isListed(i * STRIDE)) continue;
      start[words[i * STRIDE] + 1]++;
      count++;
    }
    for (let flow = 1; flow < start.length; flow++) start[flow] += start[flow - 1];
    const positions = new Int32Array(count);
    for (let i = 0; i <= mask; i++) {
      if (isListed(i * STRIDE)) positions[start[words[i * STRIDE]]++] = i;
    }
    return { start, positions };
  }

  /** The exchange at a position. */
  at(position: number): Exchange {
    const { words } = this;
    const at = position * STRIDE;
    return {
      flow: words[at] - 1,
      sequence: words[at + Slot.Sequence],
      detail: words[at + Slot.Detail],
      fingerprint: words[at + Slot.Fingerprint],
      frame: words[at + Slot.Frame],
      size: this.size(position),
      state: this.state(position),
      time: this.time(position),
    };
  }

  private grow(): void {
    this.rebuild((this.mask + 1) * 2, () => true);
  }

  /** Makes room: the answered first; if that is less than half, what was captured before the middle of the rest. */
  private forget(): void {
    this.rebuild(this.mask + 1, (at) => !this.isAnswered(at));
    if (this.count * 2 <= this.limit) return;
    const before = this.count;
    const middle = this.middleFrame(() => true);
    this.rebuild(this.mask + 1, (at) => this.words[at + Slot.Frame] > middle);
    this.forgotten += before - this.count;
  }

  /** Gives up the answered exchanges that were captured before the middle of them. */
  private forgetAnswered(): void {
    const middle = this.middleFrame((at) => this.isAnswered(at));
    this.rebuild(this.mask + 1, (at) => !this.isAnswered(at) || this.words[at + Slot.Frame] > middle);
  }

  private isAnswered(at: number): boolean {
    return (this.words[at + Slot.SizeState] & 3) === ExchangeState.Answered;
  }

  /** About the middle one of the frames of those that count, by a sample. */
  private middleFrame(counts: (at: number) => boolean): number {
    const sample = new Int32Array(1024);
    let taken = 0;
    const step = Math.max(1, Math.floor((this.mask + 1) / 4096));
    for (let i = 0; i <= this.mask && taken < sample.length; i += step) {
      const at = i * STRIDE;
      if (this.words[at] !== 0 && counts(at)) sample[taken++] = this.words[at + Slot.Frame];
    }
    return sample.subarray(0, taken).sort()[taken >> 1];
  }

  private rebuild(slots: number, keep: (at: number) => boolean): void {
    const { words: old } = this;
    const buffer = new ArrayBuffer(slots * STRIDE * 4);
    const words = new Int32Array(buffer);
    const mask = slots - 1;
    let count = 0;
    let answered = 0;
    for (let at = 0; at < old.length; at += STRIDE) {
      if (old[at] === 0) continue;
      if (!keep(at)) {
        this.onForget?.(old[at] - 1, old[at + Slot.SizeState] & 3);
        continue;
      }
      let i = hash(old[at] - 1, old[at + Slot.Sequence], old[at + Slot.Detail]) & mask;
      while (words[i * STRIDE] !== 0) i = (i + 1) & mask;
      for (let word = 0; word < STRIDE; word++) words[i * STRIDE + word] = old[at + word];
      count++;
      if (this.isAnswered(at)) answered++;
    }
    this.answered = answered;
    this.words = words;
    this.times = new Float64Array(buffer);
    this.mask = mask;
    this.count = count;
  }
}

function hash(flow: number, sequence: number, detail: number): number {
  return finish(mix(mix(mix(0x51ed270b, flow), sequence), detail));
}
