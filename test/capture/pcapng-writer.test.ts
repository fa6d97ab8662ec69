import { describe, expect, test } from 'vitest';
import { PcapngWriter } from '../../src/capture/pcapng-writer.ts';
import { requirement } from '../requirements.ts';
import { content } from './composing.ts';
import { readBytes } from './reading.ts';
import { capinfos, tsharkFields } from './tshark.ts';

const tshark = requirement('tshark');
const capinfosProgram = requirement('capinfos');

const FRAMES = [
  { id: 0, seconds: 1_700_000_000, nanoseconds: 123_456_789, captured: 60, original: 1500 },
  { id: 1, seconds: 1_700_000_000, nanoseconds: 0, captured: 61, original: 61 },
  { id: 0, seconds: 1_700_000_001, nanoseconds: 999_999_999, captured: 0, original: 0 },
  { id: 1, seconds: 1_700_000_002, nanoseconds: 1, captured: 63, original: 63 },
];

function written(): Buffer {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((bytes) => blocks.push(bytes));
  const slab = content(100);
  expect(writer.addInterface({ name: 'ens3', linkType: 1, snapLength: 262_144 })).toBe(0);
  expect(writer.addInterface({ name: 'vxlan0 ü', linkType: 276, snapLength: 0 })).toBe(1);
  for (const { id, seconds, nanoseconds, captured, original } of FRAMES) {
    writer.writeFrame(id, seconds, nanoseconds, slab, 10, captured, original);
  }
  writer.writeStatistics(0, { counters: { received: 1234, dropped: 5 }, end: null });
  const end = { seconds: 1_700_000_003, nanoseconds: 5 };
  writer.writeStatistics(1, { counters: { received: 5_000_000_000, dropped: 0 }, end });
  return Buffer.concat(blocks);
}

test('what it writes can be read', async () => {
  const { frames, reader } = await readBytes(written());
  expect(reader.interfaces).toMatchObject([
    { name: 'ens3', linkType: 1, snapLength: 262_144, resolutionNanoseconds: 1, received: 1234, dropped: 5 },
    { name: 'vxlan0 ü', linkType: 276, snapLength: 0, received: 5_000_000_000, dropped: 0, endTime: 3_000_000_005 },
  ]);
  expect(reader.interfaces[0].endTime).toBeUndefined();
  expect(frames).toMatchObject(
    FRAMES.map(({ id, seconds, nanoseconds, captured, original }) => ({
      interfaceIndex: id,
      nanoseconds: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
      bytes: content(100)
        .subarray(10, 10 + captured)
        .toString('latin1'),
      original,
    })),
  );
});

test.each([
  [1, 1, 123_456_789n],
  [1000, 1000, 123_456_000n],
  [1e6, 1e6, 123_000_000n],
  [1e9, 1e9, 0n],
  [0.93, 1, 123_456_789n],
  [3, 1, 123_456_789n],
])('times in units of %d ns are written in units of %d ns', async (given, unit, nanoseconds) => {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((bytes) => blocks.push(bytes));
  writer.addInterface({ name: 'other', linkType: 1, snapLength: 0 });
  writer.addInterface({ name: 'this', linkType: 1, snapLength: 0, resolutionNanoseconds: given });
  for (const id of [0, 1]) writer.writeFrame(id, 1_700_000_000, 123_456_789, content(60), 0, 60, 60);
  writer.writeStatistics(1, { counters: null, end: { seconds: 1_700_000_001, nanoseconds: 999_999_999 } });
  const { frames, reader } = await readBytes(Buffer.concat(blocks));
  const endTime = Math.floor(1_999_999_999 / unit) * unit;
  expect(reader.interfaces[1]).toMatchObject({ resolutionNanoseconds: unit, received: null, dropped: null, endTime });
  expect(frames.map((frame) => frame.nanoseconds)).toEqual([
    1_700_000_000_123_456_789n,
    1_700_000_000_000_000_000n + nanoseconds,
  ]);
});

describe.skipIf(!tshark.available || !capinfosProgram.available)(`as Wireshark sees it ${tshark.reason}`, () => {
  test('packets', () => {
    const fields = ['frame.time_epoch', 'frame.interface_name', 'frame.cap_len', 'frame.len'];
    expect(tsharkFields(written(), fields)).toEqual([
      '1700000000.123456789\tens3\t60\t1500',
      '1700000000.000000000\tvxlan0 ü\t61\t61',
      '1700000001.999999999\tens3\t0\t0',
      '1700000002.000000001\tvxlan0 ü\t63\t63',
    ]);
  });

  test('interfaces and statistics', () => {
    const report = capinfos(written());
    expect(report).toContain('File timestamp precision:  nanoseconds (9)');
    expect(report).toMatch(/Interface #0 info:\s+Name = ens3/);
    expect(report).toMatch(/Capture length = 262144/);
    expect(report.match(/Number of stat entries = 1/g)).toHaveLength(2);
  });
});

test.each([0, 1, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 18_446_744_072])('second %i', async (seconds) => {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((bytes) => blocks.push(bytes));
  writer.addInterface({ name: 'a', linkType: 1, snapLength: 0 });
  writer.writeFrame(0, seconds, 999_999_999, content(4), 0, 4, 4);
  const view = new DataView(blocks[2].buffer);
  const time = (BigInt(view.getUint32(12, true)) << 32n) | BigInt(view.getUint32(16, true));
  expect(time).toBe(BigInt(seconds) * 1_000_000_000n + 999_999_999n);
});

test('remarks are warnings again, once each, and comments of others are none', async () => {
  const blocks: Uint8Array[] = [];
  for (let file = 0; file < 2; file++) {
    const writer = new PcapngWriter((bytes) => blocks.push(bytes));
    writer.addInterface({ name: 'ens3', linkType: 1, snapLength: 0 });
    const counters = file === 0 ? { received: 2, dropped: 1 } : null;
    writer.writeStatistics(0, { counters, end: null, remarks: ['it ended early', 'inexact times ü'] });
  }
  const foreign = Buffer.from(blocks.at(-1)!);
  foreign.write('X', foreign.indexOf('vxtrace remark: it'));
  foreign.write('Y', foreign.indexOf('inexact'));
  const { reader } = await readBytes(Buffer.concat([...blocks, foreign]));
  expect(reader.complete).toBe(true);
  expect(reader.warnings.map(({ message }) => message)).toEqual([
    'the capturing system dropped 1 of 2 packets on ens3',
    'it ended early',
    'inexact times ü',
    'Ynexact times ü',
  ]);
});
