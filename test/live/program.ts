/** The programs, built from the source as it is, for tests that run them. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from '../../scripts/programs.mjs';

/** Tests and measurements are run from the project's folder. */
const ROOT = process.cwd();

/** A program that was built, and how it is removed again. */
export interface BuiltProgram {
  readonly path: string;
  remove(): void;
}

/**
 * Builds the program into a folder of its own: inside node_modules, where cap is found, or for `everybody` into one that
 * other users can read.
 */
export async function buildProgram(reader: 'us' | 'everybody' = 'us'): Promise<BuiltProgram> {
  const isForAll = reader === 'everybody';
  const folder = mkdtempSync(isForAll ? join(tmpdir(), 'vxtrace-') : join(ROOT, 'node_modules', '.vxtrace-live-'));
  const path = await buildPrograms(folder);
  if (isForAll) chmodSync(folder, 0o755);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
