/**
 * The keeper's program, `keeper-process DUTIES`: it stays root for a process that gave root up. Its argument says
 * what it may ever be asked for; anything else is refused. When the other end of its channel is gone it kills the
 * captures and ends.
 */
import { constants, existsSync, openSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { commandOutput } from '../capture/command-output.ts';
import type { KeeperAnswer, KeeperDuties, KeeperQuestion, KeeperRequest } from '../capture/keeper.ts';
import { sendSignal } from '../capture/privilege.ts';
import { LocalStorage, type StoredFile } from '../capture/storage.ts';

/** Through these a folder stays the one that was opened, whatever its name comes to stand for. */
const DESCRIPTORS = '/proc/self/fd';

class Duties {
  readonly #duties: KeeperDuties;
  readonly #storage: LocalStorage;
  /** When each process was started: a number that is used again is another's. */
  readonly #started = new Map<number, string>();
  /** Folders by their path, as they are reached. */
  readonly #folders = new Map<string, string>();
  readonly #files = new Map<number, StoredFile>();
  #created = 0;

  constructor(duties: KeeperDuties) {
    this.#duties = duties;
    this.#storage = new LocalStorage(duties.owner);
    for (const process of duties.processes) this.#started.set(process, startOf(process));
    const { folder, file } = duties;
    for (const path of [folder, file === null ? null : dirname(file)]) {
      const place = path === null ? null : held(path);
      if (path !== null && place !== null) this.#folders.set(path, place);
    }
  }

  async fulfil(request: KeeperRequest): Promise<unknown> {
    switch (request.do) {
      case 'signal':
        if (this.#isStill(request.process)) sendSignal(request.process, request.signal, request.toGroup);
        return null;
      case 'forget':
        this.#started.delete(request.process);
        return null;
      case 'run':
        return commandOutput(this.#duties.commands[request.command] ?? refuse());
      case 'create':
        this.#files.set(++this.#created, await this.#storage.create(this.#placeOf(request.path)));
        return this.#created;
      case 'append':
        return this.#file(request.file).append(request.bytes);
      case 'truncate':
        return this.#file(request.file).truncate(request.length);
      case 'close': {
        const file = this.#file(request.file);
        this.#files.delete(request.file);
        return file.close();
      }
      case 'replace':
        return this.#storage.replace(this.#placeOf(request.path), [request.text]);
      case 'freeBytes':
        return this.#storage.freeBytes(this.#folders.get(resolve(request.folder)) ?? refuse());
    }
  }

  killAll(): void {
    for (const process of this.#started.keys()) {
      if (this.#isStill(process)) sendSignal(process, 'SIGKILL', true);
    }
  }

  #isStill(process: number): boolean {
    return this.#started.get(process) === startOf(process);
  }

  #file(number: number): StoredFile {
    return this.#files.get(number) ?? refuse();
  }

  /** The path by which a file that may be written is reached. */
  #placeOf(path: string): string {
    const whole = resolve(path);
    const folder = dirname(whole);
    if (folder !== this.#duties.folder && whole !== this.#duties.file) refuse();
    return `${this.#folders.get(folder) ?? refuse()}/${basename(whole)}`;
  }
}

/** A path to a folder that nobody can turn elsewhere; null when the folder cannot be opened. */
function held(folder: string): string | null {
  if (!existsSync(DESCRIPTORS)) return folder;
  try {
    return `${DESCRIPTORS}/${openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)}`;
  } catch {
    return null;
  }
}

/** When a process was started, in the kernel's ticks; empty where there is no /proc or no such process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}

function refuse(): never {
  throw new Error('the keeper was not told of this');
}

const duties = new Duties(JSON.parse(process.argv[2]) as KeeperDuties);

async function answer({ id, request }: KeeperQuestion): Promise<void> {
  let told: KeeperAnswer;
  try {
    told = { id, value: await duties.fulfil(request) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    told = { id, failure: { code, message } };
  }
  if (process.connected) process.send?.(told, () => {});
}

function end(): void {
  duties.killAll();
  process.exit();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (question: KeeperQuestion) => void answer(question));
process.on('disconnect', end);
if (!process.connected) end();
