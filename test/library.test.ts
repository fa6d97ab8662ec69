/** The library as it is built for those who import it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyze } from '../src/analyze.ts';
import { buildCommand } from './cli/command.ts';
import { LargeTraffic } from './cli/large-traffic.ts';
import { CAPTURES } from './scenarios.ts';

const ROOT = resolve(import.meta.dirname, '..');
const { version, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const ENTRY = pathToFileURL(resolve(ROOT, exports['.'].default)).href;

const FORMATS = ['text', 'json', 'markdown', 'html'];

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-library-'));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the library says of some captures, and which formats it renders, in a process that imports what package.json names. */
function analysed(paths: readonly string[]): unknown {
  const program = `
    import { analyze, render } from ${JSON.stringify(ENTRY)};
    const captures = ${JSON.stringify(paths)}.map((path) => ({ path, label: path, host: null, interfaceName: null }));
    const report = await analyze({ captures });
    const formats = ${JSON.stringify(FORMATS)}.filter(
      (format) => [...render(format, report, { color: false, width: 80 })].join('').length > 500,
    );
    const packets = report.captures.map(({ packets }) => packets);
    console.log(JSON.stringify({ version: report.tool.version, verdict: report.verdict.code, packets, formats }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

test('analyses captures and renders the report', () => {
  const paths = ['worker-br-int', 'podvm-vxlan0'].map((name) => join(CAPTURES, 'peer-pods-broken', `${name}.pcap`));
  expect(analysed(paths)).toMatchObject({ version, verdict: 'unanswered-echo', formats: FORMATS });
});

test('no capture at all is an error, not a healthy network', async () => {
  await expect(analyze({ captures: [] })).rejects.toThrow('there is no capture to analyse');
});

test.each([
  ['one that is read ahead', 49 << 20, 1],
  ['several, each in a thread', 9 << 20, 2],
])('analyses large captures: %s', (_, size, count) => {
  const traffic = new LargeTraffic(size);
  const paths = Array.from({ length: count }, (__, i) => join(scratch, `${size}-${i}.pcap`));
  for (const path of paths) writeFileSync(path, traffic.pcap());
  const { packets } = analysed(paths) as { packets: number[] };
  expect(packets).toEqual(paths.map(() => traffic.packets));
});
