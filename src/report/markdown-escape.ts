/**
 * Text from a capture made inert in Markdown.
 *
 * A backslash is not enough: GitHub looks for mentions, issue numbers, commit hashes, web addresses
 * and emoji (`:ab:` in a MAC address) after the Markdown was rendered, and leaves alone only what is
 * code. So every word that is not an ordinary word becomes a code span. Spans and fences are made
 * longer than any run of backticks inside them.
 *
 * Signs beyond ASCII are escaped here: a program's file must be ASCII, and a bundler leaves patterns as they are.
 */
import { printable } from './escape.ts';

/** An ordinary word: letters and digits, hyphens and apostrophes between them. */
const ORDINARY = /^[\p{L}\p{N}]+(?:['\u2019-][\p{L}\p{N}]+)*%?$/u;
/** A number with at most one point: two make it an address. */
const NUMBER = /^[+-]?\d+(?:,\d{3})*(?:\.\d+)?%?$/;
/** Signs that stand alone between words: dashes, arrows, an ellipsis, signs of arithmetic, punctuation. */
const SIGN = /^[\u2013\u2014\u2192\u2190\u2194\u2026\u00b1\u00d7\u2264\u2265,;.:()]+$/u;
/** What GitHub takes for an abbreviated commit, or for an issue. */
const REFERENCE = /^(?:[0-9a-f]{7,64}|gh-\d+)$/i;
const LIST_MARKER = /^\d+[.)]$/;
/** Brackets, quotation marks and punctuation around a word. */
const AROUND = /^([("\u201c]*)(.*?)([)"\u201d,.;:?]*)$/su;

/** A code span that shows exactly this text. */
export function markdownCode(text: string): string {
  const shown = printable(text);
  if (shown.trim() === '') return '(blank)';
  const fence = '`'.repeat(longestRun(shown) + 1);
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** A sentence: ordinary words stay, everything else (addresses, names, markup) becomes code. */
export function markdownProse(text: string): string {
  return printable(text).split(' ').map(proseWord).join(' ');
}

/** For a cell of a table. A pipe would end the cell even inside code, so it is shown as `\x7c`. */
export function markdownCell(text: string): string {
  return markdownProse(text.replaceAll('|', '\\x7c'));
}

/** A fenced block that shows exactly these lines, each of them made printable. */
export function markdownFence(lines: readonly string[], language: string): string {
  const shown = lines.map(printable);
  const fence = '`'.repeat(Math.max(3, ...shown.map((line) => longestRun(line) + 1)));
  return `${fence}${language}\n${shown.join('\n')}\n${fence}`;
}

function proseWord(word: string, index: number): string {
  if (word === '') return '';
  if (index === 0 && LIST_MARKER.test(word)) return markdownCode(word);
  if (SIGN.test(word)) return word;
  const [, before, core, after] = AROUND.exec(word)!;
  if (core === '') return word;
  const ordinary = (ORDINARY.test(core!) && !REFERENCE.test(core!)) || NUMBER.test(core!);
  return ordinary ? word : `${before}${markdownCode(core!)}${after}`;
}

function longestRun(text: string): number {
  let longest = 0;
  for (const run of text.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  return longest;
}
