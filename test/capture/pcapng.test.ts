import { describe, expect, test } from 'vitest';
import { requirement } from '../requirements.ts';
import { Blocks, content } from './composing.ts';
import { epochText, type ReadFrame, readBytes } from './reading.ts';
import { tsharkFields } from './tshark.ts';

const tshark = requirement('tshark');
const FIELDS = ['frame.time_epoch', 'frame.interface_id', 'frame.cap_len', 'frame.len'];
const BILLION = 1_000_000_000n;

function asTshark(frames: readonly ReadFrame[]): string[] {
  return frames.map(({ nanoseconds, interfaceIndex, captured, original }) =>
    [epochText(nanoseconds), interfaceIndex, captured, original].join('\t'),
  );
}

/** Both byte orders, three sections, several interfaces, every kind of packet block, unknown blocks between. */
function manySections(): Buffer {
  const parts: Buffer[] = [];
  for (const [index, littleEndian] of [true, false, true].entries()) {
    const blocks = new Blocks(littleEndian);
    parts.push(
      blocks.section(),
      blocks.block(0x7777, blocks.compose().padded(content(13))),
      blocks.interface(1, 96, blocks.option(2, Buffer.from(`eth${index}`))),
      blocks.interface(276, 0, blocks.option(9, Buffer.from([9]))),
      blocks.enhanced(0, 1_700_000_000_123_456n + BigInt(index), content(61, index), 900),
      blocks.block(4, blocks.compose().u32(0)),
      blocks.enhanced(1, 1_700_000_000_123_456_789n + BigInt(index), content(34), 34, blocks.option(2, content(4))),
      blocks.simple(content(60), 60),
      blocks.simple(content(96), 1500),
      blocks.obsolete(1, 1_700_000_001_000_000_001n, content(15), 20),
    );
  }
  return Buffer.concat(parts);
}

test('sections of both byte orders, interfaces and every kind of packet', async () => {
  const { frames, reader, warnings } = await readBytes(manySections());
  expect(reader).toMatchObject({ format: 'pcapng', complete: true, epochSeconds: 1_700_000_000 });
  expect(reader.interfaces.map(({ name, linkType, snapLength }) => [name, linkType, snapLength])).toEqual([
    ['eth0', 1, 96],
    [null, 276, 0],
    ['eth1', 1, 96],
    [null, 276, 0],
    ['eth2', 1, 96],
    [null, 276, 0],
  ]);
  expect(frames).toHaveLength(15);
  expect(frames.slice(5, 10)).toMatchObject([
    { nanoseconds: 1_700_000_000_123_457_000n, interfaceIndex: 2, captured: 61, original: 900 },
    { nanoseconds: 1_700_000_000_123_456_790n, interfaceIndex: 3, captured: 34, original: 34 },
    { nanoseconds: null, interfaceIndex: 2, captured: 60, original: 60 },
    { nanoseconds: null, interfaceIndex: 2, captured: 96, original: 1500 },
    { nanoseconds: 1_700_000_001_000_000_001n, interfaceIndex: 3, captured: 15, original: 20 },
  ]);
  expect(frames[5].bytes).toBe(content(61, 1).toString('latin1'));
  expect(warnings).toEqual([{ code: 'no-timestamps', message: '6 of 15 packets have no valid time', offset: null }]);
});

test.skipIf(!tshark.available)(`the same as tshark reads it ${tshark.reason}`, async () => {
  const { frames } = await readBytes(manySections());
  // tshark numbers the two interfaces of each section from 0 again.
  const inSection = frames.map((frame) => ({ ...frame, interfaceIndex: frame.interfaceIndex % 2 }));
  expect(asTshark(inSection)).toEqual(tsharkFields(manySections(), FIELDS));
});

