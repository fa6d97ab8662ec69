/** Bundles the library and the programs into `dist`: each program with all that it needs, in one file of CommonJS, which starts faster. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { bundledKernel } from './kernel.mjs';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
const commands = ['analyze', 'capture', 'compare', 'decode', 'interfaces'];
const programs = {
  'command-line': 'src/cli/main.ts',
  ...Object.fromEntries(commands.map((name) => [`command-${name}`, `src/cli/${name}.ts`])),
  errors: 'src/errors.ts',
  worker: 'src/worker.ts',
  'read-ahead-worker': 'src/read-ahead-worker.ts',
  'print-worker': 'src/print-worker.ts',
  'cap-process': 'src/live/cap-process.ts',
  'keeper-process': 'src/live/keeper-process.ts',
  // Last: where it is, all is.
  vxtrace: 'src/cli/start.ts',
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

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Loaded when they are needed, and only then; the other packages are part of the bundle.
  external: ['cap', 'fzstd'],
  minifyWhitespace: true,
  minifySyntax: true,
};

/** Says how Node is to understand the files of a folder. */
async function folderOf(type, folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/package.json`, `${JSON.stringify({ type })}\n`);
  return folder;
}

await build({
  ...common,
  entryPoints: { index: 'src/index.ts' },
  outdir: await folderOf('module', 'dist/library'),
  splitting: true,
  format: 'esm',
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  plugins: [bundledKernel()],
});

const folder = await folderOf('commonjs', 'dist');
for (const [name, entry] of Object.entries(programs)) {
  await build({
    ...common,
    entryPoints: { [name]: entry },
    outdir: folder,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    banner: { js: "'use strict'; const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { VXTRACE_VERSION: JSON.stringify(version), 'import.meta.url': 'moduleUrl' },
    plugins: [bundledKernel(), ...(entry.startsWith('src/cli/') ? [commandLine] : [])],
  });
}
await chmod('dist/vxtrace.js', 0o755);
