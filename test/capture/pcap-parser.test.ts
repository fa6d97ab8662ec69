/** Captures that ship with the project, read by an independent reader. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openCapture } from '../../src/capture/open.ts';
import { readAll } from './reading.ts';

const { parse } = createRequire(import.meta.url)('pcap-parser');

interface Packet {
  readonly header: { timestampSeconds: number; timestampMicroseconds: number; originalLength: number };
  readonly data: Buffer;
}

const folder = resolve('captures');
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pcap'))
  : [];

/** pcap-parser knows microseconds only; the sub-second field is handed through, so the magic number can say so. */
function packetsOf(file: Buffer): Promise<Packet[]> {
  const bytes = Buffer.from(file);
  bytes.writeUInt32LE(0xa1b2c3d4);
  return new Promise((fulfil, reject) => {
    const packets: Packet[] = [];
    parse(Readable.from([bytes]))
      .on('packet', (packet: Packet) => packets.push(packet))
      .on('error', reject)
      .on('end', () => fulfil(packets));
  });
}

describe('agrees with pcap-parser', () => {
  test('there is something to compare', () => expect(files).not.toEqual([]));

  test.each(files)('%s', async (name) => {
    const bytes = readFileSync(join(folder, name));
    const nanosecondsPerUnit = bytes.readUInt32LE() === 0xa1b23c4d ? 1n : 1000n;
    const packets = await packetsOf(bytes);
    const { frames } = await readAll(await openCapture(join(folder, name)));
    expect(frames.map(({ bytes, nanoseconds, original }) => ({ bytes, nanoseconds, original }))).toEqual(
      packets.map(({ header, data }) => ({
        bytes: data.toString('latin1'),
        nanoseconds:
          BigInt(header.timestampSeconds) * 1_000_000_000n + BigInt(header.timestampMicroseconds) * nanosecondsPerUnit,
        original: header.originalLength,
      })),
    );
  });
});
