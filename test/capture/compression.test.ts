import { spawnSync } from 'node:child_process';
import * as zlib from 'node:zlib';
import { deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { describe, expect, test, vi } from 'vitest';
import { decompressed } from '../../src/capture/compression.ts';
import { ChunkSource } from '../../src/capture/source.ts';
import { ZstdFrames } from '../../src/capture/zstd-frame.ts';
import { requirement } from '../requirements.ts';
import { composePcap, content } from './composing.ts';
import { chunksOf, readBytes } from './reading.ts';

const zstd = requirement('zstd');

const NODE_HAS_ZSTD = 'createZstdDecompress' in zlib;

const CAPTURE = composePcap(
  Array.from({ length: 40 }, (_, i) => ({ seconds: 1_700_000_000 + i, units: i, bytes: content(200, i) })),
);
/** Bytes of a record, and of the file header. */
const RECORD = 216;
const HEADER = 24;

/** Bytes 0 to 2999 of the capture, and the rest, as `zstd -19` wrote them. */
const ZSTD_FRAMES = [
  Buffer.from(
    'KLUv/WS4CiUMAHQS1MOyoQIABAAB8VNlyAAHDhUcIyoxOD9GTVRbYmlwd36FjJOaoaivtr3Ey9LZ4Ofu9fwDChEYHyYtNDtCSVBX' +
      'XmVsc3qBiI+WnaSrsrnAx87V3OPq8fj/Bg0UGyIpMDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1k' +
      'a3J5gIeOlZyjqrG4v8bN1Nvi6fD3/gUMExohKC82PURLUllgZ251fIOKkZifpq20u8LJ0Nfe5ezz+gEIDxYdJCsyOUBHTlVcY2px' +
      'AQF4f4aNlJuiqbC3vsXM09rh6O/2/QQLEhkgJy41PENKUVhfZm10e4KJkAICl56lrLO6wcjP1t3k6/L5AwMEBAUFBgYHBwgICQkK' +
      'CgsLDAwNDTeowelBjVp7rAGgtkxjQY2QCIgAjP8k/lg8DxWisdm47Dsb+GOysT4mNvbHZGN9TGzsj8nG+pjY2B+TjfUZQxwb7SnW' +
      'hMk5iUXgODJfwZNb+Z6cSfMTn5DlSQVtLhxN',
    'base64',
  ),
  Buffer.from(
    'KLUv/WQgFd0NALQTu8LJ0Nfe5ezz+gEIDxYdJCsyOUBHTlVcY2pxeH+GjZSboqmwt77FzNPa4ejv9v0EDvFTZQ4AAADIsrnAx87V' +
      '3OPq8fj/Bg0UGyIpMDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J5gIeOlZyjqrG4v8bN1Nvi' +
      '6fD3/gUMExohKC82PURLUllgZ251fIOKkZifpq20CxIZICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vkABw4VHCMPDyox' +
      'OD9GTVRbYmlwd36FjJOaoaivtr3Ey9LZ4Ofu9fwDChEYHyYtNDtCEBBJUFdeZWxzeoGIj5adpKsRERISExMUFBUVFhYXFxgYGRka' +
      'GhsbHBwdHR4eHx8gICEhIiIjIyQkJSUmJicnZajxff2jHh2QemcMQgoUAsHgPyH8dQER7gdlg+X1G1u5bjww8waMbDf+Yt14YK4b' +
      'PL7f2Mp144GZN2Bku/EX68YDc93g8f3GVq4bD8y8ASPbjb9YNx6Y6waP7ze2ct14YOYNGA1D7Ea3jVmHKZw2KT1HKhht5ex/kwFV' +
      'KWvUFDk3XQ==',
    'base64',
  ),
];
const SKIPPABLE = Buffer.from('532a4d180500000068656c6c6f', 'hex');

/** A gzip member with every part that a header can have. */
function fullMember(content: Uint8Array): Buffer {
  const header = Buffer.from(`1f8b081e${'00'.repeat(6)}0300616263${'6e616d6500'}${'00'}`, 'hex');
  // The header's checksum, the lower half of its CRC-32, as gunzip takes it.
  const checksum = Buffer.from('93c4', 'hex');
  return Buffer.concat([header, checksum, deflateRawSync(content), gzipSync(content).subarray(-8)]);
}

async function expectWhole(bytes: Uint8Array, chunks: readonly number[] = []): Promise<void> {
  const { frames, reader, warnings } = await readBytes(bytes, chunks);
  expect(frames).toHaveLength(40);
  expect(frames[39].bytes).toBe(content(200, 39).toString('latin1'));
  expect(reader.complete).toBe(true);
  expect(warnings).toEqual([]);
}

describe('whole streams', () => {
  const parts = [CAPTURE.subarray(0, 3000), CAPTURE.subarray(3000, 3001), CAPTURE.subarray(3001)];
  test.each([
    ['gzip', gzipSync(CAPTURE)],
    ['gzip without compression', gzipSync(CAPTURE, { level: 0 })],
    ['three gzip members', Buffer.concat(parts.map((part) => gzipSync(part)))],
    ['an empty gzip member first', Buffer.concat([gzipSync(''), gzipSync(CAPTURE)])],
    ['gzip with all parts of a header', Buffer.concat([fullMember(parts[0]), fullMember(CAPTURE.subarray(3000))])],
    ['gzip padded with zero bytes', Buffer.concat([gzipSync(CAPTURE), Buffer.alloc(512)])],
    ['two zstd frames', Buffer.concat(ZSTD_FRAMES)],
    ['skippable zstd frames around', Buffer.concat([SKIPPABLE, ZSTD_FRAMES[0], SKIPPABLE, ZSTD_FRAMES[1], SKIPPABLE])],
  ])('%s', async (_, bytes) => {
    await expectWhole(bytes);
    await expectWhole(bytes, [1]);
    await expectWhole(bytes, [100, 3]);
  });

  test('all parts of a header are as gunzip knows them', () => {
    expect(gunzipSync(fullMember(CAPTURE))).toEqual(CAPTURE);
  });

  test.skipIf(!zstd.available).each(['-1', '-19', '--fast=5', '--no-check'])(
    `zstd %s ${zstd.reason}`,
    async (option) => {
      await expectWhole(spawnSync('zstd', ['-q', '-c', option], { input: CAPTURE }).stdout);
    },
  );
});

test('megabytes, in many chunks and batches', async () => {
  const frames = Array.from({ length: 30_000 }, (_, i) => ({ seconds: 1, units: i, bytes: content(100, i) }));
  const capture = composePcap(frames);
  const packed = gzipSync(capture, { level: 1 });
  const read = await readBytes(packed, [70_000]);
  expect(read.frames.map((frame) => frame.bytes)).toEqual(frames.map((frame) => frame.bytes.toString('latin1')));
  expect(read.frames[29_999].fileOffset).toBe(capture.length - 100);
  expect(read.reader.bytesRead).toBe(packed.length);
});

/** What zlib itself makes of the beginning of a stream. */
function unpackedLength(cut: Buffer): number {
  try {
    return gunzipSync(cut, { finishFlush: 2 }).length;
  } catch {
    return 0;
  }
}

describe('cut streams', () => {
  test('gzip, at every byte: all that is there is read', async () => {
    const packed = Buffer.concat([gzipSync(CAPTURE.subarray(0, 5000)), gzipSync(CAPTURE.subarray(5000))]);
    let most = 0;
    for (let length = 2; length < packed.length; length++) {
      const cut = packed.subarray(0, length);
      const unpacked = unpackedLength(cut);
      if (unpacked < HEADER) {
        await expect(readBytes(cut)).rejects.toMatchObject({ code: 'input-unreadable' });
        continue;
      }
      const { frames, reader, warnings } = await readBytes(cut);
      expect(frames).toHaveLength(Math.floor((unpacked - HEADER) / RECORD));
      expect(reader.complete).toBe(false);
      expect(warnings.map((warning) => warning.code)).toEqual(['cut-short']);
      expect(warnings[0].offset).toBe(HEADER + frames.length * RECORD);
      most = Math.max(most, frames.length);
    }
    expect(most).toBe(40);
  });

  test('zstd, at every byte', async () => {
    const [first, second] = ZSTD_FRAMES;
    const packed = Buffer.concat([first, second]);
    for (let length = 4; length < packed.length; length++) {
      const cut = packed.subarray(0, length);
      if (length < first.length - 4) {
        await expect(readBytes(cut)).rejects.toMatchObject({ code: 'input-unreadable' });
        continue;
      }
      const { frames, reader, warnings } = await readBytes(cut);
      expect(frames.length).toBe(length < packed.length - 4 ? 13 : 40);
      expect(reader.complete).toBe(false);
      expect(warnings.map((warning) => warning.code)).toEqual(['cut-short']);
    }
  });
});

test.each([
  ['gzip', gzipSync(CAPTURE), 12, 'its gzip data are damaged'],
  ['zstd', Buffer.concat(ZSTD_FRAMES), 7, 'its zstd data are damaged'],
])('damaged %s', async (_, packed, at, message) => {
  const damaged = Buffer.from(packed).fill(0xff, at, at + 20);
  await expect(readBytes(damaged)).rejects.toThrow(message);
  await expect(readBytes(damaged)).rejects.toMatchObject({ code: 'input-unreadable' });
});

test('damage behind megabytes that were read', async () => {
  const frames = Array.from({ length: 30_000 }, (_, i) => ({ seconds: 1, units: i, bytes: content(100, i * i) }));
  const packed = gzipSync(composePcap(frames), { level: 1 });
  packed.fill(0xff, packed.length - 1000, packed.length - 900);
  const read = await readBytes(packed, [65_536]);
  expect(read.frames.length).toBeGreaterThan(1000);
  expect(read.reader.complete).toBe(false);
  expect(read.warnings.map((warning) => warning.code)).toEqual(['damaged']);
});

/** A gzip stream with some bits flipped in one of its bytes, counted from the end where negative. */
function flipped(packed: Buffer, at: number, bits = 1): Buffer {
  const copy = Buffer.from(packed);
  copy[at < 0 ? packed.length + at : at] ^= bits;
  return copy;
}

describe('gzip that is wrong behind its data is unpacked whole', () => {
  const FOLLOWED = 'its gzip data are followed by other bytes, which are ignored';
  const damaged = (reason: string): string => `its gzip data are damaged: ${reason}`;
  const packed = gzipSync(CAPTURE);
  const behind = (bytes: Uint8Array): Buffer => Buffer.concat([packed, bytes]);

  test.each([
    ['a line', behind(Buffer.from('\nx')), FOLLOWED],
    ['half a magic number', behind(Buffer.from([0x1f, 0x8c])), FOLLOWED],
    ['bytes behind padding', behind(Buffer.from([0, 0, 0, 7])), FOLLOWED],
    ['another method', behind(flipped(packed, 2)), damaged('unknown compression method')],
    ['reserved flags', behind(flipped(packed, 3, 0x20)), damaged('unknown flags')],
    ['a checksum', flipped(packed, -8), damaged('their checksum is wrong')],
    ['a length', flipped(packed, -1), damaged('they unpack to another length than they say')],
  ])('%s', async (_, bytes, message) => {
    for (const chunks of [[], [1], [100, 3]]) {
      const { frames, reader, warnings } = await readBytes(bytes, chunks);
      expect(frames).toHaveLength(40);
      expect(reader.complete).toBe(false);
      expect(warnings).toEqual([{ code: 'damaged', message, offset: CAPTURE.length }]);
    }
  });
});

test('gzip whose data are damaged is unpacked up to there', async () => {
  const whole = deflateRawSync(CAPTURE, { finishFlush: zlib.constants.Z_FULL_FLUSH });
  const header = gzipSync('').subarray(0, 10);
  // No block is of type 3.
  const packed = Buffer.concat([header, whole, Buffer.alloc(50, 0xff)]);
  for (const chunks of [[], [1], [100, 3], [whole.length], [packed.length - 30]]) {
    const { frames, warnings } = await readBytes(packed, chunks);
    expect(frames).toHaveLength(40);
    const message = 'its gzip data are damaged: invalid block type';
    expect(warnings).toEqual([{ code: 'damaged', message, offset: CAPTURE.length }]);
  }
});

test('a wrong checksum of zstd, which Node verifies and fzstd does not, costs nothing', async () => {
  const { frames, warnings } = await readBytes(flipped(Buffer.concat(ZSTD_FRAMES), -1));
  expect(frames).toHaveLength(40);
  expect(warnings.map(({ code }) => code)).toEqual(NODE_HAS_ZSTD ? ['damaged'] : []);
});

test.each([
  ['gzip in gzip', gzipSync(gzipSync(CAPTURE))],
  ['zstd in gzip', gzipSync(ZSTD_FRAMES[0])],
])('%s is named, not read', async (_, bytes) => {
  await expect(readBytes(bytes)).rejects.toThrow('unpack it once');
});

/** A zstd frame of so many blocks of 128 KiB, 4 bytes each, as the format has them for a byte that is repeated. */
function repeating(blocks: number): Buffer {
  const block = Buffer.from('02001000', 'hex');
  return Buffer.concat([
    Buffer.from('28b52ffd0050', 'hex'),
    ...Array(blocks).fill(block),
    Buffer.from('010000', 'hex'),
  ]);
}

test.skipIf(NODE_HAS_ZSTD)('of zstd no more is unpacked than is read', async () => {
  const push = vi.spyOn(Decompress.prototype, 'push');
  const source = await decompressed(
    new ChunkSource(chunksOf(repeating(10_000), []), 'bomb'),
    new Uint8Array(0),
    'zstd',
    'bomb',
  );
  expect(await source.read(new Uint8Array(1000), 0, 1000)).toBe(1000);
  const pushed = push.mock.calls.reduce((sum, [piece]) => sum + piece.length, 0);
  push.mockRestore();
  await source.close();
  // Two pieces of 8 blocks, one being read and one ready, and the headers in front of them and behind.
  expect(pushed).toBeLessThanOrEqual(6 + 2 * 8 * 4 + 3);
});

/** Follows all of the bytes. Returns where it stopped on the way. */
function followAll(frames: ZstdFrames, bytes: Uint8Array, limit = Number.POSITIVE_INFINITY): number[] {
  const stops: number[] = [];
  for (let at = 0; at < bytes.length && !frames.damaged; stops.push(at)) at += frames.follow(bytes.subarray(at), limit);
  return stops;
}

describe('steps over zstd frames', () => {
  test('stops where a frame ends, in front of its checksum, and before too much is unpacked', () => {
    const [first] = ZSTD_FRAMES;
    const stream = Buffer.concat([first, SKIPPABLE, repeating(20)]);
    const begin = first.length + SKIPPABLE.length;
    // The frame's own header and that of the block which would be too much.
    const stops = [8, 16].map((blocks) => begin + 6 + 4 * blocks + 3);
    const ends = [first.length - 4, first.length, begin, ...stops, stream.length];
    expect(followAll(new ZstdFrames(), stream, 2 ** 20)).toEqual(ends);
    for (let cut = 1; cut < stream.length; cut++) {
      const frames = new ZstdFrames();
      followAll(frames, stream.subarray(0, cut), 2 ** 20);
      followAll(frames, stream.subarray(cut), 2 ** 20);
      expect(frames).toMatchObject({ atFrameEnd: true, damaged: false });
    }
  });

  test('ends of frames, however the bytes arrive', () => {
    const stream = Buffer.concat([SKIPPABLE, ...ZSTD_FRAMES, SKIPPABLE]);
    const ends = [0, 13, 13 + ZSTD_FRAMES[0].length, stream.length - 13, stream.length];
    const whole = new ZstdFrames();
    followAll(whole, stream);
    expect(whole).toMatchObject({ atFrameEnd: true, damaged: false, windowBytes: CAPTURE.length - 3000 });
    const frames = new ZstdFrames();
    for (let at = 0; at <= stream.length; at++) {
      expect(frames.atFrameEnd).toBe(ends.includes(at));
      followAll(frames, stream.subarray(at, at + 1));
    }
  });

  test.each([
    ['a window descriptor', '28b52ffd0058', 2 ** 21],
    ['a window descriptor with a mantissa', '28b52ffd0005', 1024 + (1024 / 8) * 5],
    ['the largest window', '28b52ffd00ff', 2 ** 41 + (2 ** 41 / 8) * 7],
    ['content size in 1 byte', '28b52ffd20c8', 200],
    ['content size in 2 bytes', '28b52ffd600001', 512],
    ['content size in 4 bytes behind a dictionary', '28b52ffda30102030400000010', 2 ** 28],
    ['content size in 8 bytes', '28b52ffde00000000001000000', 2 ** 32],
  ])('%s', (_, header, windowBytes) => {
    const frames = new ZstdFrames();
    followAll(frames, Buffer.from(header, 'hex'));
    expect(frames.windowBytes).toBe(windowBytes);
  });

  test.each([
    ['no magic number', '28b52ffc'],
    ['a reserved block type', '28b52ffd200006'.padEnd(18, '0')],
    ['a block of 2 MiB', '28b52ffd2000f8ffff'],
  ])('%s is damage', (_, bytes) => {
    const frames = new ZstdFrames();
    followAll(frames, Buffer.from(bytes, 'hex'));
    expect(frames).toMatchObject({ atFrameEnd: false, damaged: true });
  });

  test('bytes behind the last frame that are none', async () => {
    const { frames, warnings } = await readBytes(Buffer.concat([...ZSTD_FRAMES, Buffer.alloc(40, 1)]));
    expect(frames).toHaveLength(40);
    expect(warnings.map((warning) => warning.code)).toEqual(['damaged']);
  });

  test('a window that would need gigabytes is refused', async () => {
    const huge = Buffer.concat([Buffer.from('28b52ffd00a8010000', 'hex'), Buffer.alloc(9)]);
    await expect(readBytes(huge)).rejects.toThrow('a frame needs a window of 2147483648 bytes');
    const lengths = [...ZSTD_FRAMES, huge].map((frame) => frame.length);
    const { warnings, frames } = await readBytes(Buffer.concat([...ZSTD_FRAMES, huge]), lengths);
    expect(frames).toHaveLength(40);
    expect(warnings.map((warning) => warning.code)).toEqual(['damaged']);
  });
});
