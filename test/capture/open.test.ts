import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCapture, readCapture } from '../../src/capture/open.ts';
import { VxtraceError } from '../../src/errors.ts';
import { Blocks, composePcap, content } from './composing.ts';
import { chunksOf, readAll, readBytes } from './reading.ts';

const FRAMES = [1, 2, 3].map((seconds) => ({ seconds, units: 0, bytes: content(60, seconds) }));
const CAPTURE = composePcap(FRAMES);

const folder = mkdtempSync(join(tmpdir(), 'vxtrace-test-'));
const place = (name: string): string => join(folder, name);
beforeAll(() => writeFileSync(place('a.pcap'), CAPTURE));
afterAll(() => rmSync(folder, { recursive: true }));

async function failure(path: string): Promise<VxtraceError> {
  try {
    await openCapture(path);
  } catch (error) {
    if (error instanceof VxtraceError) return error;
    throw error;
  }
  throw new Error(`${path} was opened`);
}

describe('inputs that cannot be read', () => {
  test('a file that does not exist, or lies below a file', async () => {
    for (const path of [place('none.pcap'), join(place('a.pcap'), 'b')]) {
      expect(await failure(path)).toMatchObject({ code: 'input-not-found', message: `${path}: no such file` });
    }
  });

  test('a folder', async () => {
    expect(await failure(folder)).toMatchObject({ code: 'input-unreadable', message: `${folder}: is a directory` });
  });

  test('a link to itself', async () => {
    symlinkSync(place('loop'), place('loop'));
    expect((await failure(place('loop'))).code).toBe('input-unreadable');
  });

  test('a file without permission', async () => {
    writeFileSync(place('secret'), CAPTURE);
    chmodSync(place('secret'), 0);
    // Root may read everything, so it acts as nobody for a moment.
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    const error = await failure(place('secret')).finally(() => root && process.seteuid?.(0));
    expect(error).toMatchObject({ code: 'input-unreadable', message: `${place('secret')}: permission denied` });
  });
});

test.each<[name: string, bytes: Uint8Array, message: string]>([
  ['nothing', Buffer.alloc(0), 'is empty: it ends at byte 0'],
  ['text', Buffer.from('10:34:17 IP a > b: ICMP echo request\n'), 'from byte 0 on, text'],
  ['one letter', Buffer.from('x'), 'from byte 0 on, text'],
  ['xz', Buffer.from('fd377a585a000004e6d6b44602002101', 'hex'), 'xz-compressed data; unpack it with xz -d'],
  ['bzip2', Buffer.from('BZh91AY&SY....................'), 'bzip2-compressed data; unpack it with bzip2 -d'],
  ['snoop', Buffer.from('snoop\0\0\0\0\0\0\x02\0\0\0\x04'), 'a Solaris snoop capture'],
  ['ERF', Buffer.from('5d9a1f0b0a6b4f480204004c0000003c', 'hex'), 'an ERF capture'],
  ['zeros', Buffer.alloc(100), 'from byte 0 on, zero bytes'],
  ['noise', Buffer.from('8899aabbccddeeff00112233445566778899', 'hex'), 'unknown data (8899aabbccddeeff)'],
  ['half a pcap header', CAPTURE.subarray(0, 11), 'ends at byte 11, inside the pcap file header'],
  ['half a section header', new Blocks().section().subarray(0, 9), 'ends at byte 9, inside the pcapng section header'],
  ['pcapng of the future', new Blocks().section(3), 'unknown version 3.0 at byte 12'],
  ['no byte order', Buffer.from('0a0d0d0a1c000000'.padEnd(64, '0'), 'hex'), 'unknown byte order at byte 8'],
  ['gzip of text', gzipSync('hello, world'), 'from byte 0 on, text'],
  ['gzip of nothing', gzipSync(''), 'is empty: it ends at byte 0'],
  ['half a gzip', gzipSync(CAPTURE).subarray(0, 15), 'its gzip data end in the middle, at byte 4 unpacked'],
])('%s is named', async (_, bytes, message) => {
  writeFileSync(place('strange'), bytes);
  const error = await failure(place('strange'));
  expect(error.message).toContain(message);
  expect(error.message.startsWith(`${place('strange')}: `)).toBe(true);
  expect(error.code).toBe(message.startsWith('its gzip') ? 'input-unreadable' : 'input-unrecognised');
});

