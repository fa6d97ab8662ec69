/** How much there is to read of a capture. */
import { statSync } from 'node:fs';

/** Bytes of the file at `path` as it is stored; 0 for standard input, a pipe, and what is not there or cannot be looked at. */
export function fileSize(path: string): number {
  if (path === '-') return 0;
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : 0;
  } catch {
    return 0;
  }
}
