/** Characters per chunk that a renderer yields, at least, except for the last. */
const CHUNK_CHARACTERS = 65536;

/** Joins small pieces into chunks worth a write each, so that no report is ever held as one string. */
export function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
