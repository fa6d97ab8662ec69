/** Folders for what a test file writes, removed when its tests have ended. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, with that in its name. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `vxtrace-${name}-`));
  made.push(folder);
  return folder;
}
