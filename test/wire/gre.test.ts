import { describe, expect, test } from 'vitest';
import { ERSPAN_TYPE_II, ERSPAN_TYPE_III, erspanHeaderLength, gre, greHeaderLength } from '../../src/wire/gre.ts';
import { frameView } from './frames.ts';

test.each([
  [0x0000, 4],
  [0x8000, 8],
  [0x4000, 8],
  [0xc000, 8],
  [0x2000, 8],
  [0x1000, 8],
  [0xa000, 12],
  [0x3000, 12],
  [0xb000, 16],
  [0xb001, 16],
  [0x0fff, 4],
])('flags %d make a GRE header of %d bytes', (flags, length) => {
  expect(greHeaderLength(flags)).toBe(length);
});

describe('ERSPAN', () => {
  const subheader = new DataView(Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1).buffer);
  const plain = new DataView(Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe).buffer);

  test.each([
    ['type I has none', 0x0000, ERSPAN_TYPE_II, plain, 12, 0],
    ['type II', 0x1000, ERSPAN_TYPE_II, plain, 12, 8],
    ['type III', 0x1000, ERSPAN_TYPE_III, plain, 12, 12],
    ['type III with a subheader', 0x1000, ERSPAN_TYPE_III, subheader, 12, 20],
    ['type III that is cut is not read', 0x1000, ERSPAN_TYPE_III, subheader, 11, 12],
    ['type III of which nothing is there', 0x1000, ERSPAN_TYPE_III, new DataView(new ArrayBuffer(0)), 0, 12],
  ])('%s', (_, flags, protocolType, view, end, length) => {
    expect(erspanHeaderLength(view, flags, protocolType, 0, end)).toBe(length);
  });

  test('in a frame: the mirrored frame is behind both headers', () => {
    const view = frameView('erspan');
    const flags = gre.flagsVersion(view, 34);
    const inner = 34 + greHeaderLength(flags);
    const frame = inner + erspanHeaderLength(view, flags, gre.protocolType(view, 34), inner, view.byteLength);
    expect(view.byteLength - frame).toBe(frameView('arp-request').byteLength);
    expect(view.getInt32(frame)).toBe(-1);
  });
});
