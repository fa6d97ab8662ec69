/** A capture as text: reads, decodes and prints it packet by packet, slab by slab. */
import type { CaptureInterface, CaptureReader } from './capture/frames.ts';
import { decodeFrame } from './decode/frame.ts';
import { Packet } from './decode/packet.ts';
import { portTable } from './decode/ports.ts';
import { LineBuffer, type Word, word } from './report/line-buffer.ts';
import { writePacketJson } from './report/packet-json.ts';
import { writePacketLine } from './report/packet-line.ts';
import { PrintedCapture } from './report/printed-capture.ts';

/** Text is handed out when this much is there, and at the end of every batch. */
const CHUNK_BYTES = 1 << 18;

export interface PrintOptions {
  format: 'text' | 'json';
  /** UDP ports that carry VXLAN besides the standard ones. */
  vxlanPorts?: Iterable<number>;
  /** Only packets whose innermost tunnel has one of these VNIs; all packets when it is left out. */
  vnis?: ReadonlySet<number>;
  /** Packets to print at most; all when it is left out. */
  count?: number;
}

/**
 * Yields the capture as UTF-8, one line a packet, in the formats of `writePacketLine` and `writePacketJson`. A
 * chunk is valid until the next one is asked for. Chunks of a capture in progress come with its packets.
 */
export async function* printCapture(reader: CaptureReader, options: PrintOptions): AsyncGenerator<Uint8Array> {
  const { vnis, count: most = Number.POSITIVE_INFINITY } = options;
  const isJson = options.format === 'json';
  const writePacket = isJson ? writePacketJson : writePacketLine;
  const packet = new Packet();
  const out = new LineBuffer(CHUNK_BYTES);
  const ports = portTable(options.vxlanPorts);
  let capture: PrintedCapture | null = null;
  let frame = 0;
  let printed = 0;
  if (most <= 0) return reader.close();
  for await (const { view, offset, captured, original, time, interfaceIndex, count } of reader) {
    capture ??= new PrintedCapture(reader.epochSeconds, ports);
    const { interfaces } = reader;
    for (let i = capture.channels.length; i < interfaces.length; i++) {
      capture.channels.push(channelWord(interfaces[i], i, isJson, reader.format === 'pcapng'));
    }
    for (let i = 0; i < count; i++) {
      const { linkType } = interfaces[interfaceIndex[i]];
      packet.frame = ++frame;
      packet.time = time[i];
      packet.channel = interfaceIndex[i];
      decodeFrame(view, offset[i], captured[i], original[i], linkType, ports, packet);
      if (vnis !== undefined && !vnis.has(packet.vni)) continue;
      writePacket(out, capture, packet, view);
      const isLast = ++printed >= most;
      if (out.length < CHUNK_BYTES && !isLast) continue;
      yield out.written();
      out.clear();
      if (isLast) return;
    }
    if (out.length > 0) yield out.written();
    out.clear();
  }
}

/** The interface as it stands in a line: its name, or its number where a capture with several does not name it. */
function channelWord(
  { name }: CaptureInterface,
  index: number,
  isJson: boolean,
  isNumbered: boolean,
): Word | undefined {
  if (name === null) return isNumbered ? word(String(index)) : undefined;
  return word(isJson ? JSON.stringify(name) : name.replace(/[\s\p{C}]/gu, '_'));
}
