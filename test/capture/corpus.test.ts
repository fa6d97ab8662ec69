/** Captures of other projects, against what tshark says of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCapture } from '../../src/capture/open.ts';
import { CORPUS, requirement } from '../requirements.ts';

interface Truth {
  readonly readable: boolean;
  readonly packets: number;
  readonly container: {
    readonly format?: string;
    readonly linktype?: number;
    readonly sections?: readonly {
      readonly interfaces: readonly { linktype: number; snaplen: number; name?: string }[];
    }[];
  };
  readonly read: {
    readonly packets_without_timestamp: number;
    readonly packets_with_invalid_timestamp: readonly number[];
    readonly first_ts_ns: string | null;
    readonly last_ts_ns: string | null;
    readonly min_ts_ns: string | null;
    readonly max_ts_ns: string | null;
    readonly captured_bytes: number;
    readonly wire_bytes: number;
  };
}

const corpus = requirement('corpus');
const files: Record<string, Truth> = corpus.available
  ? JSON.parse(readFileSync(join(CORPUS, 'truth.json'), 'utf8')).files
  : {};
const readable = Object.entries(files).filter(([, truth]) => truth.readable);
const unreadable = Object.entries(files).filter(([, truth]) => !truth.readable);

/**
 * Where the reader differs from tshark on purpose: times that are none. The 100 are half a million years ahead,
 * which no ISO 8601 time can say; the 1 is 2147483648 µs past its second, which tshark's arithmetic wraps to 0.
 */
const UNTIMED: Readonly<Record<string, number>> = {
  'PcapPlusPlus__pcapng-example.pcapng.zst': 100,
  'tcpdump__timestamp_invalid_micro.pcap': 1,
};

/** Packets that the reader gets where tshark stops: the first block of this file leaves its padding out of its length. */
const RECOVERED: Readonly<Record<string, number>> = { 'python-pcapng__test007.ntar': 1 };

async function summarise(name: string) {
  const reader = await openCapture(join(CORPUS, 'files', name));
  let packets = 0;
  let captured = 0;
  let original = 0;
  let untimed = 0;
  const times: number[] = [];
  for await (const batch of reader) {
    packets += batch.count;
    for (let i = 0; i < batch.count; i++) {
      captured += batch.captured[i];
      original += batch.original[i];
      if (Number.isNaN(batch.time[i])) untimed++;
      else times.push(batch.time[i]);
    }
  }
  return { reader, packets, captured, original, untimed, times };
}

/** The time as the reader is to give it: exact within 104 days of the epoch, the nearest double beyond. */
function expectTime(time: number | undefined, epochSeconds: number, expected: string | null): void {
  if (expected === null || time === undefined) {
    expect(time === undefined).toBe(expected === null);
    return;
  }
  const exact = BigInt(expected) - BigInt(epochSeconds) * 1_000_000_000n;
  const tolerance = Math.abs(time) <= Number.MAX_SAFE_INTEGER ? 0n : 2n ** 12n;
  const difference = BigInt(time) - exact;
  expect(difference <= tolerance && difference >= -tolerance, `${time} is not ${exact}`).toBe(true);
}

describe.skipIf(!corpus.available)(`corpus ${corpus.reason}`, () => {
  test.each(readable)('%s', async (name, { packets, container, read }) => {
    const seen = await summarise(name);
    expect(seen.packets).toBe(packets);
    expect(seen.captured).toBe(read.captured_bytes);
    expect(seen.original).toBe(read.wire_bytes);
    const untimedByTshark = read.packets_without_timestamp + read.packets_with_invalid_timestamp.length;
    expect(seen.untimed).toBe(untimedByTshark + (UNTIMED[name] ?? 0));
    expect(seen.reader.complete).toBe(true);
    const expectedWarnings = seen.untimed > 0 ? ['no-timestamps'] : [];
    expect(seen.reader.warnings.map((w) => w.code).filter((code) => code !== 'drops')).toEqual(expectedWarnings);

    const { epochSeconds } = seen.reader;
    expectTime(seen.times[0], epochSeconds, read.first_ts_ns);
    if (UNTIMED[name] === undefined) {
      const sorted = seen.times.toSorted((a, b) => a - b);
      expectTime(seen.times.at(-1), epochSeconds, read.last_ts_ns);
      expectTime(sorted[0], epochSeconds, read.min_ts_ns);
      expectTime(sorted.at(-1), epochSeconds, read.max_ts_ns);
    }

    if (container.format !== undefined) expect(seen.reader.format).toBe(container.format);
    if (container.linktype !== undefined) expect(seen.reader.interfaces[0].linkType).toBe(container.linktype);
    if (container.sections !== undefined) {
      const described = container.sections.flatMap((section) => section.interfaces);
      expect(seen.reader.interfaces.map((i) => [i.linkType, i.snapLength, i.name])).toEqual(
        described.map((i) => [i.linktype, i.snaplen, i.name ?? null]),
      );
    }
  });

  test.each(unreadable)('%s, which tshark does not read to its end', async (name, { packets }) => {
    if (name.endsWith('.xz')) {
      await expect(openCapture(join(CORPUS, 'files', name))).rejects.toThrow('xz-compressed data');
      return;
    }
    const seen = await summarise(name);
    expect(seen.packets).toBe(packets + (RECOVERED[name] ?? 0));
    // libpcap and Wireshark refuse reserved bits in the link type; they are no reason not to read the packets.
    const readToItsEnd = name === 'libpcap__linktype-reserved-field-not-zero.pcap' || name in RECOVERED;
    expect(seen.reader.complete).toBe(readToItsEnd);
  });
});
