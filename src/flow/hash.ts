/**
 * Mixing of 32-bit words into hashes.
 *
 * `mix` and `finish` follow the finaliser of MurmurHash3 (Appleby, public domain). Where all words are
 * at hand they are multiplied each by its own odd constant and added, which needs no word to wait for
 * another (multilinear hashing: Lemire and Kaser 2014); `finish` then brings the high bits of the sum,
 * which depend on every bit of every word, down to where tables look.
 */

/** What the words of a sum are multiplied by. */
export const FACTOR_1 = 0x9e3779b1;
export const FACTOR_2 = 0x85ebca77;
export const FACTOR_3 = 0xc2b2ae3d;
export const FACTOR_4 = 0x27d4eb2f;
export const FACTOR_5 = 0x165667b1;
/** What `finish` multiplies by. */
export const FINISH_FACTOR = 0xc2b2ae35;

/** Adds one word to a hash. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x85ebca6b);
  return h ^ (h >>> 15);
}

/** Spreads the bits of a finished hash. */
export function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), FINISH_FACTOR);
  return h ^ (h >>> 13);
}

/** Sum of five words, each times its own constant: equal for equal words, and in need of `finish` as a hash. */
export function sum5(a: number, b: number, c: number, d: number, e: number): number {
  return (
    (Math.imul(a, FACTOR_1) +
      Math.imul(b, FACTOR_2) +
      Math.imul(c, FACTOR_3) +
      Math.imul(d, FACTOR_4) +
      Math.imul(e, FACTOR_5)) |
    0
  );
}

/** Hash of five words. */
export function hash5(a: number, b: number, c: number, d: number, e: number): number {
  return finish(sum5(a, b, c, d, e));
}
