/** The command line program, built from the source as it is, for tests that run it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');

/** Builds the program into a folder of its own inside node_modules, where its packages are found. */
export async function buildProgram(): Promise<{ path: string; remove: () => void }> {
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.vxtrace-live-'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      vxtrace: 'src/cli/main.ts',
      'cap-process': 'src/live/cap-process.ts',
      'keeper-process': 'src/live/keeper-process.ts',
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    chunkNames: 'chunks/[name]-[hash]',
    define: { VXTRACE_VERSION: '"0.0.0-test"' },
  });
  return { path: join(folder, 'vxtrace.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
