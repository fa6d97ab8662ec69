/** Bundles the library and the commands into `dist`. What a command does not need is loaded lazily, as a chunk of its own. */
import { chmod, readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { bundledKernel } from './kernel.mjs';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
const commands = ['analyze', 'capture', 'compare', 'decode', 'interfaces'];
const programs = {
  vxtrace: 'src/cli/main.ts',
  ...Object.fromEntries(commands.map((name) => [`command-${name}`, `src/cli/${name}.ts`])),
  errors: 'src/errors.ts',
  index: 'src/index.ts',
  worker: 'src/worker.ts',
  'read-ahead-worker': 'src/read-ahead-worker.ts',
  'print-worker': 'src/print-worker.ts',
  'cap-process': 'src/live/cap-process.ts',
  'keeper-process': 'src/live/keeper-process.ts',
};

/** The command line loads its commands as they are asked for; and it knows their errors, whose class is one for all of them. */
const commandLine = {
  name: 'command-line',
  setup({ onResolve }) {
    const isFromMain = ({ importer }) => basename(importer) === 'main.ts';
    onResolve({ filter: new RegExp(`^\\./(${commands.join('|')})\\.ts$`) }, (args) =>
      isFromMain(args) ? { path: `./command-${basename(args.path, '.ts')}.js`, external: true } : null,
    );
    onResolve({ filter: /\/errors\.ts$/ }, () => ({ path: './errors.js', external: true }));
  },
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
    plugins: [bundledKernel(), ...(entry.startsWith('src/cli/') ? [commandLine] : [])],
    minifyWhitespace: true,
    minifySyntax: true,
    chunkNames: '[name]-[hash]',
    define: { VXTRACE_VERSION: JSON.stringify(version) },
  });
}
await chmod('dist/vxtrace.js', 0o755);
