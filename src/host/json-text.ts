/**
 * Finds JSON in a text of which only parts are JSON. One pass pairs all brackets, so that where a value
 * ends is known from where it begins, however many beginnings a broken text has.
 */

/** Brackets open at once at most; what nests deeper is no command's output, and is not read. */
const DEEPEST = 256;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/** A line that may begin a JSON value: `[{`, `[]`, `{"`, or a bracket alone. `[0:0] -A INPUT` and `[root@host ~]#` are none. */
const BEGINNING = /^(\[\s*(\{|\]|$)|\{\s*("|\}|$))/;

export function mayBeginJson(line: string): boolean {
  return BEGINNING.test(line);
}

/** For each bracket that is first on its line, or follows a whole value there: the offset behind the bracket that closes it. */
export function jsonEnds(text: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  /** Offsets of open brackets, and whether each is the first character of its line. */
  let open: { at: number; brace: boolean; first: boolean }[] = [];
  let inString = false;
  let first = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) {
      // A JSON string has no raw line break: a quote left open ends here.
      inString = false;
      first = true;
      continue;
    }
    if (inString) {
      if (code === BACKSLASH && text.charCodeAt(at + 1) !== NEWLINE) at++;
      else if (code === QUOTE) inString = false;
      continue;
    }
    const brace = code === OPEN_BRACE || code === CLOSE_BRACE;
    if (code === QUOTE) inString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === DEEPEST) open = [];
      open.push({ at, brace, first });
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      const last = open.pop();
      if (last !== undefined && last.brace !== brace) open = [];
      else if (last?.first) ends.set(last.at, at + 1);
      first = last?.first ?? false;
      continue;
    }
    if (code > 0x20) first = false;
  }
  return ends;
}
