/**
 * The program's files as V8 compiled them, kept beside them from one run to the next, as Python keeps its `.pyc` files:
 * compiling takes longer than analysing a small capture does.
 *
 * V8 refuses what another version of it made, or other flags, so that both are in the name. So are the size and the time
 * of the program's file: V8 itself tells sources apart by their lengths. Nobody can put code there who could not change
 * the program itself.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

type Module = { exports: unknown };
/** A script that no earlier run left. */
interface NewScript {
  script: Script;
  /** The program's file, and which that was. */
  filename: string;
  stamp: string;
}
type Wrapper = (exports: unknown, require: (name: string) => unknown, module: Module, filename: string) => void;

export class CompiledCode {
  readonly #folder: string;
  readonly #require: NodeRequire;
  readonly #tag = cachedDataVersionTag();
  readonly #modules = new Map<string, Module>();
  readonly #anew: NewScript[] = [];

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
    for (const { script, filename, stamp } of this.#anew) {
      const kept = this.#keptIn(filename, stamp);
      const unfinished = `${kept}.${process.pid}`;
      try {
        write(unfinished, script.createCachedData());
        renameSync(unfinished, kept);
        discardOthers(filename, stamp);
      } catch {
        discard(unfinished);
      }
    }
  }

  #script(filename: string): Script {
    // Before it is read: what is kept of a file that is replaced meanwhile bears the name of the one before.
    const stamp = stampOf(filename);
    // The files of the program are ASCII.
    const source = `(function(exports,require,module,__filename){${readFileSync(filename, 'latin1')}\n})`;
    const cachedData = readKept(this.#keptIn(filename, stamp));
    const script = new Script(source, { filename, ...(cachedData !== null && { cachedData }) });
    if (cachedData === null || script.cachedDataRejected) this.#anew.push({ script, filename, stamp });
    return script;
  }

  /** Where the compiled code of a file with that stamp is kept. */
  #keptIn(filename: string, stamp: string): string {
    return `${filename}.${stamp}.${this.#tag.toString(16)}.compiled`;
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

/** What tells a file from another that takes its place: its size, and when it was written, in nanoseconds. */
function stampOf(filename: string): string {
  const { size, mtimeNs } = statSync(filename, { bigint: true });
  return `${size.toString(16)}-${mtimeNs.toString(16)}`;
}

/** Removes what is kept of files that were in the place of that one before it. */
function discardOthers(filename: string, stamp: string): void {
  const folder = dirname(filename);
  const program = `${basename(filename)}.`;
  for (const name of readdirSync(folder)) {
    const isKept = name.startsWith(program) && name.endsWith('.compiled');
    if (isKept && !name.startsWith(`${program}${stamp}.`)) discard(join(folder, name));
  }
}

/** What is kept in that file; null when nothing is. */
function readKept(kept: string): Buffer | null {
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
