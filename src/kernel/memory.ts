/** Words and numbers of the memory that the kernel shares with the rest of the program. */
import { FACTOR_1, FACTOR_2, FACTOR_3, FACTOR_4, FACTOR_5, FINISH_FACTOR, STATE_AT, State } from './declarations.ts';

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

/** The same of the number of a frame, which has no sign. */
export function setFrame(at: usize, position: i32, number: i32): void {
  setDouble(at, position, <f64>(<u32>number));
}

/** Four bytes in network order as one word. */
export function networkWord(at: usize): i32 {
  return bswap(load<i32>(at));
}

/** Sum of five words, each times its own constant. */
export function sum5(a: i32, b: i32, c: i32, d: i32, e: i32): i32 {
  return a * FACTOR_1 + b * FACTOR_2 + c * FACTOR_3 + d * FACTOR_4 + e * FACTOR_5;
}

/** Hash of five words. */
export function hash5(a: i32, b: i32, c: i32, d: i32, e: i32): i32 {
  return finish(sum5(a, b, c, d, e));
}

/** Spreads the bits of a finished hash. */
function finish(sum: i32): i32 {
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
