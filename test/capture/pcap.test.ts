import { describe, expect, test } from 'vitest';
import { requirement } from '../requirements.ts';
import { Composer, composePcap, content, MICROSECONDS, MODIFIED, NANOSECONDS } from './composing.ts';
import { epochText, readBytes } from './reading.ts';
import { tsharkFields } from './tshark.ts';

const tshark = requirement('tshark');

const VARIANTS = [
  ['microseconds', MICROSECONDS, 1000n],
  ['nanoseconds', NANOSECONDS, 1n],
  ['modified', MODIFIED, 1000n],
] as const;

const FRAMES = [
  { seconds: 1_700_000_000, units: 999_999, bytes: content(60, 1) },
  { seconds: 1_700_000_001, units: 0, bytes: content(42, 2), original: 1500 },
  { seconds: 1_699_999_999, units: 1, bytes: content(0) },
  { seconds: 4_294_967_295, units: 5, bytes: content(33, 3) },
];

describe.each([true, false])('pcap, little endian %s', (littleEndian) => {
  test.each(VARIANTS)('%s', async (_, magic, nanosecondsPerUnit) => {
    const { frames, reader, warnings } = await readBytes(composePcap(FRAMES, { littleEndian, magic, linkType: 276 }));
    expect(frames.map((frame) => frame.bytes)).toEqual(FRAMES.map((frame) => frame.bytes.toString('latin1')));
    expect(frames.map((frame) => frame.original)).toEqual([60, 1500, 0, 33]);
    expect(frames.slice(0, 3).map((frame) => frame.nanoseconds)).toEqual(
      FRAMES.slice(0, 3).map(({ seconds, units }) => BigInt(seconds) * 10n ** 9n + BigInt(units) * nanosecondsPerUnit),
    );
    expect(reader).toMatchObject({ format: 'pcap', epochSeconds: 1_700_000_000, complete: true, bytesTotal: null });
    expect(reader.interfaces).toEqual([
      {
        linkType: 276,
        snapLength: 262_144,
        name: null,
        filter: null,
        resolutionNanoseconds: Number(nanosecondsPerUnit),
        received: null,
        dropped: null,
      },
    ]);
    expect(warnings).toEqual([]);
  });

  test.skipIf(!tshark.available).each(VARIANTS)(`%s as tshark reads it ${tshark.reason}`, async (_, magic) => {
    const file = composePcap(FRAMES, { littleEndian, magic });
    const expected = tsharkFields(file, ['frame.time_epoch', 'frame.cap_len', 'frame.len']);
    const { frames } = await readBytes(file);
    const lines = frames.map(
      ({ nanoseconds, captured, original }) => `${epochText(nanoseconds)}\t${captured}\t${original}`,
    );
    // The last time lies 82 years ahead, further than a double counts in nanoseconds.
    expect(lines.slice(0, 3)).toEqual(expected.slice(0, 3));
    expect(expected).toHaveLength(4);
  });
});

test('the offset of each frame is its place in the file', async () => {
  const { frames } = await readBytes(composePcap(FRAMES));
  expect(frames.map((frame) => frame.fileOffset)).toEqual([40, 116, 174, 190]);
});

test('bits above the link type are no part of it', async () => {
  const { reader } = await readBytes(composePcap(FRAMES, { linkType: 0xf400_0071 }));
  expect(reader.interfaces[0].linkType).toBe(113);
});

test.each([
  [MICROSECONDS, 999_999, true],
  [MICROSECONDS, 1_000_000, false],
  [NANOSECONDS, 999_999_999, true],
  [NANOSECONDS, 1_000_000_000, false],
  [MICROSECONDS, 0xffff_ffff, false],
])('magic %i: %i below the second is a time: %s', async (magic, units, valid) => {
  const { frames, warnings, reader } = await readBytes(
    composePcap(
      [
        { seconds: 7, units, bytes: content(20) },
        { seconds: 9, units: 3, bytes: content(20) },
      ],
      { magic },
    ),
  );
  expect(frames[0].nanoseconds === null).toBe(!valid);
  expect(frames[1].nanoseconds).toBe(9_000_000_000n + (magic === NANOSECONDS ? 3n : 3000n));
  expect(reader.epochSeconds).toBe(valid ? 7 : 9);
  expect(reader.complete).toBe(true);
  expect(warnings.map((warning) => warning.code)).toEqual(valid ? [] : ['no-timestamps']);
});

test.each([
  ['below the captured length', 10, 20],
  ['above two gigabytes', 0xffff_fff0, 0x7fff_ffff],
])('an original length %s', async (_, original, expected) => {
  const { frames } = await readBytes(composePcap([{ seconds: 1, units: 1, bytes: content(20), original }]));
  expect(frames[0]).toMatchObject({ captured: 20, original: expected });
});

describe('a captured length that lies', () => {
  const before = composePcap(FRAMES.slice(0, 2));
  const lying = (length: number, snapLength = 65_535): Buffer => {
    const file = Buffer.concat([before, new Composer(true).u32(1, 1, length, length).raw(content(100)).bytes()]);
    file.writeUInt32LE(snapLength, 16);
    return file;
  };

  test.each([
    [262_145, 65_535],
    [0x7fff_ffff, 65_535],
    [0x8000_0000, 65_535],
    [0xffff_ffff, 65_535],
    [0xffff_ffff, 0xffff_ffff],
    [16 * 1024 * 1024 + 1, 0],
  ])('%i with snap length %i is damage', async (length, snapLength) => {
    const { frames, warnings, reader } = await readBytes(lying(length, snapLength));
    expect(frames).toHaveLength(2);
    expect(reader.complete).toBe(false);
    expect(warnings).toEqual([
      {
        code: 'damaged',
        offset: before.length,
        message: `damaged at byte ${before.length}, not read further: the record claims ${length} captured bytes`,
      },
    ]);
  });

  test.each([
    [262_144, 65_535],
    [262_145, 300_000],
  ])('%i with snap length %i could be true, and is not there', async (length, snapLength) => {
    const { frames, warnings, reader } = await readBytes(lying(length, snapLength));
    expect(frames).toHaveLength(2);
    expect(reader.complete).toBe(false);
    expect(warnings).toEqual([
      {
        code: 'cut-short',
        offset: before.length,
        message: `ends in the middle of the record at byte ${before.length}: 116 of its ${length + 16} bytes are there`,
      },
    ]);
  });
});

test('cut at every byte, the whole records before the cut are read', async () => {
  const file = composePcap(FRAMES);
  const ends = [24];
  for (const frame of FRAMES) ends.push(ends[ends.length - 1] + 16 + frame.bytes.length);
  for (let length = 0; length <= file.length; length++) {
    const cut = file.subarray(0, length);
    if (length < 24) {
      await expect(readBytes(cut)).rejects.toMatchObject({ code: 'input-unrecognised' });
      continue;
    }
    const whole = ends.filter((end) => end <= length).length - 1;
    const { frames, reader, warnings } = await readBytes(cut);
    expect(frames).toHaveLength(whole);
    expect(reader.complete).toBe(ends.includes(length));
    expect(warnings.map(({ code, offset }) => ({ code, offset }))).toEqual(
      ends.includes(length) ? [] : [{ code: 'cut-short', offset: ends[whole] }],
    );
  }
});
