/** Sets of keys of five words, as `KeyTable` keeps them. */
import { KEY_WORDS } from './declarations.ts';
import { word } from './memory.ts';

/** Number of the key that has the hash `hash` and whose last word is 0; -1 when it is not in the table. */
export function findKey(keys: usize, slots: usize, mask: i32, hash: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  let i = hash & mask;
  let index = word(slots, 2 * i + 1) - 1;
  for (; index >= 0; i = (i + 1) & mask, index = word(slots, 2 * i + 1) - 1) {
    if (word(slots, 2 * i) !== hash) continue;
    const key = keys + ((<usize>index * KEY_WORDS) << 2);
    const isKey =
      word(key, 0) === a && word(key, 1) === b && word(key, 2) === c && word(key, 3) === d && word(key, 4) === 0;
    if (isKey) break;
  }
  return index;
}
