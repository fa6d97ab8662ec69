/** Bundles the library and the command into `dist`. What a command does not need is loaded lazily, as a chunk of its own. */
import { chmod, readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { bundledKernel } from './kernel.mjs';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
const programs = {
  vxtrace: 'src/cli/main.ts',
  index: 'src/index.ts',
  worker: 'src/worker.ts',
  'read-ahead-worker': 'src/read-ahead-worker.ts',
  'print-worker': 'src/print-worker.ts',
  'cap-process': 'src/live/cap-process.ts',
  'keeper-process': 'src/live/keeper-process.ts',
};
// Each by itself: what several of them have in common would otherwise stand in files of its own, and every file that
// is loaded takes time.
for (const [name, entry] of Object.entries(programs)) {
  await build({
    entryPoints: { [name]: entry },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Loaded when they are needed, and only then; the other packages are part of the bundle, which starts faster.
    external: ['cap', 'fzstd'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [bundledKernel()],
    minifyWhitespace: true,
    minifySyntax: true,
    chunkNames: 'chunks/[name]-[hash]',
    define: { VXTRACE_VERSION: JSON.stringify(version) },
  });
}
await chmod('dist/vxtrace.js', 0o755);
