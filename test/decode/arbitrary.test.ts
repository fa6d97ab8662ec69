/** Whatever the bytes are: nothing throws, nothing is read beyond the frame, nothing of the frame before is left. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame, decodeQuoted, isSupportedLinkType } from '../../src/decode/frame.ts';
import { Outcome, Packet } from '../../src/decode/packet.ts';
import { FRAMES } from '../wire/frames.ts';
import { ETHERNET, layers, meaning, STANDARD_PORTS } from './decoding.ts';

const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276];
const frames = Object.values(FRAMES).map(({ linkType, hex }) => ({
  linkType,
  bytes: Uint8Array.from(Buffer.from(hex, 'hex')),
}));

interface Sample {
  bytes: Uint8Array;
  original: number;
  linkType: number;
}

/** A known frame with some bytes changed, cut somewhere. */
const mutated: fc.Arbitrary<Sample> = fc
  .record({
    frame: fc.constantFrom(...frames),
    changes: fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    length: fc.nat(220),
    missing: fc.oneof(fc.constant(0), fc.nat(100_000)),
  })
  .map(({ frame, changes, length, missing }) => {
    const bytes = Uint8Array.from(frame.bytes);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    const captured = bytes.subarray(0, Math.min(length, bytes.length));
    return { bytes: captured, original: captured.length + missing, linkType: frame.linkType };
  });

const random: fc.Arbitrary<Sample> = fc
  .record({
    bytes: fc.uint8Array({ maxLength: 300 }),
    missing: fc.nat(100_000),
    linkType: fc.oneof(fc.constantFrom(...LINK_TYPES), fc.nat(65535)),
  })
  .map(({ bytes, missing, linkType }) => ({ bytes, original: bytes.length + missing, linkType }));

/** The view holds the frame and not a byte more, so that a read beyond it throws. */
function viewOf(bytes: Uint8Array): DataView {
  return new DataView(Uint8Array.from(bytes).buffer);
}

function decodeInto(packet: Packet, { bytes, original, linkType }: Sample): Packet {
  decodeFrame(viewOf(bytes), 0, bytes.length, original, linkType, STANDARD_PORTS, packet);
  return packet;
}

const kinds: [string, fc.Arbitrary<Sample>][] = [
  ['arbitrary bytes', random],
  ['known frames, changed and cut', mutated],
];

describe.each(kinds)('%s', (_, samples) => {
  test('never throw, and every header lies in the frame, one behind the other', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const packet = decodeInto(new Packet(), sample);
        const starts = [...packet.layerAt.subarray(0, packet.layerCount)];
        for (const [i, at] of starts.entries()) {
          expect(at).toBeGreaterThanOrEqual(i === 0 ? 0 : starts[i - 1] + 1);
          expect(at).toBeLessThan(sample.bytes.length);
        }
        for (const at of [packet.ethernetAt, packet.ipAt, packet.transportAt, packet.tunnelAt]) {
          if (at >= 0) expect(starts).toContain(at);
        }
        if (!isSupportedLinkType(sample.linkType)) expect(Outcome[packet.outcome]).toBe('Unsupported');
        expect(layers(packet)).not.toContain(undefined);
      }),
      { numRuns: 3000 },
    );
  });

  test('nothing is left of the frame before', () => {
    fc.assert(
      fc.property(mutated, samples, (before, sample) => {
        const reused = decodeInto(decodeInto(new Packet(), before), sample);
        expect(meaning(reused)).toEqual(meaning(decodeInto(new Packet(), sample)));
      }),
      { numRuns: 2000 },
    );
  });

  test('as what an ICMP error quotes: never throw, never malformed for being short', () => {
    fc.assert(
      fc.property(samples, ({ bytes }) => {
        const packet = new Packet();
        decodeQuoted(viewOf(bytes), 0, bytes.length, STANDARD_PORTS, packet);
        expect(packet.layerCount).toBeLessThanOrEqual(packet.layerKind.length);
      }),
      { numRuns: 1000 },
    );
  });
});

test('nested beyond what is followed: malformed, not endless', () => {
  const label = [0, 0, 0x10, 64];
  const bytes = Uint8Array.from([...new Array<number>(12).fill(2), 0x88, 0x47, ...new Array(200).fill(label).flat()]);
  const packet = decodeInto(new Packet(), { bytes, original: bytes.length, linkType: ETHERNET });
  expect(Outcome[packet.outcome]).toBe('Malformed');
  expect(packet.layerCount).toBe(packet.layerKind.length);
});
