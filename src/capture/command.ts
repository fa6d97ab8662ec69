/** A program that prints a capture: started, listened to, and ended in order. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { privilege } from './privilege.ts';

/** A program and its arguments; no shell reads them. */
export interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
}

/** How a command ended. */
export interface Ending {
  /** Null when a signal ended it, or it could not be started. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started; null when it was. */
  readonly error: NodeJS.ErrnoException | null;
}

/** Characters of what it says on stderr that are kept: the last ones. */
const KEPT_MESSAGES = 8192;
/** How long a command may take to end after each way of asking it, in milliseconds. */
const PATIENCE = 3000;

/**
 * A running capture command. It has a process group of its own, so that Ctrl-C in the terminal reaches it
 * through `stop` only, in order.
 */
export class CaptureCommand {
  readonly output: Readable;
  /** Resolves when it has ended and all it printed was taken. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #end: (ending: Ending) => void = () => {};
  #messages = '';
  #isOver = false;
  #isStopping = false;

  constructor({ program, args }: Invocation) {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    if (child.pid !== undefined) privilege.addProcess(child.pid);
    this.output = child.stdout;
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#messages = (this.#messages + text).slice(-KEPT_MESSAGES);
    });
    this.ended = new Promise((resolve) => {
      this.#end = (ending) => {
        this.#isOver = true;
        if (child.pid !== undefined) privilege.removeProcess(child.pid);
        resolve(ending);
      };
      child.on('error', (error) => this.#end({ exit: null, signal: null, error }));
      child.on('close', (exit, signal) => this.#end({ exit, signal, error: null }));
    });
  }

  /** True once anything it printed was read. */
  get hasPrinted(): boolean {
    return (this.#child.stdout as Socket).bytesRead > 0;
  }

  /** What it said on stderr so far, the last 8 KiB. */
  get messages(): string {
    return this.#messages;
  }

  /** True once `stop` was called: that it ends then is no surprise. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Sends a signal to the command alone. */
  signal(signal: NodeJS.Signals): void {
    this.#send(signal, false);
  }

  /**
   * Asks it to end, by its standard input first when `byInput`, then by ever stronger signals. Resolves when it has,
   * or when no signal reached it.
   */
  async stop(byInput: boolean): Promise<void> {
    if (this.#isStopping) {
      await this.ended;
      return;
    }
    this.#isStopping = true;
    this.#child.stdin.end();
    const ways: readonly (NodeJS.Signals | null)[] = [...(byInput ? [null] : []), 'SIGINT', 'SIGTERM', 'SIGKILL'];
    for (const way of ways) {
      if (this.#isOver) return;
      if (way !== null) this.#send(way, true);
      await Promise.race([this.ended, sleep(PATIENCE, undefined, { ref: false })]);
    }
    if (this.#isOver) return;
    this.output.destroy();
    this.#end({ exit: null, signal: null, error: null });
  }

  /** Ends it at once, with all it started. */
  kill(): void {
    this.#send('SIGKILL', true);
  }

  #send(signal: NodeJS.Signals, toGroup: boolean): void {
    const { pid } = this.#child;
    if (pid !== undefined && !this.#isOver) privilege.signal(pid, signal, toGroup);
  }
}

/** A word as a POSIX shell takes it for one, whatever characters it has. */
export function shellWord(word: string): string {
  return /^[\w.@:,/+=-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The words of a command line for a POSIX shell. */
export function shellLine({ program, args }: Invocation): string {
  return [program, ...args].map(shellWord).join(' ');
}
