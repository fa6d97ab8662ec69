/** A large capture is read ahead by a thread of its own: its report is that of the same bytes read as a stream, which is not. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCommand, runCommand, runNode } from './command.ts';
import { LargeTraffic } from './large-traffic.ts';

/** More than is read in one thread with the observing of it. */
const BYTES = 56 << 20;

let scratch = '';
let traffic: LargeTraffic;

beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-read-ahead-'));
  traffic = new LargeTraffic(BYTES);
}, 60_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** The report of a file and of the same bytes on standard input, but for what they are called. */
function bothReports(name: string, bytes: Buffer): { ahead: unknown; plain: unknown } {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  const ahead = runCommand(['analyze', '--format', 'json', `any=${path}`]);
  const plain = runCommand(['analyze', '--format', 'json', 'any=-'], { input: readFileSync(path) });
  expect([ahead.stderr, plain.stderr]).toEqual(['', '']);
  expect(ahead.status).toBe(plain.status);
  const read = ({ stdout }: { stdout: string }) => {
    const report = JSON.parse(stdout);
    report.captures[0].file = null;
    return report;
  };
  return { ahead: read(ahead), plain: read(plain) };
}

test.each<[string, (traffic: LargeTraffic) => Buffer]>([
  ['a pcap file', (it) => it.pcap()],
  ['one that is cut short', (it) => it.pcap().subarray(0, -7)],
  ['one that is damaged on the way', (it) => it.damagedPcap()],
  ['a pcapng file', (it) => it.pcapng()],
  ['one that is compressed', (it) => gzipSync(it.pcap(), { level: 1 })],
])(
  '%s',
  (name, compose) => {
    const bytes = compose(traffic);
    expect(bytes.length).toBeGreaterThan(48 << 20);
    const { ahead, plain } = bothReports(name.replaceAll(' ', '-'), bytes);
    expect(ahead).toEqual(plain);
  },
  60_000,
);

/** Node starts with it, and the memory of WebAssembly finds no room. */
const LITTLE_ADDRESS_SPACE = 4 << 20;

test.runIf(process.platform === 'linux')('without address space for the kernel, packets are decoded in full', () => {
  const memory = 'new WebAssembly.Memory({ initial: 1, maximum: 32768, shared: true })';
  const limits = { addressSpace: LITTLE_ADDRESS_SPACE };
  expect(runNode(['-e', ''], limits).status).toBe(0);
  expect(runNode(['-e', memory], limits).stderr).toMatch(/could not allocate memory/);
  const path = join(scratch, 'little-memory');
  writeFileSync(path, traffic.pcap());
  const args = ['analyze', '--format', 'json', `any=${path}`];
  const little = runCommand(args, limits);
  expect(little.stderr).toBe('');
  expect(little).toEqual(runCommand(args));
});

test('what is no capture is told as ever', () => {
  const path = join(scratch, 'none');
  writeFileSync(path, Buffer.alloc(BYTES, 7));
  const { status, stderr } = runCommand(['analyze', path]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/none: no pcap or pcapng capture but, from byte 0 on, unknown data/);
});
