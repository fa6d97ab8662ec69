/** The stages of the work one by one, each in fresh processes and in turn: what a packet costs up to and with each. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import { bundledKernel } from '../scripts/kernel.mjs';

/** The stages that `stage.ts` knows, and what each of them does. */
const STAGES = new Map([
  ['read', 'bytes read, records found'],
  ['glance', 'read, and glanced at: a row of words for every ordinary packet'],
  ['decode', 'read, and every packet decoded in full'],
  ['correlate', 'read, glanced at, and observed, all in one thread: flows, exchanges, tunnels, round trips'],
]);
const PROGRAM = 'node_modules/.bench-stage.mjs';
/** Mebibytes that are allocated before anything is collected. */
const YOUNG = 64;

interface StageResult {
  packets: number;
  nanoseconds: number;
  bytes: number;
}

/** A table of the stages on the capture: nanoseconds and bytes of garbage per packet, medians of `runs`. */
export async function stageTable(path: string, runs: number): Promise<string> {
  const external = ['cap', 'fzstd', 'buffer-layout'];
  await build({
    entryPoints: ['bench/stage.ts'],
    outfile: PROGRAM,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [bundledKernel()],
    minifySyntax: true,
    external,
  });
  const young = [`--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`];
  const results = new Map<string, StageResult[]>();
  for (let run = 0; run <= runs; run++) {
    for (const stage of STAGES.keys()) {
      const child = spawnSync(process.execPath, ['--expose-gc', ...young, PROGRAM, stage, path], { encoding: 'utf8' });
      if (child.status !== 0) throw new Error(`${stage}: ${child.stderr}`);
      if (run > 0) results.set(stage, [...(results.get(stage) ?? []), JSON.parse(child.stdout)]);
    }
  }
  rmSync(PROGRAM);
  const rows = [...STAGES].map(([stage, what]) => {
    const all = results.get(stage)!;
    const perPacket = median(all.map(({ nanoseconds, packets }) => nanoseconds / packets));
    const garbage = median(all.map(({ bytes, packets }) => bytes / packets));
    return `| ${stage} | ${what} | ${perPacket.toFixed(0)} | ${garbage.toFixed(2)} |`;
  });
  const head = '| stage | what it does | ns per packet | bytes allocated per packet |\n|---|---|---|---|';
  return [head, ...rows].join('\n');
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
