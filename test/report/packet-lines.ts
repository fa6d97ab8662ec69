/** Prints frames as the command does. */
import { decodeFrame } from '../../src/decode/frame.ts';
import { Packet } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';
import { LineBuffer } from '../../src/report/line-buffer.ts';
import { writePacketJson } from '../../src/report/packet-json.ts';
import { writePacketLine } from '../../src/report/packet-line.ts';
import { PrintedCapture } from '../../src/report/printed-capture.ts';

export interface Printed {
  text: string;
  json: string;
}

/** Both forms of one frame of `original` bytes on the wire, of which `bytes` were captured. Frame 7, at 2023-10-20 10:34:17. */
export function print(bytes: Uint8Array, linkType: number, original = bytes.length): Printed {
  // A slab has other frames around this one: what is read of them is a mistake that must show.
  const slab = new Uint8Array(bytes.length + 64).fill(0xee);
  slab.set(bytes, 32);
  const view = new DataView(slab.buffer);
  const capture = new PrintedCapture(1697798057, portTable());
  const packet = new Packet();
  packet.frame = 7;
  packet.time = 389643000;
  decodeFrame(view, 32, bytes.length, original, linkType, capture.ports, packet);
  const written = [writePacketLine, writePacketJson].map((write) => {
    const out = new LineBuffer(0);
    write(out, capture, packet, view);
    return Buffer.from(out.written()).toString();
  });
  return { text: written[0]!, json: written[1]! };
}
