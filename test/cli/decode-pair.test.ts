/** A large capture is printed by two threads: what they print is what one prints, to which the same bytes come as a stream. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCommand, runCommand, runIntoClosedPipe } from './command.ts';
import { LargeTraffic } from './large-traffic.ts';

/** More than one thread is to print on its own. */
const BYTES = 36 << 20;

let scratch = '';
let traffic: LargeTraffic;

beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-decode-'));
  traffic = new LargeTraffic(BYTES);
}, 60_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

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

test.each<[string, (traffic: LargeTraffic) => Buffer, string]>([
  ['a pcap file', (it) => it.pcap(), ''],
  ['one that is cut short', (it) => it.pcap().subarray(0, -7), 'ends in the middle of the record'],
  ['one that is damaged on the way', (it) => it.damagedPcap(), 'damaged at byte'],
  ['a pcapng file', (it) => it.pcapng(), ''],
  ['one that is compressed', (it) => gzipSync(it.pcap(), { level: 0 }), ''],
])(
  '%s',
  (name, compose, said) => {
    const path = file(name.replaceAll(' ', '-'), compose(traffic));
    expect(expectSame(path, [])).toContain(said);
    expectSame(path, ['--json']);
  },
  60_000,
);

test('packets of some VNIs', () => {
  const path = file('vnis', traffic.pcap());
  expectSame(path, ['--vni', '555005']);
  expectSame(path, ['--vni', '1']);
}, 60_000);

test('a reader that goes away ends it without a word', async () => {
  const path = file('head', traffic.pcap());
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
