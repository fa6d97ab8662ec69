/** Traffic of some tens of megabytes as capture files of several kinds: enough for a second thread to be worth while. */
import { Traffic } from '../../bench/traffic.ts';
import { Blocks, composePcap } from '../capture/composing.ts';

interface TimedFrame {
  microseconds: number;
  bytes: Uint8Array;
}

export class LargeTraffic {
  private readonly frames: TimedFrame[] = [];

  /** As many packets as make a pcap file of a little more than `size` bytes. */
  constructor(size: number) {
    let total = 0;
    const traffic = new Traffic((microseconds, bytes, length) => {
      this.frames.push({ microseconds, bytes: bytes.slice(0, length) });
      total += length + 16;
    }, 300);
    while (total < size) traffic.mix(1000);
  }

  get packets(): number {
    return this.frames.length;
  }

  pcap(): Buffer {
    return composePcap(
      this.frames.map(({ microseconds, bytes }) => ({
        seconds: Math.floor(microseconds / 1e6),
        units: microseconds % 1e6,
        bytes,
      })),
    );
  }

  /** In the middle of it a record claims more than any capture program takes. */
  damagedPcap(): Buffer {
    const bytes = this.pcap();
    return bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 4096);
  }

  /** Interfaces that appear on the way, each behind a block longer than what is read at a time. */
  pcapng(): Buffer {
    const { frames } = this;
    const blocks = new Blocks(true);
    const parts = [blocks.section(), blocks.interface()];
    const third = Math.floor(frames.length / 3);
    let interfaces = 1;
    for (const [i, { microseconds, bytes }] of frames.entries()) {
      if (i > 0 && i % third === 0) {
        parts.push(blocks.interface());
        interfaces++;
        parts.push(blocks.block(0x0bad, blocks.compose().raw(Buffer.alloc(3 << 20))));
      }
      parts.push(blocks.enhanced(i % interfaces, BigInt(microseconds), bytes));
    }
    return Buffer.concat(parts);
  }
}
