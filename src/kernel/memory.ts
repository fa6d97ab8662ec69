/** Words and numbers of the memory that the kernel shares with the rest of the program. */
import { BLOCK, BLOCK_WORDS, FINISH_FACTOR, LINE_WORDS, STATE_AT, State } from './declarations.ts';

/** The word at position `position` of the array of words at `at`. */
export function word(at: usize, position: i32): i32 {
  return load<i32>(at + ((<usize>position) << 2));
}

export function setWord(at: usize, position: i32, value: i32): void {
  store<i32>(at + ((<usize>position) << 2), value);
}

/** The 64-bit number at position `position` of the array of such numbers at `at`. */
export function double(at: usize, position: i32): f64 {
  return load<f64>(at + ((<usize>position) << 3));
}

export function setDouble(at: usize, position: i32, value: f64): void {
  store<f64>(at + ((<usize>position) << 3), value);
}

/** Four bytes in network order as one word. */
export function networkWord(at: usize): i32 {
  return bswap(load<i32>(at));
}

/** Spreads the bits of a sum of words, as `finish` of the observers does. */
export function finish(sum: i32): i32 {
  const h = (sum ^ (sum >>> 15)) * FINISH_FACTOR;
  return h ^ (h >>> 13);
}

/** The word of the state that the program and the kernel share. */
export function state(position: State): i32 {
  return word(STATE_AT, position);
}

export function setState(position: State, value: i32): void {
  setWord(STATE_AT, position, value);
}

/** Where a flow's record begins among the words of all; see `FlowTable`. */
export function recordAt(index: i32): i32 {
  return (index & -BLOCK) * (BLOCK_WORDS / BLOCK) + (index & (BLOCK - 1)) * LINE_WORDS;
}
