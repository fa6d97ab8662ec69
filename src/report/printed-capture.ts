/** What the lines of all packets of one capture share. */
import type { PortTable } from '../decode/ports.ts';
import type { Word } from './line-buffer.ts';
import { TimestampText } from './timestamp.ts';

export class PrintedCapture {
  /** Unix seconds that `Packet.time` counts from. */
  readonly epochSeconds: number;
  readonly timestamp: TimestampText;
  /** UDP ports that carry tunnels, for packets that ICMP errors quote. */
  readonly ports: PortTable;
  /** Names of the interfaces by `Packet.channel`, ready for the format; nothing where the capture names none. */
  readonly channels: (Word | undefined)[] = [];

  constructor(epochSeconds: number, ports: PortTable) {
    this.epochSeconds = epochSeconds;
    this.timestamp = new TimestampText(epochSeconds);
    this.ports = ports;
  }
}
