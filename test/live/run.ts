/** A run of `vxtrace capture`, watched by its events. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LiveEvent } from '../../src/live/events.ts';

type EventOf<Name extends LiveEvent['event']> = Extract<LiveEvent, { event: Name }>;

export class LiveRun {
  readonly events: LiveEvent[] = [];
  stderr = '';
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  #rest = '';
  #wake: () => void = () => {};

  constructor(program: string, args: readonly string[], environment = process.env) {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    this.child = spawn(process.execPath, [program, 'capture', ...args], { stdio, env: environment });
    this.closed = once(this.child, 'close').then(() => this.#wake());
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** The first event of that name that fits; throws when none came in time, or the run ended without. */
  async event<Name extends LiveEvent['event']>(
    name: Name,
    fits: (event: EventOf<Name>) => boolean = () => true,
    milliseconds = 10_000,
  ): Promise<EventOf<Name>> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const found = this.events.find((event) => event.event === name && fits(event as EventOf<Name>));
      if (found !== undefined) return found as EventOf<Name>;
      const left = deadline - Date.now();
      const isOver = this.child.exitCode !== null;
      if (left <= 0 || isOver) {
        throw new Error(
          `no ${name} ${isOver ? 'until the end' : 'in time'}: ${this.stderr}\n${JSON.stringify(this.events, null, 1)}`,
        );
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, Math.min(left, 200));
      });
    }
  }

  all<Name extends LiveEvent['event']>(name: Name): EventOf<Name>[] {
    return this.events.filter((event) => event.event === name) as EventOf<Name>[];
  }

  /** Sends a signal where one is given, and waits for the end; the exit status. */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.child.kill(signal);
    await this.closed;
    return this.child.exitCode;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.events.push(JSON.parse(line) as LiveEvent);
    this.#wake();
  }
}
