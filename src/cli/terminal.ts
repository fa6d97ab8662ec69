/** What the terminal on standard output or standard error can do. */

/** True for a terminal that understands more than text: `TERM=dumb` is one that does not. */
export function isCapable({ isTTY }: NodeJS.WriteStream): boolean {
  return isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Colours only on a terminal that has them, and never with NO_COLOR (no-color.org). */
export function useColor(output: string | null): boolean {
  const { NO_COLOR } = process.env;
  return output === null && isCapable(process.stdout) && (NO_COLOR === undefined || NO_COLOR === '');
}

/** Columns of a report; some terminals do not know theirs, and say 0. */
export function width(output: string | null): number {
  return (output === null && process.stdout.isTTY === true && process.stdout.columns) || 80;
}
