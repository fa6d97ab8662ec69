/** What the command says on standard error. */
import { printable } from '../report/escape.ts';

/** One line, whatever is in the message: paths, the output of other programs, and comments in captures may hold anything. */
export function complain(message: string): void {
  process.stderr.write(`vxtrace: ${printable(message)}\n`);
}
