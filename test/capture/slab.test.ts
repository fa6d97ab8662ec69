import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { FrameBatch } from '../../src/capture/frames.ts';
import { MemoryRing } from '../../src/capture/memory.ts';
import { openCapture } from '../../src/capture/open.ts';
import { VxtraceError } from '../../src/errors.ts';
import { Blocks, composePcap, content, MODIFIED, NANOSECONDS } from './composing.ts';
import { readAll, readBytes } from './reading.ts';

const folder = mkdtempSync(join(tmpdir(), 'vxtrace-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads bytes from a file on disk, which are read in place and not as a stream. */
async function readFile(bytes: Uint8Array) {
  const path = join(folder, 'capture');
  writeFileSync(path, bytes);
  return readAll(await openCapture(path));
}

function pcapng(littleEndian: boolean, lengths: readonly number[]): Buffer {
  const blocks = new Blocks(littleEndian);
  const parts = [blocks.section(), blocks.interface(1, 0, blocks.option(2, Buffer.from('eth0')))];
  for (const [i, length] of lengths.entries()) {
    if (i % 5 === 4) parts.push(blocks.section(), blocks.interface());
    if (i % 3 === 1) parts.push(blocks.simple(content(length, i)));
    else parts.push(blocks.enhanced(0, 1_700_000_000_000_000n + BigInt(i), content(length, i), length + 9));
  }
  return Buffer.concat(parts);
}

function pcap(littleEndian: boolean, magic: number, lengths: readonly number[]): Buffer {
  const frames = lengths.map((length, i) => ({ seconds: 1_700_000_000 + i, units: i, bytes: content(length, i) }));
  return composePcap(frames, { littleEndian, magic });
}

const anyLengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 20 });
const anyCapture = fc.oneof(
  fc.tuple(fc.boolean(), anyLengths).map(([little, lengths]) => pcapng(little, lengths)),
  fc
    .tuple(fc.boolean(), fc.constantFrom(NANOSECONDS, MODIFIED), anyLengths)
    .map(([little, magic, lengths]) => pcap(little, magic, lengths)),
);
const anyChunks = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });

test('any division into chunks gives the same frames and warnings', async () => {
  await fc.assert(
    fc.asyncProperty(anyCapture, anyChunks, fc.nat(), async (capture, chunks, cut) => {
      const bytes = capture.subarray(0, capture.length - (cut % 3 === 0 ? cut % 40 : 0));
      const [whole, parts] = await Promise.allSettled([readBytes(bytes), readBytes(bytes, chunks)]);
      expect(parts.status).toBe(whole.status);
      if (whole.status === 'fulfilled' && parts.status === 'fulfilled') {
        expect(parts.value.frames).toEqual(whole.value.frames);
        expect(parts.value.warnings).toEqual(whole.value.warnings);
        const file = await readFile(bytes);
        expect(file.frames).toEqual(whole.value.frames);
        expect(file.warnings).toEqual(whole.value.warnings);
      }
    }),
    { numRuns: 200 },
  );
});

describe('records around the edges of the slab', () => {
  test('more frames than fit a batch, or a slab', async () => {
    const bytes = pcap(
      true,
      NANOSECONDS,
      Array.from({ length: 60_000 }, (_, i) => i % 90),
    );
    expect(bytes.length).toBeGreaterThan(3 * 1024 * 1024);
    const [stream, file] = [await readBytes(bytes, [65_536]), await readFile(bytes)];
    expect(stream.frames).toHaveLength(60_000);
    expect(Math.max(...file.batches)).toBe(8192);
    expect(file.frames.map((frame) => frame.bytes)).toEqual(stream.frames.map((frame) => frame.bytes));
    expect(file.frames.every((frame, i) => frame.fileOffset === stream.frames[i].fileOffset)).toBe(true);
    const last = file.frames[59_999];
    expect(bytes.subarray(last.fileOffset).toString('latin1')).toBe(last.bytes);
    expect(file.reader).toMatchObject({ bytesRead: bytes.length, bytesTotal: bytes.length });
  });

  test('every alignment of a record to the end of a read', async () => {
    for (let shift = 0; shift < 64; shift++) {
      const lengths = [1024 * 1024 - 24 - 16 - 40 + shift - 900_000, 262_000, 262_000, 262_000, 100_000, 60, 60];
      const { frames, reader } = await readFile(pcap(false, NANOSECONDS, lengths));
      expect(frames.map((frame) => frame.captured)).toEqual(lengths);
      expect(reader.complete).toBe(true);
    }
  });

  test('a block larger than the slab', async () => {
    const blocks = new Blocks();
    const large = blocks.block(0x7777, blocks.compose().raw(Buffer.alloc(5 * 1024 * 1024)));
    const packet = blocks.enhanced(0, 1n, Buffer.alloc(3 * 1024 * 1024, 7));
    const bytes = Buffer.concat([blocks.section(), blocks.interface(), packet, large, packet, packet]);
    for (const { frames, reader } of [await readFile(bytes), await readBytes(bytes, [100_000])]) {
      expect(frames.map((frame) => frame.captured)).toEqual(Array(3).fill(3 * 1024 * 1024));
      expect(frames[2].bytes).toBe('\x07'.repeat(3 * 1024 * 1024));
      expect(reader.complete).toBe(true);
    }
  });
});

