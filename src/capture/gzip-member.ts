/**
 * Steps over what surrounds the deflated data of gzip members, RFC 1952 section 2.3.
 *
 *     | 1f 8b | Method, flags (2) | Time (4) | Hints, system (2) | Extra: length (2), data | Name, 0 | Comment, 0 |
 *     | Header checksum (2) | Deflated data | CRC-32 (4) | Unpacked length modulo 2^32 (4) |
 *
 * Little endian; of the parts from the extra data to the header checksum only those are there that the flags name.
 * Members follow one another, and zero bytes may pad the last. Node's gunzip steps over these parts itself, but
 * delivers nothing of what it unpacked last when it finds one of them wrong.
 *
 * The checksum of a header is not verified: what it protects is not used.
 */
import * as zlib from 'node:zlib';

const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const DEFLATE = 8;
const WORD = 0x1_0000_0000;

enum Flag {
  HeaderChecksum = 0x02,
  Extra = 0x04,
  Name = 0x08,
  Comment = 0x10,
  Reserved = 0xe0,
}

/** In the order in which they come. */
enum Part {
  Fixed,
  ExtraLength,
  Extra,
  Name,
  Comment,
  HeaderChecksum,
  Data,
  Trailer,
  Padding,
}

/** What is wrong with a member, or behind it. */
type GzipFault = 'method' | 'flags' | 'checksum' | 'length' | 'no-member';

// Node has it from 20.15 on; before, the length alone is verified.
const { crc32 } = zlib as { crc32?: (data: Uint8Array, value: number) => number };

export class GzipMembers {
  /** Set when the bytes are not as they must be; what follows is not looked at. */
  fault: GzipFault | null = null;

  #part = Part.Fixed;
  /** Bytes of the part so far, the first of them kept, and how many it has where that is known. */
  #taken = 0;
  #length = FIXED_HEADER_BYTES;
  readonly #kept = new DataView(new ArrayBuffer(FIXED_HEADER_BYTES));
  #flags = 0;
  #members = 0;
  #checksum = 0;
  #unpackedBytes = 0;

  /** True when what follows is deflated data, which is not for `follow`. */
  get isAtData(): boolean {
    return this.#part === Part.Data;
  }

  /** True when the bytes so far end where a member ends. */
  get isAtEnd(): boolean {
    return this.#part === Part.Padding || (this.#part === Part.Fixed && this.#taken === 0 && this.#members > 0);
  }

  /** Follows the next bytes up to deflated data or a fault. Returns how many. */
  follow(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#part !== Part.Data && this.fault === null) this.#take(bytes[at++]);
    return at;
  }

  /** Takes in what some of the member's data unpacked to. */
  addUnpacked(bytes: Uint8Array): void {
    if (crc32 !== undefined) this.#checksum = crc32(bytes, this.#checksum);
    this.#unpackedBytes = (this.#unpackedBytes + bytes.length) % WORD;
  }

  /** To be called where the deflated data have ended. */
  endData(): void {
    this.#expect(Part.Trailer, TRAILER_BYTES);
  }

  #take(byte: number): void {
    if (this.#taken < this.#kept.byteLength) this.#kept.setUint8(this.#taken, byte);
    this.#taken++;
    if (this.#part === Part.Fixed && !this.#isMember(byte)) return;
    if (this.#part === Part.Padding && byte !== 0) this.fault = 'no-member';
    if (this.#part === Part.Name || this.#part === Part.Comment ? byte === 0 : this.#taken === this.#length)
      this.#endPart();
  }

  /** Looks at a byte of the fixed header. False when no header goes on with it. */
  #isMember(byte: number): boolean {
    if (this.#taken === 1 && byte === 0 && this.#members > 0) {
      this.#expect(Part.Padding, Number.POSITIVE_INFINITY);
      return false;
    }
    if (this.#taken <= 2 && byte !== (this.#taken === 1 ? 0x1f : 0x8b)) this.fault = 'no-member';
    else if (this.#taken === 3 && byte !== DEFLATE) this.fault = 'method';
    else if (this.#taken === 4 && (byte & Flag.Reserved) !== 0) this.fault = 'flags';
    return this.fault === null;
  }

  #endPart(): void {
    switch (this.#part) {
      case Part.Fixed:
        this.#flags = this.#kept.getUint8(3);
        return this.#expectAfter(Part.Fixed);
      case Part.ExtraLength: {
        const length = this.#kept.getUint16(0, true);
        return length === 0 ? this.#expectAfter(Part.Extra) : this.#expect(Part.Extra, length);
      }
      case Part.Trailer:
        return this.#endMember();
      default:
        return this.#expectAfter(this.#part);
    }
  }

  /** Expects the next part of the header that its flags name. */
  #expectAfter(part: Part): void {
    if (part < Part.ExtraLength && this.#flags & Flag.Extra) this.#expect(Part.ExtraLength, 2);
    else if (part < Part.Name && this.#flags & Flag.Name) this.#expect(Part.Name, Number.POSITIVE_INFINITY);
    else if (part < Part.Comment && this.#flags & Flag.Comment) this.#expect(Part.Comment, Number.POSITIVE_INFINITY);
    else if (part < Part.HeaderChecksum && this.#flags & Flag.HeaderChecksum) this.#expect(Part.HeaderChecksum, 2);
    else this.#expect(Part.Data, 0);
  }

  #endMember(): void {
    this.#members++;
    if (crc32 !== undefined && this.#kept.getUint32(0, true) !== this.#checksum) this.fault = 'checksum';
    else if (this.#kept.getUint32(4, true) !== this.#unpackedBytes) this.fault = 'length';
    this.#checksum = 0;
    this.#unpackedBytes = 0;
    this.#expect(Part.Fixed, FIXED_HEADER_BYTES);
  }

  #expect(part: Part, length: number): void {
    this.#part = part;
    this.#taken = 0;
    this.#length = length;
  }
}
