/** Writes a report to standard output, or to a file that appears whole or not at all. */
import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VxtraceError } from '../errors.ts';

/** Writes all chunks to `file`, or to standard output when it is null. */
export async function writeOutput(file: string | null, chunks: Iterable<string>): Promise<void> {
  if (file === null) {
    for (const chunk of chunks) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
    return;
  }
  const temporary = join(dirname(file), `.vxtrace-${process.pid}-${Date.now()}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const chunk of chunks) await handle.write(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new VxtraceError('output-unwritable', `cannot write ${file}: ${(error as Error).message}`);
  }
}