describe.each([true, false])('timestamps, little endian %s', (littleEndian) => {
  const blocks = new Blocks(littleEndian);
  const NOW = 1_700_000_000n;
  const file = (resolution: number | null, offset: bigint | null, times: readonly bigint[]): Buffer => {
    const options: Buffer[] = [];
    if (resolution !== null) options.push(blocks.option(9, Buffer.from([resolution])));
    if (offset !== null) options.push(blocks.counter(14, offset));
    return Buffer.concat([
      blocks.section(),
      blocks.interface(1, 0, ...options),
      ...times.map((time) => blocks.enhanced(0, time, content(14))),
    ]);
  };

  test.each([
    ['the default, microseconds', null, 10n ** 6n],
    ['seconds', 0, 1n],
    ['milliseconds', 3, 10n ** 3n],
    ['nanoseconds', 9, 10n ** 9n],
    ['a power of ten between', 7, 10n ** 7n],
    ['units of 2^-8 s', 0x88, 2n ** 8n],
    ['units of 2^-9 s', 0x89, 2n ** 9n],
    ['units of 2^-30 s', 0x9e, 2n ** 30n],
  ])('%s', async (_, resolution, unitsPerSecond) => {
    const start = NOW * unitsPerSecond;
    const times = [
      start + unitsPerSecond / 3n,
      start + 99n * unitsPerSecond + 1n,
      start - 1n,
      start + unitsPerSecond - 1n,
    ];
    const composed = file(resolution, null, times);
    const { frames, reader } = await readBytes(composed);
    expect(frames.map((frame) => frame.nanoseconds)).toEqual(times.map((time) => (time * BILLION) / unitsPerSecond));
    expect(reader.interfaces[0].resolutionNanoseconds).toBe(1e9 / Number(unitsPerSecond));
    if (tshark.available) expect(asTshark(frames)).toEqual(tsharkFields(composed, FIELDS));
  });

  test.each([
    ['picoseconds', 12, 10n ** 12n],
    ['units of 2^-40 s', 0xa8, 2n ** 40n],
  ])('%s, rounded down to nanoseconds', async (_, resolution, unitsPerSecond) => {
    const times = [5n * unitsPerSecond + 1_234_567_891n, 6n * unitsPerSecond - 1n];
    const { frames } = await readBytes(file(resolution, null, times));
    expect(frames.map((frame) => frame.nanoseconds)).toEqual(times.map((time) => (time * BILLION) / unitsPerSecond));
  });

  test.each([1n, 3_600n, -3_600n, -86_400n * 365n])('an offset of %i seconds', async (offset) => {
    const times = [NOW * 1_000_000n, NOW * 1_000_000n + 17n];
    const { frames, reader } = await readBytes(file(null, offset, times));
    expect(frames.map((frame) => frame.nanoseconds)).toEqual(times.map((time) => time * 1000n + offset * BILLION));
    expect(reader.epochSeconds).toBe(Number(NOW + offset));
  });

  test('times before 1970 and after the year 9999 are none', async () => {
    const times = [2n ** 64n - 1n, NOW * 1_000_000n, 253_402_300_800n * 1_000_000n, 5n, 253_402_300_799n * 1_000_000n];
    const { frames, reader, warnings } = await readBytes(file(null, -10n, times));
    expect(reader.epochSeconds).toBe(1_699_999_990);
    expect(frames.map((frame) => frame.nanoseconds === null)).toEqual([true, false, false, true, false]);
    expect(warnings.map((warning) => warning.message)).toEqual(['2 of 5 packets have no valid time']);
  });

  test('nanoseconds stay exact for 104 days', async () => {
    const start = NOW * BILLION;
    const times = [start, start + 2n ** 53n - 1n, start - 2n ** 53n + 1n];
    const { frames } = await readBytes(file(9, null, times));
    expect(frames.map((frame) => frame.nanoseconds)).toEqual(times);
  });
});

test('interface statistics and options', async () => {
  const blocks = new Blocks();
  const { reader, warnings } = await readBytes(
    Buffer.concat([
      blocks.section(),
      blocks.interface(
        1,
        64,
        blocks.option(2, Buffer.from('ens3\0')),
        blocks.option(11, Buffer.from('\0udp port 4789')),
      ),
      blocks.interface(1, 0, blocks.option(11, Buffer.from([1, 0, 0, 0]))),
      blocks.interface(1),
      blocks.statistics(0, blocks.counter(4, 10n), blocks.counter(5, 1n)),
      blocks.statistics(0, blocks.counter(4, 5_000_000_000n), blocks.counter(5, 17n)),
      blocks.statistics(1, blocks.counter(7, 3n)),
      blocks.statistics(2, blocks.counter(4, 2n ** 64n - 1n)),
      blocks.statistics(99, blocks.counter(4, 1n)),
    ]),
  );
  expect(reader.interfaces).toMatchObject([
    { name: 'ens3', filter: 'udp port 4789', received: 5_000_000_000, dropped: 17 },
    { name: null, filter: null, received: null, dropped: 3 },
    { received: null, dropped: null },
  ]);
  expect(warnings).toEqual([
    { code: 'drops', message: 'the capturing system dropped 17 of 5000000000 packets on ens3', offset: null },
    { code: 'drops', message: 'the capturing system dropped 3 packets', offset: null },
  ]);
});

