/** Files as a live run writes them: by this process, or for it by its keeper. */
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A user and a group of this machine, by their numbers. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** What became of bytes that were to be appended. */
export interface Appended {
  /** Bytes that are in the file: the first ones. */
  readonly taken: number;
  /** Why the others are not; null when all are. */
  readonly failure: string | null;
}

/** A file being written. */
export interface StoredFile {
  append(bytes: Uint8Array): Promise<Appended>;
  /** Cuts it to so many bytes. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Storage {
  /** Makes a file that is not there yet; throws Node's error, `EEXIST` when it is. */
  create(path: string): Promise<StoredFile>;
  /** Writes a file that appears whole or not at all, in place of one that is there. Throws Node's error. */
  replace(path: string, chunks: Iterable<string>): Promise<void>;
  /** Bytes that the disk of a folder has room for. Throws Node's error. */
  freeBytes(folder: string): Promise<number>;
}

/** Files of this process; they are given to `owner` where one is named. */
export class LocalStorage implements Storage {
  readonly #owner: User | null;

  constructor(owner: User | null = null) {
    this.#owner = owner;
  }

  async create(path: string): Promise<StoredFile> {
    return new LocalFile(await this.#open(path));
  }

  async replace(path: string, chunks: Iterable<string>): Promise<void> {
    // A device or a pipe, /dev/null say, is written to and stays what it is.
    const isSpecial = await stat(path).then(
      (status) => !status.isFile(),
      () => false,
    );
    if (isSpecial) return writeInto(path, chunks);
    const temporary = join(dirname(path), `.vxtrace-${process.pid}-${Date.now()}.tmp`);
    try {
      const handle = await this.#open(temporary);
      try {
        for (const chunk of chunks) await handle.write(chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async freeBytes(folder: string): Promise<number> {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  }

  async #open(path: string): Promise<FileHandle> {
    const handle = await open(path, 'wx');
    if (this.#owner !== null) await handle.chown(this.#owner.uid, this.#owner.gid).catch(() => {});
    return handle;
  }
}

class LocalFile implements StoredFile {
  readonly #handle: FileHandle;
  #length = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async append(bytes: Uint8Array): Promise<Appended> {
    let taken = 0;
    try {
      while (taken < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, taken, bytes.length - taken, this.#length);
        taken += bytesWritten;
        this.#length += bytesWritten;
      }
      return { taken, failure: null };
    } catch (error) {
      return { taken, failure: (error as Error).message };
    }
  }

  async truncate(length: number): Promise<void> {
    await this.#handle.truncate(length);
    this.#length = Math.min(this.#length, length);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function writeInto(path: string, chunks: Iterable<string>): Promise<void> {
  const handle = await open(path, 'w');
  try {
    for (const chunk of chunks) await handle.write(chunk);
  } finally {
    await handle.close();
  }
}
