/** What a terminal or another system adds to text: colours, carriage returns, a byte order mark. */

const ESCAPE = '\u001b';
const BELL = '\u0007';
const CONTROL_SEQUENCE = /^\[[0-?]*[ -/]*[@-~]/;
const CHARACTER_SET = /^[()*+][0-9A-Za-z]/;

/** The text without escape sequences (ECMA-48), with `\n` at the ends of lines and nowhere else a carriage return. */
export function plainText(text: string): string {
  const unmarked = text.startsWith('\ufeff') ? text.slice(1) : text;
  const uncoloured = unmarked.includes(ESCAPE) ? withoutEscapes(unmarked) : unmarked;
  return uncoloured.includes('\r') ? uncoloured.replace(/\r\n?/g, '\n') : uncoloured;
}

function withoutEscapes(text: string): string {
  const [start, ...parts] = text.split(ESCAPE);
  return start + parts.map(withoutSequence).join('');
}

/** What follows an escape character, without the rest of its sequence. */
function withoutSequence(part: string): string {
  const sequence = CONTROL_SEQUENCE.exec(part) ?? CHARACTER_SET.exec(part);
  if (sequence !== null) return part.slice(sequence[0].length);
  // A window title runs up to a bell, or to the escape character of its terminator.
  if (part.startsWith(']')) {
    const bell = part.indexOf(BELL);
    return bell < 0 ? '' : part.slice(bell + 1);
  }
  return part.startsWith('\\') ? part.slice(1) : part;
}
