/** Printing a packet makes no garbage: millions are printed, and a collector that runs all the time would cost more than the rest. */
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/decode/frame.ts';
import { Packet } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';
import { LineBuffer } from '../../src/report/line-buffer.ts';
import { writePacketJson } from '../../src/report/packet-json.ts';
import { writePacketLine } from '../../src/report/packet-line.ts';
import { PrintedCapture } from '../../src/report/printed-capture.ts';
import { FRAMES, type FrameName, frameView } from '../wire/frames.ts';

const PACKETS = 20_000;
/** Bytes per packet that count as none; the smallest object has more. */
const NONE = 4;

test.each([
  ['text', writePacketLine],
  ['JSON', writePacketJson],
])('%s', (_, write) => {
  const frames = (Object.keys(FRAMES) as FrameName[]).map((name) => ({ ...FRAMES[name], view: frameView(name) }));
  const capture = new PrintedCapture(1697798057, portTable());
  const packet = new Packet();
  const out = new LineBuffer(1 << 17);
  const growth = (): number => {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < PACKETS; i++) {
      const { view, linkType } = frames[i % frames.length];
      packet.frame = i;
      packet.time = i * 1000;
      decodeFrame(view, 0, view.byteLength, view.byteLength, linkType, capture.ports, packet);
      write(out, capture, packet, view);
      out.clear();
    }
    return (process.memoryUsage().heapUsed - before) / PACKETS;
  };
  for (let warmUp = 0; warmUp < 10; warmUp++) growth();
  // A collection may hit one measurement or another; the median tells.
  const measured = Array.from({ length: 9 }, growth).sort((a, b) => a - b);
  expect(measured[4]).toBeLessThan(NONE);
});
