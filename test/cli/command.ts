/** The command as it is installed: built once, run as a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
/** Where the build puts the programs. */
export const DIST = join(ROOT, 'dist');
const COMMAND = join(DIST, 'vxtrace.js');

/** Builds `dist` when it is missing or older than a source file. */
export function buildCommand(): void {
  if (existsSync(COMMAND)) {
    const built = statSync(COMMAND).mtimeMs;
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    if (sources.every((name) => statSync(join(ROOT, 'src', name)).mtimeMs < built)) return;
  }
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

interface RunOptions {
  input?: Uint8Array;
  cwd?: string;
  env?: Record<string, string>;
  /** Address space that it may have, in KiB. */
  addressSpace?: number;
}

export function runCommand(args: readonly string[], options: RunOptions = {}): Outcome {
  return runNode([COMMAND, ...args], options);
}

/** Runs Node itself. */
export function runNode(args: readonly string[], { input, cwd = ROOT, env, addressSpace }: RunOptions = {}): Outcome {
  const limited = ['-c', `ulimit -v ${addressSpace} && exec "$0" "$@"`, process.execPath, ...args];
  const [program, list] = addressSpace === undefined ? [process.execPath, args] : ['sh', limited];
  const { status, stdout, stderr } = spawnSync(program, list, {
    cwd,
    env: { ...process.env, ...env },
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** Runs the command with its standard output in a file. */
export function runCommandInto(file: string, args: readonly string[]): Outcome {
  const output = openSync(file, 'w');
  try {
    const stdio = ['ignore', output, 'pipe'] as const;
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: [...stdio],
    });
    return { status, stdout: '', stderr };
  } finally {
    closeSync(output);
  }
}

/** Runs the command and closes the reading end of its standard output after the first bytes, as `head` does. */
export function runIntoClosedPipe(args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.once('data', (bytes: Buffer) => {
    stdout += bytes.toString('latin1');
    child.stdout.destroy();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString('utf8');
  });
  return new Promise((fulfil, reject) => {
    child.on('error', reject);
    child.on('close', (status) => fulfil({ status, stdout, stderr }));
  });
}

/**
 * Runs the command on a pseudo-terminal of so many columns, by util-linux' `script`; what it writes comes back in one
 * piece.
 */
export function runOnTerminal(args: readonly string[], env: Record<string, string>, columns = 80): string {
  const line = [process.execPath, COMMAND, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { NO_COLOR: _, ...rest } = process.env;
  const { stdout, error } = spawnSync('script', ['-qec', `stty columns ${columns}; ${line}`, '/dev/null'], {
    cwd: ROOT,
    env: { ...rest, ...env },
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return stdout;
}
