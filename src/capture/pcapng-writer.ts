/**
 * Writes pcapng, draft-ietf-opsawg-pcapng: one little-endian section, timestamps in the unit they were taken in,
 * where that is a power of ten, else in nanoseconds.
 *
 * `capinfos` and tshark can check what it writes.
 */
import {
  BYTE_ORDER_MAGIC,
  COMMENT,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  INTERFACE_NAME,
  INTERFACE_STATISTICS,
  INTERFACE_TIME_RESOLUTION,
  REMARK,
  SECTION_HEADER,
  STATISTICS_DROPPED_BY_INTERFACE,
  STATISTICS_END_TIME,
  STATISTICS_RECEIVED,
} from './pcapng-block.ts';

/** An interface to be described. */
interface WrittenInterface {
  readonly name: string;
  /** LINKTYPE_ value. */
  readonly linkType: number;
  /** Bytes kept per packet; 0 when there is no limit. */
  readonly snapLength: number;
  /** Nanoseconds per timestamp unit; 1 when absent. How exact the times are is told by nothing else. */
  readonly resolutionNanoseconds?: number;
}

/** What is known of an interface at its end; null where nothing is. */
interface WrittenStatistics {
  /** What the capturing system counted. */
  readonly counters: { readonly received: number; readonly dropped: number } | null;
  /** When it stopped capturing. */
  readonly end: { readonly seconds: number; readonly nanoseconds: number } | null;
  /** What weakens the capture; its readers are warned of it again. */
  readonly remarks?: readonly string[];
}

/** Powers of ten that if_tsresol can name, from a second down to a nanosecond. */
const FINEST = 9;
const WORD = 0x1_0000_0000;

/** Writes one section. Every call of `write` gets bytes of its own, one whole block each, in the order of the file. */
export class PcapngWriter {
  readonly #write: (bytes: Uint8Array) => void;
  /** By interface, how many timestamp units a second has. */
  readonly #unitsPerSecond: number[] = [];
  /** Time of the last frame written, for the statistics. */
  #seconds = 0;
  #nanoseconds = 0;

  /** Writes the section header. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
    const { bytes, view } = block(SECTION_HEADER, 16);
    view.setUint32(8, BYTE_ORDER_MAGIC, true);
    view.setUint16(12, 1, true);
    view.setBigInt64(16, -1n, true);
    write(bytes);
  }

  /** Describes an interface; returns the identifier that `writeFrame` and `writeStatistics` take. */
  addInterface(described: WrittenInterface): number {
    const name = encoded(described.name);
    const nameLength = padded(name.length);
    const { bytes, view } = block(INTERFACE_DESCRIPTION, 8 + 4 + nameLength + 8 + 4);
    view.setUint16(8, described.linkType, true);
    view.setUint32(12, described.snapLength, true);
    view.setUint16(16, INTERFACE_NAME, true);
    view.setUint16(18, name.length, true);
    bytes.set(name, 20);
    const resolution = 20 + nameLength;
    view.setUint16(resolution, INTERFACE_TIME_RESOLUTION, true);
    view.setUint16(resolution + 2, 1, true);
    const exponent = exponentOf(described.resolutionNanoseconds ?? 1);
    view.setUint8(resolution + 4, exponent);
    this.#write(bytes);
    return this.#unitsPerSecond.push(10 ** exponent) - 1;
  }

  /**
   * Writes a frame: `captured` bytes of `bytes` from `offset` on, of `original` on the wire. Its time is
   * `seconds` since 1970 plus `nanoseconds`, both whole numbers, `nanoseconds` below 1e9.
   */
  writeFrame(
    interfaceId: number,
    seconds: number,
    nanoseconds: number,
    bytes: Uint8Array,
    offset: number,
    captured: number,
    original: number,
  ): void {
    const packet = block(ENHANCED_PACKET, 20 + padded(captured));
    packet.view.setUint32(8, interfaceId, true);
    setTime(packet.view, 12, seconds, nanoseconds, this.#unitsPerSecond[interfaceId]);
    packet.view.setUint32(20, captured, true);
    packet.view.setUint32(24, original, true);
    packet.bytes.set(bytes.subarray(offset, offset + captured), 28);
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
    this.#write(packet.bytes);
  }

  /** Writes what is known of an interface as of the last frame. Belongs at the end. */
  writeStatistics(interfaceId: number, { counters, end, remarks = [] }: WrittenStatistics): void {
    const comments = remarks.map((remark) => encoded(REMARK + remark));
    const { bytes, view } = block(
      INTERFACE_STATISTICS,
      12 +
        comments.reduce((sum, { length }) => sum + 4 + padded(length), 0) +
        (end === null ? 0 : 12) +
        (counters === null ? 0 : 24) +
        4,
    );
    const unitsPerSecond = this.#unitsPerSecond[interfaceId];
    view.setUint32(8, interfaceId, true);
    setTime(view, 12, this.#seconds, this.#nanoseconds, unitsPerSecond);
    let at = 20;
    for (const comment of comments) {
      view.setUint16(at, COMMENT, true);
      view.setUint16(at + 2, comment.length, true);
      bytes.set(comment, at + 4);
      at += 4 + padded(comment.length);
    }
    const option = (code: number): number => {
      view.setUint16(at, code, true);
      view.setUint16(at + 2, 8, true);
      at += 12;
      return at - 8;
    };
    if (end !== null) setTime(view, option(STATISTICS_END_TIME), end.seconds, end.nanoseconds, unitsPerSecond);
    if (counters !== null) {
      view.setBigUint64(option(STATISTICS_RECEIVED), BigInt(counters.received), true);
      view.setBigUint64(option(STATISTICS_DROPPED_BY_INTERFACE), BigInt(counters.dropped), true);
    }
    this.#write(bytes);
  }
}

/** A block with a body of `length` bytes, a multiple of 4, its type and both lengths filled in. */
function block(type: number, length: number): { bytes: Uint8Array; view: DataView } {
  const total = 12 + length;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  view.setUint32(total - 4, total, true);
  return { bytes, view };
}

/** A time is 64 bits, upper half first, and does not fit a double. */
function setTime(view: DataView, at: number, seconds: number, nanoseconds: number, unitsPerSecond: number): void {
  const units = Math.floor(nanoseconds / (1e9 / unitsPerSecond));
  const upper = Math.floor(seconds / 0x1_0000) * unitsPerSecond;
  const rest = (upper % 0x1_0000) * 0x1_0000 + (seconds % 0x1_0000) * unitsPerSecond + units;
  view.setUint32(at, Math.floor(upper / 0x1_0000) + Math.floor(rest / WORD), true);
  view.setUint32(at + 4, rest % WORD, true);
}

/** Value of if_tsresol for a unit; nanoseconds for one that is no power of ten between a second and a nanosecond. */
function exponentOf(resolutionNanoseconds: number): number {
  for (let exponent = 0; exponent < FINEST; exponent++) {
    if (10 ** (FINEST - exponent) === resolutionNanoseconds) return exponent;
  }
  return FINEST;
}

/** The text of an option, no longer than one can be. */
function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text).subarray(0, 0xffff);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
