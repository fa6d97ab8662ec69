/** What is wrong with how the command was called: commander's complaints, in our words. */
import { fileSize } from '../capture/file-size.ts';
import { printable } from '../report/escape.ts';

const SUGGESTION = /\(Did you mean (.+)\?\)$/;
const UNKNOWN_COMMAND = /^unknown command '(.*)'$/;

/** A complaint in one line, with what may have been meant and where to look next; `called` is what was called. */
export function usageLine(text: string, called: string): string {
  const words = text
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  const complaint = words.replace(SUGGESTION, '').replace(/[\s.]+$/, '');
  const meant = SUGGESTION.exec(words)?.[1] ?? analysisOf(complaint);
  const further = meant === null ? '; see' : `; did you mean ${meant}? See`;
  return `vxtrace: ${printable(`${complaint}${further} ${called} --help`)}\n`;
}

/** How a capture is analysed that was given where a command is expected; null when it is none. */
function analysisOf(complaint: string): string | null {
  const argument = UNKNOWN_COMMAND.exec(complaint)?.[1] ?? '';
  const path = argument.slice(argument.indexOf('=') + 1);
  return Math.max(fileSize(argument), fileSize(path)) > 0 ? `vxtrace analyze ${argument}` : null;
}
