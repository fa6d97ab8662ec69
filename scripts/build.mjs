/** Makes `dist`: the programs, and the library as a module. */
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildPrograms, COMMON, folderOf } from './programs.mjs';

await rm('dist', { recursive: true, force: true });
await build({
  ...COMMON,
  entryPoints: { index: 'src/index.ts' },
  outdir: await folderOf('module', 'dist/library'),
  splitting: true,
  format: 'esm',
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
});
await buildPrograms('dist');
