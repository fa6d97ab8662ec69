/** What is printed of a frame besides its bytes. One object per capture, filled in anew for each frame. */
import type { PortTable } from '../decode/ports.ts';
import type { Word } from './line-buffer.ts';
import { TimestampText } from './timestamp.ts';

export class FrameHeading {
  /** Frame number, from 1. */
  frame = 0;
  /** Nanoseconds since the capture's epoch; NaN where the frame has no time. */
  nanoseconds = Number.NaN;
  /** Bytes of the frame on the wire. */
  original = 0;
  /** Name of the interface, already fit for the format; null where it says nothing. */
  channel: Word | null = null;
  readonly timestamp: TimestampText;
  /** UDP ports that carry tunnels, for packets that ICMP errors quote. */
  readonly ports: PortTable;

  /** `epochSeconds`: Unix seconds that `nanoseconds` counts from. */
  constructor(epochSeconds: number, ports: PortTable) {
    this.timestamp = new TimestampText(epochSeconds);
    this.ports = ports;
  }
}
