/** Writes a report to standard output, or to a file that appears whole or not at all. */
import { once } from 'node:events';
import { LocalStorage, type Storage } from '../capture/storage.ts';
import { VxtraceError } from '../errors.ts';

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
    throw new VxtraceError('output-unwritable', `cannot write ${file}: ${error.message}`);
  });
}
