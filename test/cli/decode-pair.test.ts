/** A large capture is printed by two threads: what they print is what one prints, to which the same bytes come as a stream. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Traffic } from '../../bench/traffic.ts';
import { Blocks, composePcap } from '../capture/composing.ts';
import { buildCommand, runCommand, runIntoClosedPipe } from './command.ts';

/** More than one thread is to print on its own. */
const BYTES = 36 << 20;

interface TimedFrame {
  microseconds: number;
  bytes: Uint8Array;
}

let scratch = '';
let frames: TimedFrame[] = [];

beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-decode-'));
  let total = 0;
  const traffic = new Traffic((microseconds, bytes, length) => {
    frames.push({ microseconds, bytes: bytes.slice(0, length) });
    total += length + 16;
  }, 300);
  while (total < BYTES) traffic.mix(1000);
}, 60_000);

afterAll(() => {
  frames = [];
  rmSync(scratch, { recursive: true, force: true });
});

function pcap(): Buffer {
  return composePcap(
    frames.map(({ microseconds, bytes }) => ({
      seconds: Math.floor(microseconds / 1e6),
      units: microseconds % 1e6,
      bytes,
    })),
  );
}

/** Interfaces that appear on the way, the second with a name, and a block longer than what is read at a time. */
function pcapng(): Buffer {
  const blocks = new Blocks(true);
  const parts = [blocks.section(), blocks.interface()];
  const third = Math.floor(frames.length / 3);
  let interfaces = 1;
  for (const [i, { microseconds, bytes }] of frames.entries()) {
    if (i > 0 && i % third === 0) {
      parts.push(blocks.interface());
      interfaces++;
      parts.push(blocks.block(0x0bad, blocks.compose().raw(Buffer.alloc(3 << 20))));
    }
    parts.push(blocks.enhanced(i % interfaces, BigInt(microseconds), bytes));
  }
  return Buffer.concat(parts);
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

/** Expects a file to be printed as the same bytes on standard input are. Returns what is said of it on standard error. */
function expectSame(path: string, options: readonly string[]): string {
  const pair = runCommand(['decode', ...options, path]);
  const alone = runCommand(['decode', ...options, '-'], { input: readFileSync(path) });
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(pair.stdout.split('\n').length).toBe(alone.stdout.split('\n').length);
  expect(digest(pair.stdout)).toBe(digest(alone.stdout));
  expect(pair.status).toBe(alone.status);
  expect(pair.stderr.replaceAll(path, '-')).toBe(alone.stderr);
  return pair.stderr;
}

test.each<[string, () => Buffer, string]>([
  ['a pcap file', pcap, ''],
  ['one that is cut short', () => pcap().subarray(0, -7), 'ends in the middle of the record'],
  [
    'one that is damaged on the way',
    () => {
      const bytes = pcap();
      // A record that claims more than any capture program takes.
      bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 4096);
      return bytes;
    },
    'damaged at byte',
  ],
  ['a pcapng file', pcapng, ''],
  ['one that is compressed', () => gzipSync(pcap(), { level: 0 }), ''],
])(
  '%s',
  (name, compose, said) => {
    const path = file(name.replaceAll(' ', '-'), compose());
    expect(expectSame(path, [])).toContain(said);
    expectSame(path, ['--json']);
  },
  60_000,
);

test('packets of some VNIs', () => {
  const path = file('vnis', pcap());
  expectSame(path, ['--vni', '555005']);
  expectSame(path, ['--vni', '1']);
}, 60_000);

test('a reader that goes away ends it without a word', async () => {
  const path = file('head', pcap());
  const { status, stdout, stderr } = await runIntoClosedPipe(['decode', path]);
  expect(stdout).toMatch(/^1 /);
  expect([status, stderr]).toEqual([0, '']);
}, 60_000);

test('what is no capture is told as ever', () => {
  const path = file('none', Buffer.alloc(BYTES, 7));
  const { status, stdout, stderr } = runCommand(['decode', path]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/none: no pcap or pcapng capture but, from byte 0 on, unknown data/);
}, 60_000);
