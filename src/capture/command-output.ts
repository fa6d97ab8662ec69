/** A command that is run to its end for what it prints. */
import { execFile } from 'node:child_process';
import type { Invocation } from './command.ts';

/** Milliseconds that a command may take. */
const PATIENCE = 10_000;
/** Bytes that a command may print: tens of thousands of interfaces. */
const MOST_BYTES = 64 << 20;

/**
 * Runs a command; what it printed on its standard output.
 *
 * @throws Error when it cannot be started, takes longer than ten seconds or fails; its message is the last line the
 * command said on stderr where it said any, its `code` that of Node (`ENOENT`) or the exit status.
 */
export function commandOutput({ program, args }: Invocation): Promise<string> {
  const options = { timeout: PATIENCE, maxBuffer: MOST_BYTES, encoding: 'utf8' as const };
  return new Promise((resolve, reject) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const reason = stderr.trim().split('\n').at(-1) || error.message;
      reject(Object.assign(new Error(reason), { code: error.code }));
    });
  });
}
