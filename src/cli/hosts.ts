/** What hosts print, as it is given with `--host`. */
import { readFile } from 'node:fs/promises';
import { reasonOf, VxtraceError } from '../errors.ts';
import type { HostFacts } from '../host/facts.ts';
import { hostFile } from './arguments.ts';

/** The files of values `HOST=FILE`. */
export function hostPaths(values: readonly string[], option = '--host'): string[] {
  return values.map((value) => hostFile(value, option).path);
}

/** The facts of the hosts given with `--host`, or with another `option` that is like it; several files of one host are read as one. */
export async function readHosts(values: readonly string[], option = '--host'): Promise<HostFacts[]> {
  if (values.length === 0) return [];
  const { readHostFacts } = await import('../host/read.ts');
  const texts = new Map<string, string>();
  for (const { host, path } of values.map((value) => hostFile(value, option))) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new VxtraceError(
        error.code === 'ENOENT' ? 'input-not-found' : 'input-unreadable',
        `${option} ${host}: cannot read ${path}: ${reasonOf(error, 'file')}`,
      );
    });
    texts.set(host, `${texts.get(host) ?? ''}${text}\n`);
  }
  return [...texts].map(([host, text]) => readHostFacts(host, text));
}
