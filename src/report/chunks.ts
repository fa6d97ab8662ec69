/** A part of what is written: text, or the UTF-8 of it. */
export type Chunk = string | Uint8Array;

/** Characters per chunk that a renderer yields, at least, except for the last. */
const CHUNK_CHARACTERS = 65536;

/**
 * Joins small pieces into chunks worth a write each, so that no report is ever held as one string. A piece that is bytes
 * is large enough.
 */
export function* inChunks<Piece extends Chunk>(pieces: Iterable<Piece>): Generator<Piece | string> {
  let chunk = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') chunk += piece;
    if (chunk.length >= CHUNK_CHARACTERS || (chunk !== '' && typeof piece !== 'string')) {
      yield chunk;
      chunk = '';
    }
    if (typeof piece !== 'string') yield piece;
  }
  if (chunk !== '') yield chunk;
}