test('a capture without packets', async () => {
  for (const bytes of [composePcap([]), new Blocks().section()]) {
    const { frames, reader, warnings } = await readBytes(bytes);
    expect([frames, warnings, reader.complete, reader.epochSeconds]).toEqual([[], [], true, 0]);
  }
});

test('the first second is known when a file is opened', async () => {
  const reader = await openCapture(place('a.pcap'));
  expect(reader.epochSeconds).toBe(1);
  await reader.close();
  await reader.close();
  expect((await readAll(reader)).frames).toEqual([]);
});

test('leaving the loop closes the file', async () => {
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  if (!existsSync('/proc/self/fd')) return;
  const before = descriptors();
  const reader = await openCapture(place('a.pcap'));
  expect(descriptors()).toBe(before + 1);
  for await (const batch of reader) if (batch.count > 0) break;
  expect(descriptors()).toBe(before);
  await failure(folder);
  writeFileSync(place('text'), 'text');
  await failure(place('text'));
  expect(descriptors()).toBe(before);
});

test('a named pipe', async () => {
  const pipe = place('pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return;
  const writer = spawn('sh', ['-c', `cat "${place('a.pcap')}" > "${pipe}"`]);
  const { frames, reader } = await readAll(await openCapture(pipe));
  expect(frames).toHaveLength(3);
  expect(reader.bytesTotal).toBeNull();
  writer.kill();
});

describe('standard input', () => {
  const program = place('program.mjs');
  beforeAll(async () => {
    const { build } = await import('esbuild');
    mkdirSync(place('src'));
    await build({
      stdin: {
        contents: `import { openCapture } from '${resolve('src/capture/open.ts')}';
          const reader = await openCapture('-').catch((error) => { console.log(error.message); process.exit(2); });
          let count = 0;
          for await (const batch of reader) count += batch.count;
          console.log(count, reader.bytesTotal);`,
        resolveDir: resolve('.'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: program,
    });
  });

  test.each([
    ['redirected', `node "$1" < "$2"`, `3 ${CAPTURE.length}`],
    ['piped', `cat "$2" | node "$1"`, '3 null'],
    ['piped and gzipped', `gzip -c "$2" | node "$1"`, '3 null'],
    ['piped slowly', `(head -c 100 "$2"; sleep 0.1; tail -c +101 "$2") | node "$1"`, '3 null'],
    ['nothing', `node "$1" < /dev/null`, 'standard input: is empty: it ends at byte 0'],
    ['a folder', `node "$1" < /`, 'standard input: is a directory'],
  ])('%s', (_, script, expected) => {
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', program, place('a.pcap')], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(expected);
  });
});

describe('streams', () => {
  test.each([
    ['plain', CAPTURE.subarray(0, 50)],
    ['gzipped', gzipSync(CAPTURE, { level: 0 }).subarray(0, 50)],
  ])('an error while reading names the place, %s', async (_, bytes) => {
    async function* broken() {
      yield bytes;
      throw new Error('connection reset');
    }
    const reader = await readCapture(broken(), { name: 'worker' });
    await expect(readAll(reader)).rejects.toMatchObject({
      code: 'input-unreadable',
      message: 'worker: cannot be read at byte 50: connection reset',
    });
  });

  test.each([
    ['plain', CAPTURE],
    ['gzipped', gzipSync(CAPTURE, { level: 0 }).subarray(0, -10)],
  ])('closing while a packet is awaited ends the iteration, %s', async (_, bytes) => {
    const stream = new Readable({ read() {} });
    stream.push(bytes);
    const reader = await readCapture(stream);
    setTimeout(() => void reader.close(), 20);
    expect((await readAll(reader)).frames.length).toBeGreaterThan(1);
    expect(stream.destroyed).toBe(true);
  });

  test('closing stops the producer', async () => {
    let ended = false;
    async function* producer() {
      try {
        yield* chunksOf(CAPTURE, [30]);
      } finally {
        ended = true;
      }
    }
    const reader = await readCapture(producer());
    await reader.close();
    expect(ended).toBe(true);
  });

  test('empty chunks are no end', async () => {
    async function* sparse() {
      for await (const chunk of chunksOf(CAPTURE, [7])) {
        yield new Uint8Array(0);
        yield chunk;
      }
    }
    expect((await readAll(await readCapture(sparse()))).frames).toHaveLength(3);
  });
});
