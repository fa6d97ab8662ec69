/**
 * A set of keys of five 32-bit words, numbered in the order they were first seen.
 *
 * Open addressing with linear probing in one Int32Array; a slot holds the key's hash beside its
 * number, so that a probe rarely touches the keys. Nothing is allocated but by growing.
 */
import { hash5 } from './hash.ts';
import { TableMemory } from './table-memory.ts';

/** A limit that is none: a small integer to V8, as the others are. */
export const UNLIMITED = 0x7fffffff;

/** Keys there is room for at first, as a rule. */
export const INITIAL_KEYS = 64;

/** Words of a key. */
export const KEY_WORDS = 5;

export class KeyTable {
  count = 0;
  /** How often a new key found no room. The kernel leaves that to `add`. */
  overflowed = 0;
  keys: Int32Array;
  slots: Int32Array;
  mask: number;
  /** Most keys that are taken; `add` returns -1 for a new key beyond. */
  readonly limit: number;
  private readonly memory: TableMemory;

  constructor(limit: number, initial = INITIAL_KEYS, memory = new TableMemory()) {
    this.limit = limit;
    this.memory = memory;
    this.keys = memory.words(initial * KEY_WORDS);
    this.slots = memory.index(initial * 4);
    this.mask = initial * 2 - 1;
  }

  /** Number of the key, or -1 when it is not in the table. */
  find(a: number, b: number, c: number, d: number, e: number): number {
    const hash = hash5(a, b, c, d, e);
    const { slots, mask, keys } = this;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const index = slots[2 * i + 1] - 1;
      if (index < 0) return -1;
      if (slots[2 * i] !== hash) continue;
      const at = index * KEY_WORDS;
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d && keys[at + 4] === e) {
        return index;
      }
    }
  }

  /** Number of the key, which is added when it is new; -1 when it is new and the table is full. */
  add(a: number, b: number, c: number, d: number, e: number): number {
    const hash = hash5(a, b, c, d, e);
    const { slots, mask } = this;
    let i = hash & mask;
    for (; ; i = (i + 1) & mask) {
      const index = slots[2 * i + 1] - 1;
      if (index < 0) break;
      if (slots[2 * i] === hash && this.isKey(index, a, b, c, d, e)) return index;
    }
    if (this.count >= this.limit) {
      this.overflowed++;
      return -1;
    }
    const index = this.count++;
    slots[2 * i] = hash;
    slots[2 * i + 1] = index + 1;
    const { keys } = this;
    const at = index * KEY_WORDS;
    keys[at] = a;
    keys[at + 1] = b;
    keys[at + 2] = c;
    keys[at + 3] = d;
    keys[at + 4] = e;
    if (this.count * 2 > mask) this.grow();
    return index;
  }

  /** Word `word` (0 to 4) of the key with that number. */
  word(index: number, word: number): number {
    return this.keys[index * KEY_WORDS + word];
  }

  private isKey(index: number, a: number, b: number, c: number, d: number, e: number): boolean {
    const { keys } = this;
    const at = index * KEY_WORDS;
    return keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d && keys[at + 4] === e;
  }

  /** Makes room for as many keys again: one slot in two is empty when it is done. */
  private grow(): void {
    const keys = this.memory.words(this.keys.length * 2);
    keys.set(this.keys);
    this.keys = keys;
    const old = this.slots;
    const slots = this.memory.index(old.length * 2);
    const mask = this.mask * 2 + 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let to = old[i] & mask;
      while (slots[2 * to + 1] !== 0) to = (to + 1) & mask;
      slots[2 * to] = old[i];
      slots[2 * to + 1] = old[i + 1];
    }
    this.slots = slots;
    this.mask = mask;
  }
}
