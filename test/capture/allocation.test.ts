/** The loop over records makes no garbage: what it allocates does not grow with the packets. */
import { expect, test } from 'vitest';
import { BATCH_FRAMES, FrameBatch } from '../../src/capture/frames.ts';
import { PcapParser, pcapVariant } from '../../src/capture/pcap.ts';
import { PcapngParser } from '../../src/capture/pcapng.ts';
import type { RecordParser } from '../../src/capture/record-parser.ts';
import { Blocks, composePcap, content, NANOSECONDS } from './composing.ts';

const ROUNDS = 100;

/** Median of the bytes that the heap grows by while all frames are parsed `ROUNDS` times; a collection may hit one. */
function growth(parser: RecordParser, bytes: Uint8Array, start: number): number {
  const batch = new FrameBatch();
  batch.bytes = bytes;
  batch.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parse = (): void => {
    for (let round = 0; round < ROUNDS; round++) {
      batch.count = 0;
      parser.fill(batch, start, bytes.length);
      if (batch.count !== BATCH_FRAMES) throw new Error(`${batch.count} frames: ${parser.damage?.message}`);
    }
  };
  for (let warmUp = 0; warmUp < 10; warmUp++) parse();
  const grown = Array.from({ length: 9 }, () => {
    const before = process.memoryUsage().heapUsed;
    parse();
    return process.memoryUsage().heapUsed - before;
  });
  return grown.sort((a, b) => a - b)[4];
}

const frames = Array.from({ length: BATCH_FRAMES }, (_, i) => ({
  seconds: 1_700_000_000 + i,
  units: i,
  bytes: content(40),
}));

test.each([true, false])('pcap, little endian %s', (littleEndian) => {
  const bytes = composePcap(frames, { littleEndian, magic: NANOSECONDS });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parser = new PcapParser(view, 0, pcapVariant(view, 0)!);
  expect(growth(parser, bytes, 24) / (ROUNDS * BATCH_FRAMES)).toBeLessThan(0.5);
});

test.each([true, false])('pcapng, little endian %s', (littleEndian) => {
  const blocks = new Blocks(littleEndian);
  const head = Buffer.concat([blocks.section(), blocks.interface(), blocks.interface()]);
  const packets = frames.map(({ units, bytes }) =>
    units % 3 === 2 ? blocks.simple(bytes) : blocks.enhanced(units % 3, 1_700_000_000_000_000n + BigInt(units), bytes),
  );
  const parser = new PcapngParser();
  const bytes = Buffer.concat([head, ...packets]);
  const batch = new FrameBatch();
  batch.bytes = bytes;
  batch.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(parser.fill(batch, 0, bytes.length)).toBe(bytes.length);
  expect(growth(parser, bytes, head.length) / (ROUNDS * BATCH_FRAMES)).toBeLessThan(0.5);
});
