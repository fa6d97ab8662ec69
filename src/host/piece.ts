/**
 * A host's text is a sequence of pieces: the outputs of commands, one after the other. Each parser
 * knows one command. It is shown a line that no piece has claimed and, if the line begins an output of
 * its command, says so by returning the function that takes the lines after it.
 */
import type { FactCollection } from './collection.ts';

/** What is known of a piece before its first line: from a heading, or from the command that was echoed. */
export interface Origin {
  namespace: string | null;
  /** Device that the command was limited to (`… show dev vxlan0`); its output then leaves the name out. */
  device: string | null;
  family: 'inet' | 'inet6' | null;
  /** `tc filter show dev X ingress`. */
  hook: 'ingress' | 'egress' | null;
  /** `iptables -t raw -S`. */
  table: string | null;
}

/** Takes one further line, without leading and trailing space; false when the line is not of this piece, which ends it. */
export type Continuation = (line: string) => boolean;

/** Begins a piece with this line; null when the line is none of this parser's. */
export type LineParser = (line: string, origin: Origin, facts: FactCollection) => Continuation | null;

/** The continuation of outputs in which each line stands for itself. */
export const complete: Continuation = () => false;

/** The words of a line, which is what commands separate by spaces or tabs. */
export function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}

/** The word after `keyword`, looked for from the word at `from` on; null when there is none. */
export function wordAfter(words: readonly string[], keyword: string, from = 0): string | null {
  const at = words.indexOf(keyword, from);
  return at < 0 ? null : (words[at + 1] ?? null);
}

/** A number in decimal; null for anything else. */
export function readNumber(text: string | null): number | null {
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}
