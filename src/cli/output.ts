/** Writes a report to standard output, or to a file that appears whole or not at all. */
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pcapVariant } from '../capture/pcap.ts';
import { SECTION_HEADER } from '../capture/pcapng-block.ts';
import { compressionOf, SIGNATURE_BYTES } from '../capture/signature.ts';
import { LocalStorage, type Storage } from '../capture/storage.ts';
import { reasonOf, VxtraceError } from '../errors.ts';

/** Writes all chunks to `file`, or to standard output when it is null. */
export async function writeOutput(
  file: string | null,
  chunks: Iterable<string>,
  storage: Storage = new LocalStorage(),
): Promise<void> {
  if (file === null) {
    for (const chunk of chunks) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
    return;
  }
  await storage.replace(file, chunks).catch((error: Error) => {
    throw unwritable(file, reasonOf(error, 'directory'));
  });
}

/**
 * Refuses a file to write to while nothing has been read yet: one of the inputs, by whatever name; any other capture; and
 * what cannot be written. `option` is the option it was given with, `-` among the inputs standard input.
 *
 * @throws VxtraceError `usage`, `output-unwritable`.
 */
export async function requireOutput(option: string, file: string | null, inputs: readonly string[]): Promise<void> {
  if (file === null) return;
  const there = statusOf(file);
  if (there?.isDirectory()) throw unwritable(file, 'is a directory');
  // A device or a pipe is not replaced.
  if (there !== null && !there.isFile()) return;
  if (there !== null && inputs.some((input) => isSame(there, statusOf(input)))) {
    throw new VxtraceError('usage', `${option} ${file} is one of the inputs`);
  }
  if (there !== null && beginsAsCapture(headOf(file))) {
    const cure = `give ${option} a file of its own, or remove ${file} first`;
    throw new VxtraceError('usage', `${option} ${file} is a capture, or compressed, and is not replaced; ${cure}`);
  }
  await access(`${dirname(file)}/`, constants.W_OK).catch((error: Error) => {
    throw unwritable(file, reasonOf(error, 'directory'));
  });
}

function unwritable(file: string, reason: string): VxtraceError {
  return new VxtraceError('output-unwritable', `cannot write ${file}: ${reason}`);
}

/** Null for what is not there, or cannot be looked at. */
function statusOf(path: string): Stats | null {
  try {
    return path === '-' ? fstatSync(0) : statSync(path);
  } catch {
    return null;
  }
}

function isSame(one: Stats, other: Stats | null): boolean {
  return other !== null && one.dev === other.dev && one.ino === other.ino;
}

/** The first bytes of a file; none of one that cannot be read. */
function headOf(path: string): Uint8Array {
  const head = new Uint8Array(SIGNATURE_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch {
    return head.subarray(0, 0);
  }
}

/** True for the first bytes of a pcap or pcapng file, and of one in a compression that captures are kept in. */
function beginsAsCapture(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const view = new DataView(head.buffer, head.byteOffset);
  return pcapVariant(view, 0) !== null || view.getUint32(0) === SECTION_HEADER || compressionOf(head) !== null;
}
