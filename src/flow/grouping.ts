/** Numbered things put together by a key of up to five words, in the order in which they came. */
import { KeyTable, UNLIMITED } from './key-table.ts';

/** Groups for which there is room at first, at most: who knows how many there will be. */
const MOST_ROOM = 1 << 14;

export class Grouping {
  private readonly table: KeyTable;
  private oldest: Int32Array;
  private newest: Int32Array;
  /** By thing: the next one of its group, or -1. */
  private readonly next: Int32Array;

  /** Room for things numbered from 0 to below `count`. */
  constructor(count: number) {
    const room = 64 << Math.max(0, 26 - Math.clz32(Math.min(count, MOST_ROOM)));
    this.table = new KeyTable(UNLIMITED, room);
    this.oldest = new Int32Array(room);
    this.newest = new Int32Array(room);
    this.next = new Int32Array(count).fill(-1);
  }

  /** How many groups there are. */
  get count(): number {
    return this.table.count;
  }

  /** Adds a thing to the group with that key; the group's number. */
  add(thing: number, a: number, b: number, c: number, d: number, e: number): number {
    const known = this.table.count;
    const group = this.table.add(a, b, c, d, e);
    if (group === known) {
      if (group === this.oldest.length) this.grow();
      this.oldest[group] = thing;
    } else {
      this.next[this.newest[group]] = thing;
    }
    this.newest[group] = thing;
    return group;
  }

  /** The group with that key, or -1. */
  find(a: number, b: number, c: number, d: number, e: number): number {
    return this.table.find(a, b, c, d, e);
  }

  /** The first thing of a group. */
  first(group: number): number {
    return this.oldest[group];
  }

  /** The thing of the same group that came after this one; -1 for the last. */
  after(thing: number): number {
    return this.next[thing];
  }

  private grow(): void {
    for (const name of ['oldest', 'newest'] as const) {
      const grown = new Int32Array(this[name].length * 2);
      grown.set(this[name]);
      this[name] = grown;
    }
  }
}
