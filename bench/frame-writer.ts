/** Writes a frame field by field, header after header, into one reused buffer. */
export class FrameWriter {
  readonly bytes = new Uint8Array(2048);
  /** Length of the frame so far. */
  length = 0;
  private readonly view = new DataView(this.bytes.buffer);

  start(): this {
    this.length = 0;
    return this;
  }

  u8(value: number): this {
    this.bytes[this.length++] = value;
    return this;
  }

  u16(value: number): this {
    this.view.setUint16(this.length, value);
    this.length += 2;
    return this;
  }

  u32(value: number): this {
    this.view.setInt32(this.length, value);
    this.length += 4;
    return this;
  }

  zeros(count: number): this {
    this.bytes.fill(0, this.length, this.length + count);
    this.length += count;
    return this;
  }

  copy(from: Uint8Array, start: number, count: number): this {
    this.bytes.set(from.subarray(start, start + count), this.length);
    this.length += count;
    return this;
  }

  /** The MAC 02:42 and four more bytes, as container networks give them. */
  mac(address: number): this {
    return this.u16(0x0242).u32(address);
  }

  ethernet(destination: number, source: number, etherType: number, vlan = 0): this {
    this.mac(destination).mac(source);
    if (vlan !== 0) this.u16(0x8100).u16(vlan);
    return this.u16(etherType);
  }

  broadcast(source: number, etherType: number, vlan = 0): this {
    this.u16(0xffff).u32(-1).mac(source);
    if (vlan !== 0) this.u16(0x8100).u16(vlan);
    return this.u16(etherType);
  }

  ipv4(source: number, destination: number, protocol: number, payloadLength: number, identification: number): this {
    const at = this.length;
    this.u16(0x4500)
      .u16(20 + payloadLength)
      .u16(identification & 0xffff);
    this.u16(protocol === 17 ? 0 : 0x4000)
      .u8(64)
      .u8(protocol)
      .u16(0)
      .u32(source)
      .u32(destination);
    return this.checksum(at, at + 10);
  }

  udp(sourcePort: number, destinationPort: number, payloadLength: number): this {
    return this.u16(sourcePort)
      .u16(destinationPort)
      .u16(8 + payloadLength)
      .u16(0);
  }

  /** A TCP header with a timestamp option, 32 bytes. */
  tcp(sourcePort: number, destinationPort: number, sequence: number, acknowledgment: number, flags: number): this {
    this.u16(sourcePort)
      .u16(destinationPort)
      .u32(sequence)
      .u32(acknowledgment)
      .u16(0x8000 | flags)
      .u16(501)
      .u32(0);
    return this.u32(0x0101080a).u32(sequence).u32(acknowledgment);
  }

  arp(operation: number, sender: number, target: number): this {
    this.u32(0x00010800).u16(0x0604).u16(operation).mac(sender).u32(sender);
    if (operation === 2) this.mac(target);
    else this.zeros(6);
    return this.u32(target);
  }

  /** Puts the Internet checksum (RFC 1071) of all from byte `start` on into the two bytes at `at`. */
  checksum(start: number, at: number): this {
    let sum = 0;
    for (let i = start; i + 1 < this.length; i += 2) sum += this.view.getUint16(i);
    if ((this.length - start) % 2 === 1) sum += this.bytes[this.length - 1] << 8;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    this.view.setUint16(at, ~sum & 0xffff);
    return this;
  }
}
