/** Sets of keys of five words, as `KeyTable` keeps them; the state says where, from position `set` on. */
import { KEY_WORDS, KeySet, State } from './declarations.ts';
import { setState, setWord, state, word } from './memory.ts';

/**
 * Number of the key that has the hash `hash` and whose last word is 0; it is added when it is new. -1 when the table would
 * have to grow for it, or may not.
 */
export function addKey(set: State, hash: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  const slots: usize = state(set + KeySet.Slots);
  const slot = slotOf(set, hash, a, b, c, d);
  const known = word(slots, 2 * slot + 1) - 1;
  if (known >= 0) return known;
  const index = state(set + KeySet.Count);
  if (index >= state(set + KeySet.Limit) || (index + 1) * 2 > state(set + KeySet.Mask)) return -1;
  setState(set + KeySet.Count, index + 1);
  setWord(slots, 2 * slot, hash);
  setWord(slots, 2 * slot + 1, index + 1);
  const key = keyAt(set, index);
  setWord(key, 0, a);
  setWord(key, 1, b);
  setWord(key, 2, c);
  setWord(key, 3, d);
  setWord(key, 4, 0);
  return index;
}

/** Position of the slot that holds a key, or of the empty one where it belongs. */
function slotOf(set: State, hash: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  const slots: usize = state(set + KeySet.Slots);
  const mask = state(set + KeySet.Mask);
  let i = hash & mask;
  let index = word(slots, 2 * i + 1) - 1;
  for (; index >= 0; i = (i + 1) & mask, index = word(slots, 2 * i + 1) - 1) {
    if (word(slots, 2 * i) !== hash) continue;
    const key = keyAt(set, index);
    const isKey =
      word(key, 0) === a && word(key, 1) === b && word(key, 2) === c && word(key, 3) === d && word(key, 4) === 0;
    if (isKey) break;
  }
  return i;
}

function keyAt(set: State, index: i32): usize {
  return <usize>state(set + KeySet.Keys) + ((<usize>index * KEY_WORDS) << 2);
}
