/**
 * Steps over the frames and blocks of a zstd stream without unpacking them, RFC 8878 section 3.1.
 *
 *     | Magic number (4) | Frame header (2 to 14) | Blocks, each behind 3 bytes | Checksum (0 or 4) |
 *     | Magic number (4) | Length (4) | Data |                                     a skippable frame
 *
 * Little endian. Decompressors do not say whether a stream ended within a frame, nor how much memory a frame
 * is going to need, nor how much comes out of what they are given: 4 bytes can stand for 128 KiB. All three can be
 * told from these few bytes.
 */

const FRAME_MAGIC = 0xfd2fb528;
/** The lowest 4 bits of a skippable frame's magic number are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const RESERVED_BLOCK = 3;
/** No block is larger, packed or unpacked. */
const MAX_BLOCK_BYTES = 128 * 1024;
const BLOCK_HEADER_BYTES = 3;
const MAX_HEADER_BYTES = 18;

/** What the next header is. The checksum is gathered as headers are. */
enum Part {
  Frame,
  Block,
  Checksum,
}

export class ZstdFrames {
  /** Bytes of history that the most demanding frame so far refers to. */
  windowBytes = 0;
  /** Set when the bytes are no frames; what follows is not looked at. */
  damaged = false;

  /** The header being gathered, how much of it is there, and how much is needed before the next look at it. */
  readonly #header = new DataView(new ArrayBuffer(MAX_HEADER_BYTES));
  #gathered = 0;
  #needed = 4;
  /** Bytes of content to step over before the next header. */
  #skip = 0;
  #next = Part.Frame;
  #hasChecksum = false;
  /** What the block in hand may unpack to. */
  #blockBytes = 0;

  /** True when the bytes so far end where a frame ends. */
  get atFrameEnd(): boolean {
    return this.#next === Part.Frame && this.#gathered === 0 && this.#skip === 0;
  }

  /**
   * Follows the next bytes of the stream to the end of a frame, to its checksum, or until with the next block more
   * than `limit` bytes, which is two blocks or more, may be unpacked. Returns how many bytes it followed, at least one.
   */
  follow(bytes: Uint8Array, limit: number): number {
    let unpacked = this.#skip > 0 ? this.#blockBytes : 0;
    let at = 0;
    while (at < bytes.length && !this.damaged) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
      } else {
        this.#header.setUint8(this.#gathered++, bytes[at++]);
        if (this.#gathered < this.#needed) continue;
        unpacked += this.#readHeader();
        if (unpacked > limit) break;
      }
      if (this.#next !== Part.Block && this.#gathered === 0 && this.#skip === 0) break;
    }
    return at;
  }

  /** Reads the header that was gathered. Returns how many bytes the block behind it may unpack to. */
  #readHeader(): number {
    this.#blockBytes = 0;
    if (this.#next === Part.Frame) this.#readFrameHeader();
    else if (this.#next === Part.Block) this.#readBlockHeader();
    else this.#expect(Part.Frame);
    return this.#blockBytes;
  }

  #readFrameHeader(): void {
    const magic = this.#header.getUint32(0, true);
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      if (!this.#has(8)) return;
      this.#skip = this.#header.getUint32(4, true);
      this.#expect(Part.Frame);
      return;
    }
    if (magic !== FRAME_MAGIC) {
      this.damaged = true;
      return;
    }
    if (!this.#has(5)) return;
    const descriptor = this.#header.getUint8(4);
    const singleSegment = (descriptor & 0x20) !== 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
    const contentBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6];
    const contentAt = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
    if (!this.#has(contentAt + contentBytes)) return;
    const window = singleSegment
      ? this.#contentSize(contentAt, contentBytes)
      : this.#windowSize(this.#header.getUint8(5));
    this.windowBytes = Math.max(this.windowBytes, window);
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#expect(Part.Block);
  }

  #readBlockHeader(): void {
    const header = this.#header.getUint16(0, true) | (this.#header.getUint8(2) << 16);
    const last = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    this.damaged = type === RESERVED_BLOCK || size > MAX_BLOCK_BYTES;
    this.#skip = type === RLE_BLOCK ? 1 : size;
    this.#blockBytes = type === COMPRESSED_BLOCK ? MAX_BLOCK_BYTES : size;
    if (!last) this.#expect(Part.Block);
    else this.#expect(this.#hasChecksum ? Part.Checksum : Part.Frame);
  }

  #contentSize(at: number, bytes: number): number {
    let size = bytes === 2 ? 256 : 0;
    for (let i = 0; i < bytes; i++) size += this.#header.getUint8(at + i) * 256 ** i;
    return size;
  }

  #windowSize(descriptor: number): number {
    const base = 2 ** (10 + (descriptor >> 3));
    return base + (base / 8) * (descriptor & 7);
  }

  /** True when that many bytes of the header are there; else they are gathered first. */
  #has(bytes: number): boolean {
    this.#needed = bytes;
    return this.#gathered >= bytes;
  }

  #expect(next: Part): void {
    this.#gathered = 0;
    this.#needed = next === Part.Block ? BLOCK_HEADER_BYTES : 4;
    this.#next = next;
  }
}
