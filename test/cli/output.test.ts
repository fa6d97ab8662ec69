/** Where a report is written: never over what was captured, and what cannot be is said before anything is read. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CAPTURES } from '../scenarios.ts';
import { buildCommand, DIST, runCommand } from './command.ts';

const BROKEN = join(CAPTURES, 'peer-pods-broken');
const ONE = join(BROKEN, 'podvm-vxlan0.pcap');

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-output-'));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeEach(() => {
  for (const name of ['a.pcap', 'b.pcap']) copyFileSync(ONE, join(scratch, name));
  copyFileSync(join(BROKEN, 'podvm.txt'), join(scratch, 'podvm.txt'));
  for (const [link, make] of [
    ['soft.pcap', symlinkSync],
    ['hard.pcap', linkSync],
  ] as const) {
    rmSync(join(scratch, link), { force: true });
    make(join(scratch, 'a.pcap'), join(scratch, link));
  }
});

/** Expects the command to refuse with that line, and every file to stay as it is. */
function expectRefused(args: readonly string[], line: string): void {
  const names = ['a.pcap', 'b.pcap', 'podvm.txt'];
  const before = names.map((name) => readFileSync(join(scratch, name), 'hex'));
  const { status, stdout, stderr } = runCommand(args, { cwd: scratch });
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `vxtrace: ${line}\n` });
  expect(names.map((name) => readFileSync(join(scratch, name), 'hex'))).toEqual(before);
}

describe('an output that is an input is refused', () => {
  test.each([
    ['a capture', ['analyze', 'a.pcap', '-o', 'a.pcap'], '--output a.pcap'],
    ['a capture by another path', ['analyze', 'a.pcap', '-o', './a.pcap'], '--output ./a.pcap'],
    ['a capture with a label', ['analyze', 'b.pcap', 'podvm:vxlan0=a.pcap', '-o', 'a.pcap'], '--output a.pcap'],
    ['a capture by a symbolic link', ['analyze', 'a.pcap', '-o', 'soft.pcap'], '--output soft.pcap'],
    ['a capture by a hard link', ['analyze', 'a.pcap', '-o', 'hard.pcap'], '--output hard.pcap'],
    ['what a host prints', ['analyze', 'a.pcap', '--host', 'podvm=podvm.txt', '-o', 'podvm.txt'], '--output podvm.txt'],
    ['one of the good run', ['compare', '--good', 'a.pcap', '--bad', 'b.pcap', '-o', 'a.pcap'], '--output a.pcap'],
    ['one of the bad run', ['compare', '--good', 'a.pcap', '--bad', 'b.pcap', '-o', 'b.pcap'], '--output b.pcap'],
    [
      'a host of the bad run',
      ['compare', '--good', 'a.pcap', '--bad', 'b.pcap', '--host-bad', 'podvm=podvm.txt', '-o', 'podvm.txt'],
      '--output podvm.txt',
    ],
    [
      'what a host prints, of a live run',
      ['capture', 'podvm:vxlan0=exec:cat a.pcap', '--host', 'podvm=podvm.txt', '--report', 'podvm.txt'],
      '--report podvm.txt',
    ],
  ])('%s', (_, args, output) => expectRefused(args, `${output} is one of the inputs`));

  test('before a capture is looked at', () => {
    writeFileSync(join(scratch, 'text'), 'no capture');
    expectRefused(['analyze', 'text', 'a.pcap', '-o', 'a.pcap'], '--output a.pcap is one of the inputs');
  });
});

test('standard input is an input, too', () => {
  const script = 'node "$1" analyze -o a.pcap - < a.pcap';
  const program = join(DIST, 'vxtrace.js');
  const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', program], { cwd: scratch, encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, 'vxtrace: --output a.pcap is one of the inputs\n']);
});

describe('a capture that is no input is not replaced', () => {
  const pcapng = Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex');
  test.each<[string, (capture: Buffer) => Uint8Array]>([
    ['pcap', (capture) => capture],
    ['pcap of the other byte order', () => Buffer.from('a1b2c3d40002000400000000000000000004000000', 'hex')],
    ['pcap in nanoseconds', () => Buffer.from('4d3cb2a102000400000000000000000000000400000', 'hex')],
    ['pcapng', () => pcapng],
    ['gzip', (capture) => gzipSync(capture)],
    ['zstd', () => Buffer.from('28b52ffd04580000', 'hex')],
  ])('%s', (name, compose) => {
    const file = name.replaceAll(' ', '-');
    const bytes = compose(readFileSync(ONE));
    writeFileSync(join(scratch, file), bytes);
    const line = `${file} is a capture, or compressed, and is not replaced; give --output a file of its own, or remove ${file} first`;
    // As the shell makes it of `-o *.pcap`.
    expectRefused(['analyze', '-o', file, 'a.pcap'], `--output ${line}`);
    expectRefused(['compare', '--good', 'a.pcap', '--bad', 'b.pcap', '-o', file], `--output ${line}`);
    expectRefused(
      ['capture', 'a:b=exec:cat a.pcap', '--report', file],
      `--report ${line.replace('--output', '--report')}`,
    );
    expect(readFileSync(join(scratch, file), 'hex')).toBe(Buffer.from(bytes).toString('hex'));
  });

  test.each(['', 'x', 'an older report\n'])('a file that begins otherwise is replaced: %j', (content) => {
    writeFileSync(join(scratch, 'report'), content);
    expect(runCommand(['analyze', 'a.pcap', '-o', 'report'], { cwd: scratch }).stderr).toBe('');
    expect(readFileSync(join(scratch, 'report'), 'utf8')).toContain('Flows');
  });
});

describe('an output that cannot be is said in plain words, before a capture is read', () => {
  test.each([
    [['analyze', 'absent.pcap', '-o', 'none/report'], 'cannot write none/report: no such directory'],
    [['analyze', 'absent.pcap', '-o', 'folder'], 'cannot write folder: is a directory'],
    [['analyze', 'absent.pcap', '-o', 'a.pcap/report'], 'cannot write a.pcap/report: not a directory'],
    [['capture', 'a:b=exec:cat a.pcap', '--report', 'none/report'], 'cannot write none/report: no such directory'],
    [['capture', 'a:b=exec:cat a.pcap', '--report', 'folder'], 'cannot write folder: is a directory'],
  ])('%j', (args, line) => {
    mkdirSync(join(scratch, 'folder'), { recursive: true });
    expectRefused(args, line);
  });

  test('a folder that may not be written to', () => {
    mkdirSync(join(scratch, 'locked'), { mode: 0o555 });
    // Root may write to all but what the kernel itself shows.
    const folder = process.getuid?.() === 0 && existsSync('/sys') ? '/sys' : 'locked';
    const { status, stdout, stderr } = runCommand(['analyze', 'a.pcap', '-o', `${folder}/report`], { cwd: scratch });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^vxtrace: cannot write \S+: (permission denied|.*read-only file system.*)\n$/);
  });
});

test.each([
  ['absent.txt', 'no such file'],
  ['folder', 'is a directory'],
])('a host file that cannot be read is said in plain words: %s', (file, reason) => {
  mkdirSync(join(scratch, 'folder'), { recursive: true });
  expectRefused(['analyze', 'a.pcap', '--host', `podvm=${file}`], `--host podvm: cannot read ${file}: ${reason}`);
});
