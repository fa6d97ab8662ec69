/**
 * What this process may do, which is one thing for all of it: as root it starts the captures, and gives root up
 * before it reads what they print. What it needs root for afterwards is noted while it prepares, and is done for
 * it by a keeper. Without root from the start, or where it cannot be given up, it does everything itself.
 */
import { chown, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { builtProgram } from './built-program.ts';
import type { Invocation } from './command.ts';
import { commandOutput } from './command-output.ts';
import { Keeper } from './keeper.ts';
import { LocalStorage, type Storage, type User } from './storage.ts';

/** The user that owns nothing, by the number that Linux has for it. */
const NOBODY: User = { uid: 65_534, gid: 65_534 };

class Privilege {
  readonly #processes = new Set<number>();
  readonly #commands: Invocation[] = [];
  #folder: string | null = null;
  #file: string | null = null;
  #keeper: Keeper | null = null;
  #storage: Storage = new LocalStorage(caller());

  /** Notes a process group that is to be signalled, by its leader. */
  addProcess(process: number): void {
    this.#processes.add(process);
  }

  /** Notes that a process has ended. */
  removeProcess(process: number): void {
    this.#processes.delete(process);
    this.#keeper?.forget(process);
  }

  /** Notes commands that `output` will be asked for. */
  addCommands(commands: readonly Invocation[]): void {
    this.#commands.push(...commands);
  }

  /** Notes where files will be written: in a folder, and one more; null for none. */
  setFiles(folder: string | null, file: string | null): void {
    this.#folder = folder === null ? null : resolve(folder);
    this.#file = file === null ? null : resolve(file);
  }

  /** Makes a folder and those above it, unless it is there; throws Node's error. To be called before root is given up. */
  async makeFolder(folder: string): Promise<void> {
    const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
    const owner = caller();
    if (isNew && owner !== null) await chown(folder, owner.uid, owner.gid);
  }

  /** Signals a process, or its group. Nothing happens when it is gone. */
  signal(pid: number, signal: NodeJS.Signals, toGroup: boolean): void {
    if (this.#keeper === null || this.#keeper.isGone) sendSignal(pid, signal, toGroup);
    else this.#keeper.signal(pid, signal, toGroup);
  }

  /** What a command prints; after root was given up, of the noted ones only. Throws as `commandOutput` does. */
  output(command: Invocation): Promise<string> {
    return this.#keeper === null ? commandOutput(command) : this.#keeper.output(command);
  }

  /** Where files are written; after root was given up, in the noted places only. */
  get storage(): Storage {
    return this.#storage;
  }

  /**
   * Gives root up for good: for the user who called sudo, else for nobody. Returns null when this process is not
   * root now, else why it still is.
   */
  giveUp(): string | null {
    if (process.getuid?.() !== 0) return null;
    const user = lesserUser();
    // Where root stays, it needs no keeper.
    const obstacle = rehearse(user);
    if (obstacle !== null) return obstacle;
    const program = builtProgram('keeper-process');
    if (program === null) return 'stays root: keeper-process.js is missing';
    this.#keeper = new Keeper(program, {
      processes: [...this.#processes],
      commands: this.#commands,
      folder: this.#folder,
      file: this.#file,
      owner: caller(),
    });
    this.#storage = this.#keeper;
    return become(user);
  }

  /** Lets the keeper go, and with it what still runs. */
  close(): void {
    this.#keeper?.close();
  }
}

/** The privilege of this process. */
export const privilege = new Privilege();

/** Makes this process, which is root, another user's for good. Returns null, or why it stays root. */
export function become({ uid, gid }: User): string | null {
  return obstacleTo(() => {
    process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  });
}

/** Whether this process, which is root, could become another user's, and be root again: null, or why not. */
function rehearse({ uid }: User): string | null {
  return obstacleTo(() => {
    process.setgroups?.(process.getgroups?.() ?? []);
    process.seteuid?.(uid);
    process.seteuid?.(0);
  });
}

function obstacleTo(giveUp: () => void): string | null {
  try {
    giveUp();
    return null;
  } catch (error) {
    return `stays root: ${(error as Error).message}`;
  }
}

/** For whom root is given up. To be asked while this process is root. */
export function lesserUser(): User {
  return caller() ?? NOBODY;
}

/** The user who called sudo; null without sudo. */
function caller(): User | null {
  const { SUDO_UID, SUDO_GID } = process.env;
  if (process.getuid?.() !== 0 || !isNumber(SUDO_UID) || !isNumber(SUDO_GID)) return null;
  return { uid: Number(SUDO_UID), gid: Number(SUDO_GID) };
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text);
}

/** Sends a signal to a process, or to its group where there is one. */
export function sendSignal(pid: number, signal: NodeJS.Signals, toGroup: boolean): void {
  for (const target of toGroup ? [-pid, pid] : [pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // gone, or no group
    }
  }
}
