/** Bundles the programs: each with all that it needs in one file of CommonJS, which starts faster than modules do. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { bundledKernel } from './kernel.mjs';

const commands = ['analyze', 'capture', 'compare', 'decode', 'interfaces'];
const entries = {
  'command-line': 'src/cli/main.ts',
  ...Object.fromEntries(commands.map((name) => [`command-${name}`, `src/cli/${name}.ts`])),
  errors: 'src/errors.ts',
  thread: 'src/thread.ts',
  'thread-start': 'src/thread-start.ts',
  worker: 'src/worker.ts',
  'read-ahead-worker': 'src/read-ahead-worker.ts',
  'print-worker': 'src/print-worker.ts',
  'cap-process': 'src/live/cap-process.ts',
  'keeper-process': 'src/live/keeper-process.ts',
  // Last: where it is, all is.
  vxtrace: 'src/cli/start.ts',
};

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/** What programs and library have in common. */
export const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Loaded when they are needed, and only then; the other packages are part of the bundle.
  external: ['cap', 'fzstd'],
  minifyWhitespace: true,
  minifySyntax: true,
  define: { VXTRACE_VERSION: JSON.stringify(version) },
  plugins: [bundledKernel()],
};

/** Of these there is one for all programs that the command runs in its own thread: the class of errors, a thread in reserve. */
const shared = ['errors', 'thread'];

/** The command line loads its commands as they are asked for, and shares some modules with them. */
const commandLine = {
  name: 'command-line',
  setup({ onResolve }) {
    const isFromMain = ({ importer }) => basename(importer) === 'main.ts';
    onResolve({ filter: new RegExp(`^\\./(${commands.join('|')})\\.ts$`) }, (args) =>
      isFromMain(args) ? { path: `./command-${basename(args.path, '.ts')}.js`, external: true } : null,
    );
    onResolve({ filter: new RegExp(`/(${shared.join('|')})\\.ts$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? null : { path: `./${basename(path, '.ts')}.js`, external: true },
    );
  },
};

/** Makes a folder of files that Node is to understand as `type` says. */
export async function folderOf(type, folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ type })}\n`);
  return folder;
}

/** Bundles all programs into a folder; returns the path of the command. To be used in the project's folder. */
export async function buildPrograms(folder) {
  await folderOf('commonjs', folder);
  for (const [name, entry] of Object.entries(entries)) {
    await build({
      ...COMMON,
      entryPoints: { [name]: entry },
      outdir: folder,
      format: 'cjs',
      supported: { 'dynamic-import': false },
      banner: { js: "'use strict'; const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
      define: { ...COMMON.define, 'import.meta.url': 'moduleUrl' },
      plugins: [...COMMON.plugins, ...(entry.startsWith('src/cli/') || shared.includes(name) ? [commandLine] : [])],
    });
    await expectAscii(join(folder, `${name}.js`));
  }
  const command = join(folder, 'vxtrace.js');
  await chmod(command, 0o755);
  return command;
}

/** The command reads its programs byte by byte, so each byte must be a character; esbuild escapes all others but in patterns. */
async function expectAscii(path) {
  const at = (await readFile(path)).findIndex((byte) => byte > 0x7f);
  if (at >= 0) throw new Error(`${path}: byte ${at} is not ASCII; write it as \\u.... in the source`);
}
