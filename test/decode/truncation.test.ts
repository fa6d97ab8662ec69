/** Frames cut at every length: by the snap length, and by lengths that lie. */
import { describe, expect, test } from 'vitest';
import { decodeFrame } from '../../src/decode/frame.ts';
import { Kind, Outcome, Packet } from '../../src/decode/packet.ts';
import { FRAMES } from '../wire/frames.ts';
import { decode, layers, meaning, STANDARD_PORTS } from './decoding.ts';

const frames = Object.entries(FRAMES).map(([name, { linkType, hex }]) => ({
  name,
  linkType,
  bytes: Uint8Array.from(Buffer.from(hex, 'hex')),
}));

describe.each(frames)('$name', ({ linkType, bytes }) => {
  const whole = decode(bytes, { linkType });
  const lengths = Array.from({ length: bytes.length }, (_, length) => length);

  test('whole: complete', () => {
    expect(Outcome[whole.outcome]).toBe('Complete');
    expect(whole.layerCount).toBeGreaterThan(0);
  });

  test('cut by the snap length: truncated, never malformed, and the layers before the cut are there', () => {
    for (const length of lengths) {
      const packet = decode(bytes.subarray(0, length), { linkType, original: bytes.length });
      expect(Outcome[packet.outcome], `${length} bytes`).toBe('Truncated');
      expect(layers(whole).slice(0, packet.layerCount), `${length} bytes`).toEqual(layers(packet));
      expect(packet.needed, `${length} bytes`).toBeGreaterThan(packet.available);
      expect(packet.problemAt + packet.available, `${length} bytes`).toBeLessThanOrEqual(length);
      if (packet.kind !== Kind.Other) expect(Kind[packet.kind], `${length} bytes`).toBe(Kind[whole.kind]);
    }
  });

  test('cut without saying so: malformed', () => {
    for (const length of lengths) {
      const packet = decode(bytes.subarray(0, length), { linkType });
      // A fragment holds no more of its packet than this; what it lacks is nobody's fault.
      const excused = packet.firstFragment || packet.outerFragment;
      expect(Outcome[packet.outcome], `${length} bytes`).toBe(excused ? 'Truncated' : 'Malformed');
      expect(layers(whole).slice(0, packet.layerCount), `${length} bytes`).toEqual(layers(packet));
      expect(packet.whole, `${length} bytes`).toBe(false);
    }
  });

  test('with other bytes around it in the slab: the same, moved', () => {
    const before = 37;
    const slab = new Uint8Array(before + bytes.length + 200).fill(0xff);
    slab.set(bytes, before);
    const packet = new Packet();
    const { length } = bytes;
    decodeFrame(new DataView(slab.buffer), before, length, length, linkType, STANDARD_PORTS, packet);
    const positions = new Set(['start', 'end', 'payloadEnd', 'tunnelDatagramEnd']);
    const moved = Object.entries(meaning(packet)).map(([field, value]) => {
      if (field === 'layerAt') return [field, (value as number[]).map((at) => at - before)];
      const isPosition = positions.has(field) || (field.endsWith('At') && (value as number) >= 0);
      return [field, isPosition ? (value as number) - before : value];
    });
    expect(Object.fromEntries(moved)).toEqual(meaning(whole));
  });

  test('with bytes behind it, as Ethernet pads: the same layers', () => {
    const padded = Uint8Array.from([...bytes, ...new Uint8Array(10)]);
    const packet = decode(padded, { linkType });
    expect(layers(packet)).toEqual(layers(whole));
    expect(Kind[packet.kind]).toBe(Kind[whole.kind]);
    expect(Outcome[packet.outcome]).toBe('Complete');
    expect(packet.payloadEnd).toBe(whole.payloadEnd);
  });
});