test.each([
  ['microseconds', 6, 1_700_000_009_000_000n, 9e9],
  ['the last second of the year 9999', 6, 253_402_300_799_000_000n, 251_702_300_799e9],
  ['the year 10000', 6, 253_402_300_800_000_000n, undefined],
  ['half of what fits', 6, 0x7fff_ffff_0000_0000n, undefined],
  ['all bits set', 6, 2n ** 64n - 1n, undefined],
  ['all bits set, in nanoseconds the year 2554', 9, 2n ** 64n - 1n, undefined],
])('when capturing ended: %s', async (_, resolution, end, endTime) => {
  const blocks = new Blocks();
  const second = 10n ** BigInt(resolution);
  const { reader } = await readBytes(
    Buffer.concat([
      blocks.section(),
      blocks.interface(1, 0, blocks.option(9, Buffer.from([resolution]))),
      blocks.enhanced(0, 1_700_000_000n * second, content(14)),
      blocks.statistics(
        0,
        blocks.option(
          3,
          blocks
            .compose()
            .u32(Number(end >> 32n), Number(end & 0xffff_ffffn))
            .bytes(),
        ),
      ),
    ]),
  );
  expect(reader.interfaces[0].endTime).toBe(endTime);
});

describe('texts of any length', () => {
  const blocks = new Blocks();
  const described = (name: string, filter: string): Buffer =>
    blocks.interface(1, 0, blocks.option(2, Buffer.from(name)), blocks.option(11, Buffer.from(`\0${filter}`)));

  test.each([
    ['of as many bytes as are kept', 'n'.repeat(256), 'f'.repeat(1024), 'n'.repeat(256), 'f'.repeat(1024)],
    ['one byte longer', 'n'.repeat(257), 'f'.repeat(1025), `${'n'.repeat(256)}…`, `${'f'.repeat(1024)}…`],
    ['of 64 KiB', 'n'.repeat(65_532), 'f'.repeat(65_530), `${'n'.repeat(256)}…`, `${'f'.repeat(1024)}…`],
    ['cut in a character', `nn${'€'.repeat(99)}`, '€'.repeat(400), `nn${'€'.repeat(84)}…`, `${'€'.repeat(341)}…`],
    ['of zero bytes', '\0'.repeat(65_532), '\0'.repeat(65_530), '', ''],
    ['ended with zero bytes', `n${'\0'.repeat(999)}`, `f${'\0'.repeat(9999)}`, 'n', 'f'],
  ])('%s', async (_, name, filter, keptName, keptFilter) => {
    const { reader } = await readBytes(Buffer.concat([blocks.section(), described(name, filter)]));
    expect(reader.interfaces).toMatchObject([{ name: keptName, filter: keptFilter }]);
  });

  test('of many interfaces no more than 4 Mi characters are kept', async () => {
    const long = described('n'.repeat(1000), 'f'.repeat(1030));
    const { reader } = await readBytes(Buffer.concat([blocks.section(), ...Array(5000).fill(long)]));
    const texts = reader.interfaces.flatMap(({ name, filter }) => [name, filter]);
    expect(texts).toHaveLength(10_000);
    expect(texts.slice(0, 6000)).not.toContain(null);
    expect(texts.at(-1)).toBeNull();
    expect(texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test('a remark is cut, too', async () => {
    const remark = blocks.option(1, Buffer.from(`vxtrace remark: ${'r'.repeat(5000)}`));
    const { warnings } = await readBytes(
      Buffer.concat([blocks.section(), blocks.interface(), blocks.statistics(0, remark)]),
    );
    expect(warnings).toEqual([{ code: 'remark', message: `${'r'.repeat(1024)}…`, offset: null }]);
  });
});

test('options whose lengths lie are read as far as they make sense', async () => {
  const blocks = new Blocks();
  const lying = blocks.compose().u16(9, 5000).u32(0).bytes();
  const { reader, frames } = await readBytes(
    Buffer.concat([
      blocks.section(),
      blocks.interface(1, 0, blocks.option(2, Buffer.from('a')), lying),
      blocks.interface(1, 0, blocks.option(14, Buffer.from([1])), blocks.option(9, Buffer.alloc(0))),
      blocks.enhanced(0, 1_000_000n, content(14), 14, lying),
      blocks.enhanced(1, 1_000_000n, content(14)),
    ]),
  );
  expect(reader.interfaces.map(({ name, resolutionNanoseconds }) => [name, resolutionNanoseconds])).toEqual([
    ['a', 1000],
    [null, 1000],
  ]);
  expect(frames.map((frame) => frame.nanoseconds)).toEqual([BILLION, BILLION]);
});

test('a block whose length leaves out the padding', async () => {
  const blocks = new Blocks();
  const odd = blocks.compose().u32(0x7777, 15).raw(Buffer.from('abc\0')).u32(15).bytes();
  const { frames, reader } = await readBytes(
    Buffer.concat([blocks.section(), blocks.interface(), odd, blocks.enhanced(0, 1n, content(14))]),
  );
  expect(frames).toHaveLength(1);
  expect(reader.complete).toBe(true);
});

describe('blocks that contradict themselves', () => {
  const blocks = new Blocks();
  const before = Buffer.concat([blocks.section(), blocks.interface(), blocks.enhanced(0, 1n, content(20))]);
  const after = blocks.enhanced(0, 2n, content(20));
  const changed = (at: number, value: number, block = after): Buffer => {
    const copy = Buffer.from(block);
    copy.writeUInt32LE(value, at);
    return copy;
  };

  test.each([
    ['length 0', changed(4, 0), 'the block claims a length of 0 bytes'],
    ['length 11', changed(4, 11), 'the block claims a length of 11 bytes'],
    ['length 4 GiB', changed(4, 0xffff_fffc), 'the block claims a length of 4294967292 bytes'],
    ['length above 16 MiB', changed(4, 0x0100_0004), 'the block claims a length of 16777220 bytes'],
    ['lengths differ', changed(48, 48), 'the block claims a length of 52 bytes at its start, 48 at its end'],
    ['frame too long', changed(20, 21), 'the packet claims 21 captured bytes in a block of 52'],
    ['frame of 4 GiB', changed(20, 0xffff_ffff), 'the packet claims 4294967295 captured bytes in a block of 52'],
    ['unknown interface', changed(8, 1), 'the packet is of interface 1, which its section does not describe'],
    [
      'interface 4294967295',
      changed(8, 0xffff_ffff),
      'the packet is of interface 4294967295, which its section does not describe',
    ],
    [
      'packet block too short',
      blocks.block(6, blocks.compose().u32(0, 0, 0, 0)),
      'a packet block cannot be 28 bytes long',
    ],
    [
      'description too short',
      blocks.block(1, blocks.compose().u32(1)),
      'an interface description cannot be 16 bytes long',
    ],
    ['version 2', blocks.section(2), 'pcapng version 2.0 is not supported'],
    ['byte order', changed(8, 1, blocks.section()), 'the section header has no valid byte-order magic'],
    ['simple packet too short', blocks.block(3, blocks.compose()), 'a simple packet block cannot be 12 bytes long'],
  ])('%s', async (_, block, message) => {
    const rest = Buffer.concat([block, after]);
    const { frames, reader, warnings } = await readBytes(Buffer.concat([before, rest]));
    expect(frames).toHaveLength(1);
    expect(reader.complete).toBe(false);
    const at = before.length;
    expect(warnings).toEqual([
      { code: 'damaged', offset: at, message: `damaged at byte ${at}, not read further: ${message}` },
    ]);
  });

  test('a packet before any interface of its section', async () => {
    const { warnings } = await readBytes(Buffer.concat([before, blocks.section(), blocks.simple(content(4))]));
    expect(warnings[0].message).toContain('of interface 0, which its section does not describe');
  });

  test('more interfaces than there can be', async () => {
    const { warnings, reader } = await readBytes(Buffer.concat([before, ...Array(65_536).fill(blocks.interface())]));
    expect(reader.interfaces).toHaveLength(65_536);
    expect(warnings.map((warning) => warning.code)).toEqual(['damaged']);
  });
});

test('cut at every byte, the whole blocks before the cut are read', async () => {
  const blocks = new Blocks(false);
  const parts = [
    blocks.section(),
    blocks.interface(1, 0, blocks.option(2, Buffer.from('eth0'))),
    blocks.enhanced(0, 1n, content(21)),
    blocks.block(0x7777, blocks.compose().padded(content(9))),
    blocks.simple(content(7)),
    new Blocks(true).section(),
    new Blocks(true).interface(),
    new Blocks(true).obsolete(0, 3n, content(3)),
  ];
  const file = Buffer.concat(parts);
  const ends = parts.map((_, i) => Buffer.concat(parts.slice(0, i + 1)).length);
  const frameEnds = [ends[2], ends[4], ends[7]];
  for (let length = 0; length <= file.length; length++) {
    const cut = file.subarray(0, length);
    if (length < ends[0]) {
      await expect(readBytes(cut)).rejects.toMatchObject({ code: 'input-unrecognised' });
      continue;
    }
    const { frames, reader, warnings } = await readBytes(cut);
    expect(frames).toHaveLength(frameEnds.filter((end) => end <= length).length);
    expect(reader.complete).toBe(ends.includes(length));
    const faults = warnings.filter((warning) => warning.code !== 'no-timestamps');
    const offset = ends.filter((end) => end <= length).at(-1);
    expect(faults.map((fault) => [fault.code, fault.offset])).toEqual(
      ends.includes(length) ? [] : [['cut-short', offset]],
    );
  }
});
