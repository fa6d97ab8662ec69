/** Batches of frames as text: decodes and prints them packet by packet. */
import type { CaptureInterface, CaptureReader, FrameBatch } from './capture/frames.ts';
import { decodeFrame } from './decode/frame.ts';
import { Packet } from './decode/packet.ts';
import { type PortTable, portTable } from './decode/ports.ts';
import { jsonText } from './report/escape.ts';
import { type LineBuffer, type Word, word } from './report/line-buffer.ts';
import { writePacketJson } from './report/packet-json.ts';
import { writePacketLine } from './report/packet-line.ts';
import { PrintedCapture } from './report/printed-capture.ts';

/** What is printed of a capture, and how; plain data that travels between threads. */
export interface PrintOptions {
  format: 'text' | 'json';
  /** UDP ports that carry VXLAN besides the standard ones. */
  vxlanPorts?: readonly number[];
  /** Only packets whose innermost tunnel has one of these VNIs; all packets when it is left out. */
  vnis?: ReadonlySet<number>;
  /** Packets to print at most; all when it is left out. */
  count?: number;
}

/** What a batch does not say of its frames. */
export type PrintedReader = Pick<CaptureReader, 'format' | 'epochSeconds' | 'interfaces'>;

export class BatchPrinter {
  /** Packets that may still be printed. */
  left: number;
  readonly #isJson: boolean;
  readonly #vnis: ReadonlySet<number> | null;
  readonly #ports: PortTable;
  readonly #packet = new Packet();
  #capture: PrintedCapture | null = null;

  constructor({ format, vxlanPorts, vnis, count }: PrintOptions) {
    this.left = count ?? Number.POSITIVE_INFINITY;
    this.#isJson = format === 'json';
    this.#vnis = vnis ?? null;
    this.#ports = portTable(vxlanPorts);
  }

  /**
   * Appends the packets of a batch from index `from` on, of which the first is frame `frame` of the capture. Stops
   * when `out` has `enough` bytes, or none may be printed any more. Returns the index of the first one left.
   */
  print(
    out: LineBuffer,
    reader: PrintedReader,
    batch: FrameBatch,
    from: number,
    frame: number,
    enough: number,
  ): number {
    const { view, offset, captured, original, time, interfaceIndex, count } = batch;
    const { interfaces } = reader;
    const capture = this.#captureOf(reader);
    const packet = this.#packet;
    const ports = this.#ports;
    const vnis = this.#vnis;
    const writePacket = this.#isJson ? writePacketJson : writePacketLine;
    let i = from;
    for (; i < count && out.length < enough && this.left > 0; i++) {
      const { linkType } = interfaces[interfaceIndex[i]];
      packet.frame = frame + i - from;
      packet.time = time[i];
      packet.channel = interfaceIndex[i];
      decodeFrame(view, offset[i], captured[i], original[i], linkType, ports, packet);
      if (vnis !== null && !vnis.has(packet.vni)) continue;
      writePacket(out, capture, packet, view);
      this.left--;
    }
    return i;
  }

  /** What the lines share, with the interfaces known by now. */
  #captureOf({ format, epochSeconds, interfaces }: PrintedReader): PrintedCapture {
    if (this.#capture?.epochSeconds !== epochSeconds) this.#capture = new PrintedCapture(epochSeconds, this.#ports);
    const { channels, timestamp } = this.#capture;
    for (let i = channels.length; i < interfaces.length; i++) {
      const { resolutionNanoseconds: unit } = interfaces[i];
      timestamp.unit = i === 0 ? unit : Math.min(timestamp.unit, unit);
      channels.push(channelWord(interfaces[i], i, this.#isJson, format === 'pcapng'));
    }
    return this.#capture;
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
  return word(isJson ? jsonText(JSON.stringify(name)) : name.replace(/[\s\p{C}]/gu, '_'));
}
