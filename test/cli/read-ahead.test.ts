/** A large capture is read ahead by a thread of its own: its report is that of the same bytes read as a stream, which is not. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Traffic } from '../../bench/traffic.ts';
import { Blocks, composePcap } from '../capture/composing.ts';
import { buildCommand, runCommand } from './command.ts';

/** More than is read in one thread with the observing of it. */
const BYTES = 56 << 20;

interface TimedFrame {
  microseconds: number;
  bytes: Uint8Array;
}

let scratch = '';
let frames: TimedFrame[] = [];

beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-read-ahead-'));
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

/** Interfaces that appear on the way, a block longer than what is read at a time, and statistics at the end. */
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

test.each<[string, () => Buffer]>([
  ['a pcap file', pcap],
  ['one that is cut short', () => pcap().subarray(0, -7)],
  [
    'one that is damaged on the way',
    () => {
      const bytes = pcap();
      // A record that claims more than any capture program takes.
      bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 4096);
      return bytes;
    },
  ],
  ['a pcapng file', pcapng],
  ['one that is compressed', () => gzipSync(pcap(), { level: 1 })],
])(
  '%s',
  (name, compose) => {
    const bytes = compose();
    expect(bytes.length).toBeGreaterThan(48 << 20);
    const { ahead, plain } = bothReports(name.replaceAll(' ', '-'), bytes);
    expect(ahead).toEqual(plain);
  },
  60_000,
);

test('what is no capture is told as ever', () => {
  const path = join(scratch, 'none');
  writeFileSync(path, Buffer.alloc(BYTES, 7));
  const { status, stderr } = runCommand(['analyze', path]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/none: no pcap or pcapng capture but, from byte 0 on, unknown data/);
});
