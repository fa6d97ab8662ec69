/** What must not come out of any renderer, and what a format's output says once its markup is taken away. */

/**
 * Written out here as ranges, independently of the Unicode categories that the product uses: C0 but
 * line feed, DEL and C1, soft hyphen, zero-width and bidirectional controls, line and paragraph
 * separators, invisible operators, byte order mark, tags, and lone surrogates.
 */
export const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}\p{Cs}]/u;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that colour text begin with ESC
const SGR = /\x1b\[(?:0|1|2|1;3[1236])m/g;

/** Text without the colours that vxtrace itself uses; any other escape sequence stays. */
export function withoutColours(text: string): string {
  return text.replace(SGR, '');
}

/** Removes fenced blocks and code spans as CommonMark 0.31 (4.5, 6.1) tells them; what is left is open to interpretation. */
export function outsideMarkdownCode(markdown: string): string {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const run = /^`{3,}/.exec(line)?.[0];
    if (fence === null && run !== undefined && !line.slice(run.length).includes('`')) fence = run;
    else if (fence !== null && run !== undefined && run.length >= fence.length && line === run) fence = null;
    else if (fence === null) lines.push(withoutSpans(line));
  }
  return lines.join('\n');
}

function withoutSpans(line: string): string {
  let rest = '';
  let at = 0;
  while (at < line.length) {
    const run = /^`+/.exec(line.slice(at))?.[0];
    if (run === undefined) {
      rest += line[at++];
      continue;
    }
    const closing = new RegExp(`(?<!\`)\`{${run.length}}(?!\`)`, 'g');
    closing.lastIndex = at + run.length;
    const end = closing.exec(line);
    if (end === null) rest += run;
    at = end === null ? at + run.length : end.index + run.length;
    if (end !== null) rest += '\u25a1';
  }
  return rest;
}

/** The words of a page: tags out, entities read. */
export function htmlWords(html: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html
    .replace(/<style>.*?<\/style>/s, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!);
}
