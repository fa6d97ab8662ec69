/**
 * When a capture was running, as far as the exchanges of one flow prove it.
 *
 * An exchange that was answered passed every vantage point of its way. One that did not see it, and saw
 * nothing earlier of the flow either, began to capture later; one that saw nothing later, had stopped
 * before. What went unanswered in that time was not lost on the way to it: nobody can tell.
 */
import { Seen, type Stretches } from './exchange-sets.ts';

export class Presence {
  /** Stretches by time; null where that is their own order. */
  private readonly order: readonly number[] | null;
  /** By vantage point: positions in the order of time at and before which, and from which on, it was not capturing. */
  private readonly before: Int32Array;
  private readonly after: Int32Array;
  private readonly place: Int32Array;

  /** `order` lists the stretches by time; null when they stand so already, as sequence numbers rise with time. */
  constructor(stretches: Stretches, order: readonly number[] | null) {
    const { groups, seen, count } = stretches;
    this.order = order;
    this.before = new Int32Array(groups).fill(-1);
    this.after = new Int32Array(groups).fill(count);
    this.place = new Int32Array(count);
    for (let position = 0; position < count; position++) this.place[this.at(position)] = position;
    for (let vantage = 1; vantage < groups; vantage++) {
      const isSeen = (position: number) => seen[this.at(position) * groups + vantage] !== Seen.Nothing;
      let first = 0;
      while (first < count && !isSeen(first)) {
        if (this.passed(stretches, first, vantage)) this.before[vantage] = first;
        first++;
      }
      if (first === count) {
        if (this.before[vantage] >= 0) this.before[vantage] = count;
        continue;
      }
      for (let last = count - 1; last > first && !isSeen(last); last--) {
        if (this.passed(stretches, last, vantage)) this.after[vantage] = last;
      }
    }
  }

  /** True when the vantage point is proven not to have been capturing when the exchanges of a stretch took place. */
  isAbsent(vantage: number, stretch: number): boolean {
    const position = this.place[stretch];
    return position <= this.before[vantage] || position >= this.after[vantage];
  }

  /** True when an exchange was answered at a vantage point nearer to the asker, so that it passed this one. */
  private passed({ seen, groups }: Stretches, position: number, vantage: number): boolean {
    const row = this.at(position) * groups;
    for (let nearer = 0; nearer < vantage; nearer++) {
      if ((seen[row + nearer] & Seen.Reply) !== 0) return true;
    }
    return false;
  }

  /** The stretch at a position in the order of time. */
  private at(position: number): number {
    return this.order === null ? position : this.order[position];
  }
}
