/** The command line program, built from the source as it is, for tests that run it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledKernel } from '../../scripts/kernel.mjs';

/** Tests and measurements are run from the project's folder. */
const ROOT = process.cwd();

/** A program that was built, and how it is removed again. */
export interface BuiltProgram {
  readonly path: string;
  remove(): void;
}

/**
 * Builds the program into a folder of its own: inside node_modules, where its packages are found, or for
 * `everybody` into one that other users can read, with the packages in it except cap.
 */
export async function buildProgram(reader: 'us' | 'everybody' = 'us'): Promise<BuiltProgram> {
  const isForAll = reader === 'everybody';
  const folder = mkdtempSync(isForAll ? join(tmpdir(), 'vxtrace-') : join(ROOT, 'node_modules', '.vxtrace-live-'));
  const require = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
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
    plugins: [bundledKernel()],
    ...(isForAll ? { external: ['cap', 'fzstd'], banner: { js: require } } : { packages: 'external' }),
    chunkNames: 'chunks/[name]-[hash]',
    define: { VXTRACE_VERSION: '"0.0.0-test"' },
  });
  if (isForAll) {
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  }
  return { path: join(folder, 'vxtrace.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
