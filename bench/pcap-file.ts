/** Writes a pcap file (microseconds, little endian), a mebibyte at a time. */
import { closeSync, openSync, writeSync } from 'node:fs';

const BUFFER_BYTES = 1 << 20;
const SNAP_LENGTH = 262_144;

export class PcapFile {
  private readonly descriptor: number;
  private readonly bytes = new Uint8Array(BUFFER_BYTES);
  private readonly view = new DataView(this.bytes.buffer);
  private used = 24;

  constructor(path: string) {
    this.descriptor = openSync(path, 'w');
    const { view } = this;
    view.setUint32(0, 0xa1b2c3d4, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, SNAP_LENGTH, true);
    view.setUint32(20, 1, true);
  }

  write(microseconds: number, frame: Uint8Array, length: number): void {
    if (this.used + 16 + length > BUFFER_BYTES) this.flush();
    const { view, used } = this;
    view.setUint32(used, Math.floor(microseconds / 1e6), true);
    view.setUint32(used + 4, microseconds % 1e6, true);
    view.setUint32(used + 8, length, true);
    view.setUint32(used + 12, length, true);
    for (let i = 0; i < length; i++) this.bytes[used + 16 + i] = frame[i];
    this.used += 16 + length;
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private flush(): void {
    for (let at = 0; at < this.used; ) at += writeSync(this.descriptor, this.bytes, at, this.used - at);
    this.used = 0;
  }
}
