/**
 * The program's files as V8 compiled them, kept beside them from one run to the next, as Python keeps its `.pyc` files:
 * compiling takes longer than analysing a small capture does.
 *
 * V8 refuses what another version of it made, or other flags, so that both are in the name. Nobody can put code there
 * who could not change the program itself.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

type Module = { exports: unknown };
type Wrapper = (exports: unknown, require: (name: string) => unknown, module: Module, filename: string) => void;

export class CompiledCode {
  readonly #folder: string;
  readonly #require: NodeRequire;
  readonly #tag = cachedDataVersionTag();
  readonly #modules = new Map<string, Module>();
  /** Scripts that no earlier run left, by the file that they are to be kept in. */
  readonly #anew = new Map<string, Script>();

  /** Of the files in that folder. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#require = createRequire(join(folder, 'package.json'));
  }

  /** What a file of the folder exports, such as `./errors.js`, or a package, as CommonJS knows it. */
  require(name: string): unknown {
    if (!name.startsWith('./')) return this.#require(name);
    const known = this.#modules.get(name);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    this.#modules.set(name, module);
    const filename = join(this.#folder, name);
    const wrapper: Wrapper = this.#script(filename).runInThisContext();
    wrapper(module.exports, (wanted) => this.require(wanted), module, filename);
    return module.exports;
  }

  /** Keeps what this run has compiled, with the functions that it has called, where it may write. */
  save(): void {
    // Of code made with other flags than those that the program starts with V8 takes nothing.
    if (cachedDataVersionTag() !== this.#tag) return;
    for (const [kept, script] of this.#anew) {
      const unfinished = `${kept}.${process.pid}`;
      try {
        write(unfinished, script.createCachedData());
        renameSync(unfinished, kept);
      } catch {
        discard(unfinished);
      }
    }
  }

  #script(filename: string): Script {
    const kept = `${filename}.${this.#tag.toString(16)}.compiled`;
    // The files of the program are ASCII.
    const source = `(function(exports,require,module,__filename){${readFileSync(filename, 'latin1')}\n})`;
    const cachedData = keptSince(kept, filename);
    const script = new Script(source, { filename, ...(cachedData !== null && { cachedData }) });
    if (cachedData === null || script.cachedDataRejected) this.#anew.set(kept, script);
    return script;
  }
}

/** Removes a file, if it is there and may be removed. */
function discard(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was not even begun.
  }
}

/** What is kept in that file, unless the program's file is younger; null when nothing is. */
function keptSince(kept: string, filename: string): Buffer | null {
  const keptStatus = statSync(kept, { throwIfNoEntry: false });
  if (keptStatus === undefined || keptStatus.mtimeMs < statSync(filename).mtimeMs) return null;
  try {
    return readFileSync(kept);
  } catch {
    return null;
  }
}

/** Writes a new file down to the disk: V8 trusts what it is given, and a file that lost its bytes would take the program down. */
function write(file: string, bytes: Buffer): void {
  const descriptor = openSync(file, 'wx');
  try {
    if (writeSync(descriptor, bytes) !== bytes.length) throw new Error('the disk is full');
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
