/**
 * Compiles the kernel, which is AssemblyScript, to WebAssembly; and plugins that make bundlers understand
 * `import bytes from 'vxtrace:kernel'`. To be used in the project's folder.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const ENTRY = 'src/kernel/index.ts';
const DECLARATIONS = 'src/kernel/declarations.ts';
const MODULE = 'vxtrace:kernel';

let compiled = null;

/** The bytes of the compiled kernel, which is compiled once. */
function kernel() {
  compiled ??= compileKernel();
  return compiled;
}

async function compileKernel() {
  const values = await declaredValues();
  const declared = Object.entries(values)
    .map(([name, value]) => declaration(name, value))
    .join('\n');
  const written = new Map();
  const messages = [];
  const kept = new Set(
    Array.from((await readFile(ENTRY, 'utf8')).matchAll(/^export \{ (.+) \}/gm), ([, names]) =>
      names.split(', '),
    ).flat(),
  );
  /** All functions but those that the entry exports are put in where they are called: calls cost as much as what they do. */
  const inlined = (text) =>
    text.replace(/^(?:export )?function (\w+)/gm, (declaration, name) =>
      kept.has(name) ? declaration : `@inline ${declaration}`,
    );
  const { error } = await asc.main(
    [
      ENTRY,
      ...['--outFile', 'kernel.wasm', '--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
      ...['--noAssert', '--enable', 'threads,bulk-memory', '--importMemory', '--sharedMemory'],
      ...['--initialMemory', '1', '--maximumMemory', `${values.MAXIMUM_PAGES}`],
    ],
    {
      stdout: { write: (text) => messages.push(text) },
      stderr: { write: (text) => messages.push(text) },
      readFile: (name) => {
        // It adds the extension that our imports have already.
        const path = name.replace(/\.ts\.ts$/, '.ts');
        return path === DECLARATIONS ? declared : readFile(resolve(path), 'utf8').then(inlined, () => null);
      },
      writeFile: (name, contents) => written.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(`the kernel does not compile:\n${messages.join('')}`, { cause: error });
  return written.get('kernel.wasm');
}

/** What the kernel is told of the rest of the program. */
async function declaredValues() {
  const { outputFiles } = await build({
    entryPoints: [resolve(DECLARATIONS)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** The same in the kernel's own language. */
function declaration(name, value) {
  if (typeof value === 'number') return constant(name, value);
  if ('assembly' in value) {
    const readers = Object.entries(value.assembly()).map(([field, text]) => {
      return `  export function ${field}(a: usize): ${text.startsWith('i64') ? 'i64' : 'i32'} { return ${text}; }`;
    });
    const offsets = Object.entries(value.at).map(([field, offset]) => `    ${constant(field, offset)}`);
    const at = ['  export namespace at {', ...offsets, '  }'];
    return [`export namespace ${name} {`, `  ${constant('size', value.size)}`, ...readers, ...at, '}'].join('\n');
  }
  const members = Object.entries(value).filter(([, member]) => typeof member === 'number');
  return `export enum ${name} { ${members.map(([member, number]) => `${member} = ${number}`).join(', ')} }`;
}

function constant(name, value) {
  // A number above 2^31 is a pattern of 32 bits.
  if (!Number.isInteger(value) || value > 0xffffffff) throw new Error(`${name}: ${value} is no word`);
  return `export const ${name}: i32 = ${value | 0};`;
}

/** For esbuild. */
export function bundledKernel() {
  return {
    name: MODULE,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: MODULE }));
      onLoad({ filter: /.*/, namespace: MODULE }, async () => ({ contents: await kernel(), loader: 'binary' }));
    },
  };
}

/** For Vitest. */
export function importedKernel() {
  return {
    name: MODULE,
    enforce: 'pre',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load: async (id) => {
      if (id !== `\0${MODULE}`) return null;
      const text = Buffer.from(await kernel()).toString('base64');
      return `export default Uint8Array.from(Buffer.from('${text}', 'base64'));`;
    },
  };
}
