/**
 * The keeper: a process that stays root when the one that decodes packets gives root up. It does what root is
 * still needed for, and nothing it was not told of before: signals to captures that run, commands that tell of
 * interfaces inside namespaces, files in one folder and one report. It sees no packet but those to be stored.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Invocation } from './command.ts';
import type { Appended, Storage, StoredFile, User } from './storage.ts';

/** All that a keeper will ever do; its program has it as its one argument, in JSON. */
export interface KeeperDuties {
  /** Leaders of the process groups that may be signalled; they are killed when nobody asks any more. */
  readonly processes: readonly number[];
  /** The commands that may be run. */
  readonly commands: readonly Invocation[];
  /** The folder whose files may be made and replaced; null for none. */
  readonly folder: string | null;
  /** The one file beside that may be replaced; null for none. */
  readonly file: string | null;
  /** Whom new files are given to; null for nobody. */
  readonly owner: User | null;
}

export type KeeperRequest =
  | { readonly do: 'signal'; readonly process: number; readonly signal: NodeJS.Signals; readonly toGroup: boolean }
  /** A process has ended; its number may be another's soon. */
  | { readonly do: 'forget'; readonly process: number }
  | { readonly do: 'run'; readonly command: number }
  | { readonly do: 'create'; readonly path: string }
  | { readonly do: 'append'; readonly file: number; readonly bytes: Uint8Array }
  | { readonly do: 'truncate'; readonly file: number; readonly length: number }
  | { readonly do: 'close'; readonly file: number }
  | { readonly do: 'freeBytes'; readonly folder: string }
  | { readonly do: 'replace'; readonly path: string; readonly text: string };

export interface KeeperQuestion {
  readonly id: number;
  readonly request: KeeperRequest;
}

export interface KeeperAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: { readonly code: string | undefined; readonly message: string };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The keeper as its one client sees it. */
export class Keeper implements Storage {
  readonly #child: ChildProcess;
  readonly #commands: readonly Invocation[];
  readonly #waiting = new Map<number, Waiting>();
  #questions = 0;
  #isGone = false;

  /** Starts a keeper from its program. */
  constructor(program: string, duties: KeeperDuties) {
    this.#commands = duties.commands;
    this.#child = fork(program, [JSON.stringify(duties)], {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    this.#child.on('message', (answer: KeeperAnswer) => this.#answered(answer));
    this.#child.on('error', () => this.#gone());
    this.#child.on('disconnect', () => this.#gone());
  }

  /** True when it has ended. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Signals a process, or its group. Nothing happens when it is gone. */
  signal(process: number, signal: NodeJS.Signals, toGroup: boolean): void {
    this.#ask({ do: 'signal', process, signal, toGroup }).catch(() => {});
  }

  forget(process: number): void {
    this.#ask({ do: 'forget', process }).catch(() => {});
  }

  /** What one of the commands printed; throws as `commandOutput` does. */
  async output(command: Invocation): Promise<string> {
    return (await this.#ask({ do: 'run', command: this.#commands.indexOf(command) })) as string;
  }

  async create(path: string): Promise<StoredFile> {
    const file = (await this.#ask({ do: 'create', path })) as number;
    return {
      append: async (bytes) => (await this.#ask({ do: 'append', file, bytes })) as Appended,
      truncate: async (length) => void (await this.#ask({ do: 'truncate', file, length })),
      close: async () => void (await this.#ask({ do: 'close', file })),
    };
  }

  async replace(path: string, chunks: Iterable<string>): Promise<void> {
    await this.#ask({ do: 'replace', path, text: [...chunks].join('') });
  }

  async freeBytes(folder: string): Promise<number> {
    return (await this.#ask({ do: 'freeBytes', folder })) as number;
  }

  /** Lets it go; it ends what still runs. */
  close(): void {
    if (!this.#isGone) this.#child.disconnect();
  }

  #ask(request: KeeperRequest): Promise<unknown> {
    if (this.#isGone) return Promise.reject(new Error(GONE));
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const question: KeeperQuestion = { id, request };
      this.#child.send(question, (error) => {
        if (error !== null) this.#gone();
      });
    });
  }

  #answered({ id, value, failure }: KeeperAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(value);
    else waiting?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
  }

  #gone(): void {
    this.#isGone = true;
    for (const { reject } of this.#waiting.values()) reject(new Error(GONE));
    this.#waiting.clear();
  }
}

const GONE = 'the process that kept root has ended';
