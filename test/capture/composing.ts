/** Composes captures byte by byte, apart from the product's own writer, so that the two cannot share a mistake. */

/** Numbers of a file in its byte order. */
export class Composer {
  readonly #parts: Buffer[] = [];
  readonly #littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  u16(...values: number[]): this {
    for (const value of values) {
      const part = Buffer.alloc(2);
      if (this.#littleEndian) part.writeUInt16LE(value);
      else part.writeUInt16BE(value);
      this.#parts.push(part);
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      const part = Buffer.alloc(4);
      if (this.#littleEndian) part.writeUInt32LE(value >>> 0);
      else part.writeUInt32BE(value >>> 0);
      this.#parts.push(part);
    }
    return this;
  }

  u64(value: bigint): this {
    const part = Buffer.alloc(8);
    if (this.#littleEndian) part.writeBigUInt64LE(BigInt.asUintN(64, value));
    else part.writeBigUInt64BE(BigInt.asUintN(64, value));
    this.#parts.push(part);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  /** Bytes padded with zeros to a multiple of 4. */
  padded(bytes: Uint8Array): this {
    return this.raw(bytes).raw(Buffer.alloc((4 - (bytes.length % 4)) % 4));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

interface ComposedFrame {
  readonly seconds: number;
  /** In the unit of the file. */
  readonly units: number;
  readonly bytes: Uint8Array;
  readonly original?: number;
}

interface PcapOptions {
  readonly littleEndian?: boolean;
  readonly magic?: number;
  readonly snapLength?: number;
  readonly linkType?: number;
}

export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;
export const MODIFIED = 0xa1b2cd34;

export function composePcap(frames: readonly ComposedFrame[], options: PcapOptions = {}): Buffer {
  const { littleEndian = true, magic = MICROSECONDS, snapLength = 262_144, linkType = 1 } = options;
  const file = new Composer(littleEndian).u32(magic).u16(2, 4).u32(0, 0, snapLength, linkType);
  for (const { seconds, units, bytes, original } of frames) {
    file.u32(seconds, units, bytes.length, original ?? bytes.length);
    if (magic === MODIFIED) file.u32(7, 0x0800_0000);
    file.raw(bytes);
  }
  return file.bytes();
}

/** Blocks of one pcapng section, in its byte order. */
export class Blocks {
  readonly #littleEndian: boolean;

  constructor(littleEndian = true) {
    this.#littleEndian = littleEndian;
  }

  compose(): Composer {
    return new Composer(this.#littleEndian);
  }

  block(type: number, body: Composer): Buffer {
    const bytes = body.bytes();
    const total = 12 + bytes.length;
    return this.compose().u32(type, total).raw(bytes).u32(total).bytes();
  }

  option(code: number, value: Uint8Array): Buffer {
    return this.compose().u16(code, value.length).padded(value).bytes();
  }

  counter(code: number, value: bigint): Buffer {
    return this.option(code, this.compose().u64(value).bytes());
  }

  section(major = 1): Buffer {
    return this.block(0x0a0d0d0a, this.compose().u32(0x1a2b3c4d).u16(major, 0).u64(-1n));
  }

  interface(linkType = 1, snapLength = 0, ...options: Uint8Array[]): Buffer {
    const body = this.compose().u16(linkType, 0).u32(snapLength);
    for (const option of options) body.raw(option);
    return this.block(1, body);
  }

  enhanced(id: number, units: bigint, bytes: Uint8Array, original = bytes.length, ...options: Uint8Array[]): Buffer {
    const body = this.compose().u32(id, Number(BigInt.asUintN(64, units) >> 32n), Number(units & 0xffff_ffffn));
    body.u32(bytes.length, original).padded(bytes);
    for (const option of options) body.raw(option);
    return this.block(6, body);
  }

  simple(bytes: Uint8Array, original = bytes.length): Buffer {
    return this.block(3, this.compose().u32(original).padded(bytes));
  }

  obsolete(id: number, units: bigint, bytes: Uint8Array, original = bytes.length): Buffer {
    const body = this.compose()
      .u16(id, 0)
      .u32(Number(units >> 32n), Number(units & 0xffff_ffffn));
    return this.block(2, body.u32(bytes.length, original).padded(bytes));
  }

  statistics(id: number, ...options: Uint8Array[]): Buffer {
    const body = this.compose().u32(id, 0, 0);
    for (const option of options) body.raw(option);
    return this.block(5, body);
  }
}

/** Bytes that differ from frame to frame. */
export function content(length: number, seed = 1): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7 + seed * 31) & 0xff));
}
