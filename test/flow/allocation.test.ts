/** Decoding and observing make no garbage: what they allocate does not grow with the packets. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundledKernel } from '../../scripts/kernel.mjs';

/** Nothing is collected while less than this is allocated, in MiB. */
const YOUNG_GENERATION = 64;
/** Looking at the heap takes half a byte. A number boxed on the heap is 16 with its header; one in thirty packets would show. */
const BYTES_PER_PACKET = 1;

let folder = '';
let program = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vxtrace-allocation-'));
  program = join(folder, 'allocating.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'allocating.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [bundledKernel()],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['icmp', 'mix'])('%s', (kind) => {
  const young = [`--min-semi-space-size=${YOUNG_GENERATION}`, `--max-semi-space-size=${YOUNG_GENERATION}`];
  const child = spawnSync(process.execPath, ['--expose-gc', ...young, program, kind], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  const { packets, bytes } = JSON.parse(child.stdout);
  expect(packets).toBeGreaterThan(5_000);
  expect(bytes / packets).toBeLessThan(BYTES_PER_PACKET);
});
