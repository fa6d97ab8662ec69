/** Mixing of 32-bit words into hashes, after the finaliser of MurmurHash3 (Appleby, public domain). */

/** Adds one word to a hash. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x85ebca6b);
  return h ^ (h >>> 15);
}

/** Spreads the bits of a finished hash. */
export function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Hash of five words. */
export function hash5(a: number, b: number, c: number, d: number, e: number): number {
  return finish(mix(mix(mix(mix(mix(0x9e3779b9 | 0, a), b), c), d), e));
}
