/**
 * Some frames in a row, decoded as far as needed: ordinary ones at a glance, the others in full, and an
 * ordinary one in full too as soon as someone asks for more than the glance tells.
 */
import { LINKTYPE_ETHERNET } from '../wire/link-type.ts';
import { decodeFrame, isSupportedLinkType } from './frame.ts';
import { Glance, glance } from './glance.ts';
import { Packet } from './packet.ts';
import type { PortTable } from './ports.ts';

/** Frames of a window at most: enough to fetch their flows together, few enough to stay in the nearest cache. */
export const WINDOW = 32;

/** Frames in parallel arrays; what each means is said at `FrameBatch`. */
export interface Frames {
  readonly view: DataView;
  readonly offset: Int32Array;
  readonly captured: Int32Array;
  readonly original: Int32Array;
  readonly time: Float64Array;
  readonly interfaceIndex: Int32Array;
}

export class Window {
  count = 0;
  /** What the frames lie in. */
  view: DataView = new DataView(new ArrayBuffer(0));
  readonly packets: Packet[] = Array.from({ length: WINDOW }, () => new Packet());
  /** Where `packets[i].isGlance`, what is known of the packet. */
  readonly glances: readonly Glance[] = Array.from({ length: WINDOW }, () => new Glance());
  /** Frames read so far whose link type is not decoded, by link type. */
  readonly unsupported = new Map<number, number>();
  private readonly ports: PortTable;

  constructor(ports: PortTable) {
    this.ports = ports;
  }

  /** Reads `count` of `frames` from position `from` on; the first is frame number `number` of its capture. */
  read(frames: Frames, interfaces: readonly { linkType: number }[], from: number, count: number, number: number): void {
    const { view, offset, captured, original, time, interfaceIndex } = frames;
    const { packets, glances, ports } = this;
    this.view = view;
    this.count = count;
    for (let k = 0; k < count; k++) {
      const i = from + k;
      const packet = packets[k];
      const start = offset[i];
      const end = start + captured[i];
      const channel = interfaceIndex[i];
      const { linkType } = interfaces[channel];
      packet.frame = number + k;
      packet.channel = channel;
      packet.time = time[i];
      packet.original = original[i];
      packet.start = start;
      packet.end = end;
      packet.isGlance = linkType === LINKTYPE_ETHERNET && glance(view, start, end, ports, glances[k]);
      if (packet.isGlance) continue;
      if (!isSupportedLinkType(linkType)) this.unsupported.set(linkType, (this.unsupported.get(linkType) ?? 0) + 1);
      decodeFrame(view, start, captured[i], original[i], linkType, ports, packet);
    }
  }

  /** Makes a window of one packet that was decoded in full. */
  hold(packet: Packet, view: DataView): void {
    this.packets[0] = packet;
    this.view = view;
    this.count = 1;
  }

  /** The packet at position `k`, decoded in full. */
  inFull(k: number): Packet {
    const packet = this.packets[k];
    if (packet.isGlance) {
      packet.isGlance = false;
      decodeFrame(
        this.view,
        packet.start,
        packet.end - packet.start,
        packet.original,
        LINKTYPE_ETHERNET,
        this.ports,
        packet,
      );
    }
    return packet;
  }
}
