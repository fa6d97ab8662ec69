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
