/** What `vxtrace capture` says before it begins, and of commands that bring no capture; commands as sources need no rights. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPTURES } from '../scenarios.ts';
import { buildCommand, type Outcome, runCommand } from './command.ts';

const ONE = join(CAPTURES, 'peer-pods-broken/podvm-vxlan0.pcap');
const SOURCE = `podvm:vxlan0=exec:cat ${ONE}`;

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-capture-'));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const capture = (...args: string[]): Outcome => runCommand(['capture', ...args], { cwd: scratch });

test.each([
  [['--format', 'html'], '--format html needs --report, the file that the report is written to'],
  [['--format', 'markdown'], '--format markdown needs --report, the file that the report is written to'],
  [
    ['--write', 'new', '--report', 'new/podvm-vxlan0.pcapng'],
    '--report new/podvm-vxlan0.pcapng has a name that --write gives to its files; let it end otherwise',
  ],
  [
    ['--write', './new', '--report', 'new/podvm.host.txt'],
    '--report new/podvm.host.txt has a name that --write gives to its files; let it end otherwise',
  ],
])('%j is refused, and nothing is made', (options, line) => {
  expect(capture(SOURCE, ...options)).toEqual({ status: 2, stdout: '', stderr: `vxtrace: ${line}\n` });
  expect(readdirSync(scratch)).toEqual([]);
});

test.each(['text', 'json'])('--format %s does without --report', (format) => {
  expect(capture(SOURCE, '--format', format).stdout).toContain('"event":"ended"');
});

test('a report may go to the folder that --write makes', () => {
  const { status, stderr } = capture(SOURCE, '--write', 'lw/deep', '--report', 'lw/deep/r.json', '--exit-zero');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readdirSync(join(scratch, 'lw/deep')).sort()).toEqual(['podvm-vxlan0.pcapng', 'r.json']);
  expect(JSON.parse(readFileSync(join(scratch, 'lw/deep/r.json'), 'utf8')).captures).toHaveLength(1);
});

test('a folder that is a file is said in plain words', () => {
  writeFileSync(join(scratch, 'file'), '');
  const { status, stderr } = capture(SOURCE, '--write', 'file');
  expect([status, stderr]).toEqual([2, 'vxtrace: --write file: file already exists\n']);
});

describe('a command that prints no capture', () => {
  test.each([
    ['false', 'a:b: its command ended with exit status 1 before it printed a capture'],
    ['true', 'a:b: its command ended with exit status 0 before it printed a capture'],
    ['kill -9 $$', 'a:b: its command was ended by SIGKILL before it printed a capture'],
    ['echo no way >&2; exit 7', 'a:b: ended with exit status 7: no way'],
    ['echo not a capture at all', 'a:b: no pcap or pcapng capture but, from byte 0 on, text'],
    [`head -c 10 ${ONE}`, 'a:b: ends at byte 10, inside the pcap file header'],
  ])('%s', (command, line) => {
    const { status, stderr } = capture(`a:b=exec:${command}`);
    expect([status, stderr]).toEqual([2, `vxtrace: ${line}\n`]);
  });
});
