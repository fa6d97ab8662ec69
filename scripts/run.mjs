/** Runs one of the project's own TypeScript programs: `node scripts/run.mjs test/lab/main.ts <arguments>`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundledKernel } from './kernel.mjs';

const [entry, ...rest] = process.argv.slice(2);
const folder = await mkdtemp(join(resolve('node_modules'), '.run-'));
try {
  const outfile = join(folder, 'program.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [bundledKernel()],
    define: { VXTRACE_VERSION: '"development"' },
  });
  process.argv = [process.argv[0], resolve(entry), ...rest];
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(folder, { recursive: true, force: true });
}
