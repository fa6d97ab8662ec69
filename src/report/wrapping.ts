/** How wide text is on a terminal, and how it is broken into lines. All text here is printable already. */

const NO_WIDTH = /^\p{M}$/u;
const DOUBLE_WIDTH =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]$/u;
const ASCII = /^[ -~]*$/;
/** A word too long for a line is broken after one of these, where possible. */
const BREAK_AFTER = /[:/.,_@=-]/;

/** Columns that the text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Lines of at most `width` columns, broken at spaces; a longer word is broken inside. Never empty. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const parts = breakWord(word, width);
    line = parts.pop()!;
    lines.push(...parts);
  }
  lines.push(line);
  return lines;
}

/** A paragraph with a first-line indent and another for the lines after it. */
export function paragraph(text: string, width: number, first: string, rest = first): string {
  const lines = wrap(text, Math.max(1, width - rest.length));
  return lines.map((line, index) => (index === 0 ? first : rest) + line).join('\n');
}

function breakWord(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const parts: string[] = [];
  let part = '';
  let partWidth = 0;
  let lastBreak = 0;
  for (const character of word) {
    const own = characterWidth(character);
    while (partWidth + own > width && part !== '') {
      const cut = lastBreak > part.length / 3 ? lastBreak : part.length;
      parts.push(part.slice(0, cut));
      part = part.slice(cut);
      partWidth = displayWidth(part);
      lastBreak = 0;
    }
    part += character;
    partWidth += own;
    if (BREAK_AFTER.test(character)) lastBreak = part.length;
  }
  parts.push(part);
  return parts;
}

function characterWidth(character: string): number {
  if (character <= '~') return 1;
  if (NO_WIDTH.test(character)) return 0;
  return DOUBLE_WIDTH.test(character) ? 2 : 1;
}
