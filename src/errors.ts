/** What stops the program: mapped by the command line to exit status 2 and one line on stderr. */
export type ErrorCode =
  | 'usage'
  | 'input-not-found'
  | 'input-unreadable'
  | 'input-unrecognised'
  | 'output-unwritable'
  | 'missing-program'
  | 'missing-privilege'
  | 'out-of-memory';

/** An error with a stable code; the message names the input and, where known, the byte offset at fault. */
export class VxtraceError extends Error {
  override readonly name = 'VxtraceError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How Node words what the operating system refused: `ENOENT: no such file or directory, open 'x'`. */
const SYSTEM_ERROR = /^([A-Z][A-Z0-9]+): (.+?), [a-z]+\b/;

/** Why the system refused, without Node's words around it; where nothing is there, `missing` is what is missing. */
export function reasonOf(error: Error, missing: 'file' | 'directory'): string {
  const [, code, words] = SYSTEM_ERROR.exec(error.message) ?? [];
  if (code === 'ENOENT') return `no such ${missing}`;
  return code === 'EISDIR' ? 'is a directory' : (words ?? error.message);
}