test('a stream delivers each chunk before it asks for the next', async () => {
  const bytes = pcap(true, NANOSECONDS, [60, 60, 60]);
  const { readCapture } = await import('../../src/capture/open.ts');
  const asked: number[] = [];
  async function* chunks() {
    for (const [i, end] of [24, 24 + 76, 24 + 152, 24 + 228].entries()) {
      asked.push(i);
      yield bytes.subarray(i === 0 ? 0 : end - 76, end);
    }
  }
  const reader = await readCapture(chunks(), { name: 'eth0', format: 'live' });
  expect(reader.format).toBe('live');
  expect(asked).toEqual([0]);
  const seen: unknown[] = [];
  for await (const batch of reader) seen.push([batch.count, asked.length]);
  expect(seen).toEqual([
    [1, 2],
    [1, 3],
    [1, 4],
  ]);
});

describe('arbitrary bytes', () => {
  const accept = async (bytes: Uint8Array): Promise<void> => {
    try {
      const { frames } = await readBytes(bytes, [97]);
      for (const frame of frames) {
        expect(frame.bytes).toHaveLength(frame.captured);
        expect(frame.original).toBeGreaterThanOrEqual(frame.captured);
        expect(frame.fileOffset + frame.captured).toBeLessThanOrEqual(bytes.length);
      }
    } catch (error) {
      if (!(error instanceof VxtraceError)) throw error;
      expect(error.message).not.toBe('');
    }
  };

  test('give frames, warnings or a VxtraceError, nothing else', async () => {
    const magics = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b2cd34', '0a0d0d0a', '1f8b0800', '28b52ffd', '502a4d18', ''];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 200 }), async (magic, bytes) => {
        await accept(Buffer.concat([Buffer.from(magic, 'hex'), bytes]));
      }),
      { numRuns: 400 },
    );
  });

  test('also as a valid capture with some bytes changed', async () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x2a));
    await fc.assert(
      fc.asyncProperty(anyCapture, fc.array(change, { minLength: 1, maxLength: 6 }), async (capture, changes) => {
        const bytes = Buffer.from(capture);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        await accept(bytes);
      }),
      { numRuns: 400 },
    );
  });
});

test('a ring takes memory for the longest record, however many longer ones came before it', async () => {
  const lengths = Array.from({ length: 8 }, (_, i) => 700_000 * (i + 1));
  const bytes = pcap(true, NANOSECONDS, lengths);
  // No snap length: no limit to a record but our own.
  bytes.writeUInt32LE(0, 16);
  const path = join(folder, 'longer-and-longer');
  writeFileSync(path, bytes);
  let allocated = 0;
  const places = 3;
  const batches = Array.from({ length: places }, () => new FrameBatch());
  const ring = new MemoryRing(batches, (length) => {
    allocated += length;
    return new Uint8Array(length);
  });
  const reader = await openCapture(path, ring);
  const read: number[] = [];
  for await (const { captured, count } of reader) read.push(...captured.slice(0, count));
  expect(read).toEqual(lengths);
  expect(allocated).toBeLessThan(places * 4 * lengths[lengths.length - 1]);
});
