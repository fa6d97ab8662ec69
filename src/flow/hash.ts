/**
 * Mixing of 32-bit words into hashes.
 *
 * `mix` and `finish` follow the finaliser of MurmurHash3 (Appleby, public domain). Where all words are
 * at hand they are multiplied each by its own odd constant and added, which needs no word to wait for
 * another (multilinear hashing: Lemire and Kaser 2014); `finish` then brings the high bits of the sum,
 * which depend on every bit of every word, down to where tables look.
 */

/** Adds one word to a hash. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x85ebca6b);
  return h ^ (h >>> 15);
}

/** Spreads the bits of a finished hash. */
export function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return h ^ (h >>> 13);
}

/** Text of `finish`, which uses a variable `h`. */
export function finishText(hash: string): string {
  return `(h = ${hash}, h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35), h ^ (h >>> 13))`;
}

const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];

/** Text of the sum of up to five words, each times its own constant, for functions that are put together as text. */
export function sumText(...words: readonly string[]): string {
  return `(${words.map((word, i) => `Math.imul(${word}, ${FACTORS[i]})`).join(' + ')} | 0)`;
}

/** Sum of five words, each times its own constant: equal for equal words, and in need of `finish` as a hash. */
export const sum5 = new Function('a', 'b', 'c', 'd', 'e', `return ${sumText('a', 'b', 'c', 'd', 'e')}`) as (
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
) => number;

/** Hash of five words. */
export function hash5(a: number, b: number, c: number, d: number, e: number): number {
  return finish(sum5(a, b, c, d, e));
}
