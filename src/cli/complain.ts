/** What the command says on standard error. */
import { printable } from '../report/escape.ts';

/** One line, whatever is in the message: paths, the output of other programs, and comments in captures may hold anything. */
export function complain(message: string): void {
  process.stderr.write(`vxtrace: ${printable(message)}\n`);
}

/** How Node words what the operating system refused: `ENOENT: no such file or directory, open 'x'`. */
const SYSTEM_ERROR = /^([A-Z][A-Z0-9]+): (.+?), [a-z]+\b/;

/** Why the system refused, without Node's words around it; where nothing is there, `missing` is what is missing. */
export function reasonOf(error: Error, missing: 'file' | 'directory'): string {
  const [, code, words] = SYSTEM_ERROR.exec(error.message) ?? [];
  if (code === 'ENOENT') return `no such ${missing}`;
  return code === 'EISDIR' ? 'is a directory' : (words ?? error.message);
}
