/**
 * pcapng, draft-ietf-opsawg-pcapng. Sections of blocks, each block
 *
 *     |                          Block Type                           |
 *     |                      Block Total Length                       |
 *     |                  Block Body, padded to 4 bytes                |
 *     |                      Block Total Length                       |
 *
 * A section header starts a section, sets its byte order and forgets the interfaces before it; interface
 * descriptions number the interfaces of their section from 0. Frames come in enhanced, simple and (obsolete)
 * packet blocks, drop counters in interface statistics. Blocks of any other type are stepped over.
 *
 * Rejected: a total length that is below the block's fixed part, above 16 MiB or different at the two ends of
 * the block; a frame longer than its block; a frame of an interface that was not described; a section of
 * another major version. Options are read as far as their lengths make sense, and long texts among them are cut.
 *
 * capinfos and `tshark -T fields -e frame.time_epoch -e frame.interface_id -e frame.cap_len` can check it.
 */
import { BATCH_FRAMES, type CaptureInterface, type FrameBatch } from './frames.ts';
import {
  BlockOptions,
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  INTERFACE_NAME,
  INTERFACE_STATISTICS,
  INTERFACE_TIME_OFFSET,
  INTERFACE_TIME_RESOLUTION,
  OBSOLETE_PACKET,
  SECTION_HEADER,
  SIMPLE_PACKET,
  STATISTICS_DROPPED_BY_INTERFACE,
  STATISTICS_DROPPED_BY_SYSTEM,
  STATISTICS_END_TIME,
  STATISTICS_RECEIVED,
} from './pcapng-block.ts';
import { InterfaceClock } from './pcapng-clock.ts';
import { type Damage, MAX_ORIGINAL_BYTES, MAX_RECORD_BYTES, MAX_SECONDS, type RecordParser } from './record-parser.ts';

/** Bytes of the smallest section header, all that is needed to tell whether it can be read. */
export const SECTION_HEADER_BYTES = 28;

const BLOCK_OVERHEAD_BYTES = 12;
/** From the start of an enhanced or obsolete packet block to its frame. */
const PACKET_HEADER_BYTES = 28;
const SIMPLE_PACKET_HEADER_BYTES = 12;
/** More interfaces than any capture has; a file that declares more is damaged, and would only fill memory. */
const MAX_INTERFACES = 65_536;
/** Different remarks that are kept; a capture of ours has a few. */
const MAX_REMARKS = 100;
/** Bytes that are kept of an interface's name, of its filter and of a remark. Linux has names of 15 bytes. */
const MAX_NAME_BYTES = 256;
const MAX_FILTER_BYTES = 1024;
const MAX_REMARK_BYTES = 1024;
/** Characters of names and filters that are kept of all interfaces: of the longest, thousands; of usual ones, all. */
const MAX_TEXT = 4 * 1024 * 1024;
const DEFAULT_RESOLUTION = 6;

/** Byte order and version of the section header at byte `at`, or null when there is none. 16 bytes are needed. */
export function sectionStart(
  view: DataView,
  at: number,
): { littleEndian: boolean; major: number; minor: number } | null {
  if (view.getUint32(at) !== SECTION_HEADER) return null;
  const littleEndian = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
  if (!littleEndian && view.getUint32(at + 8) !== BYTE_ORDER_MAGIC) return null;
  return { littleEndian, major: view.getUint16(at + 12, littleEndian), minor: view.getUint16(at + 14, littleEndian) };
}

/** Takes the blocks of a pcapng file out of a slab. */
export class PcapngParser implements RecordParser {
  readonly format = 'pcapng';
  readonly interfaces: CaptureInterface[] = [];
  epochSeconds: number | null = null;
  untimedFrames = 0;
  damage: Damage | null = null;
  readonly remarks: string[] = [];
  neededBytes = BLOCK_OVERHEAD_BYTES;

  /** One clock per entry of `interfaces`. */
  readonly #clocks: InterfaceClock[] = [];
  /** Index of the first interface of the section being read. */
  #sectionBase = 0;
  /** Characters of names and filters so far. */
  #text = 0;
  #littleEndian = true;

  fill(batch: FrameBatch, start: number, end: number): number {
    const { view, offset, captured, original, time, interfaceIndex } = batch;
    let littleEndian = this.#littleEndian;
    let needed = BLOCK_OVERHEAD_BYTES;
    let count = batch.count;
    let untimed = 0;
    let at = start;

    // The clock of the frame before, kept in locals: frames of one interface come in rows.
    let current = -1;
    let nanosecondsPerUnit = 0;
    let baseHigh = 0;
    let baseLow = 0;
    let earliest = 0;
    let latest = 0;

    while (count < BATCH_FRAMES && at + BLOCK_OVERHEAD_BYTES <= end) {
      const type = view.getInt32(at, littleEndian);
      if (type === SECTION_HEADER) {
        needed = SECTION_HEADER_BYTES;
        if (at + SECTION_HEADER_BYTES > end) break;
        if (!this.#startSection(view, at)) break;
        littleEndian = this.#littleEndian;
        current = -1;
      }
      // Lengths are read as signed numbers, which V8 keeps in a register; the negative ones are above 2 GiB.
      const length = view.getInt32(at + 4, littleEndian);
      if (length < BLOCK_OVERHEAD_BYTES || length > MAX_RECORD_BYTES) {
        this.damage = { message: `the block claims a length of ${length >>> 0} bytes`, at };
        break;
      }
      // Some writers leave the padding out of the length; the next block is aligned all the same.
      const padded = (length + 3) & ~3;
      const next = at + padded;
      if (next > end) {
        needed = padded;
        break;
      }
      const trailer = view.getInt32(next - 4, littleEndian);
      if (trailer !== length && trailer !== padded) {
        this.damage = {
          message: `the block claims a length of ${length} bytes at its start, ${trailer >>> 0} at its end`,
          at,
        };
        break;
      }

      if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET) {
        if (padded < PACKET_HEADER_BYTES + 4) {
          this.damage = { message: `a packet block cannot be ${length} bytes long`, at };
          break;
        }
        const id =
          type === ENHANCED_PACKET ? view.getUint32(at + 8, littleEndian) : view.getUint16(at + 8, littleEndian);
        const index = this.#sectionBase + id;
        if (index >= this.interfaces.length) {
          this.damage = { message: `the packet is of interface ${id}, which its section does not describe`, at };
          break;
        }
        const frameLength = view.getInt32(at + 20, littleEndian);
        if (frameLength < 0 || frameLength > padded - PACKET_HEADER_BYTES - 4) {
          this.damage = {
            message: `the packet claims ${frameLength >>> 0} captured bytes in a block of ${length}`,
            at,
          };
          break;
        }
        const high = view.getUint32(at + 12, littleEndian);
        const low = view.getUint32(at + 16, littleEndian);
        if (index !== current) {
          const clock = this.#clocks[index];
          if (this.epochSeconds === null) this.#settle(clock.seconds(high, low));
          nanosecondsPerUnit = clock.nanosecondsPerUnit;
          baseHigh = clock.baseHigh;
          baseLow = clock.baseLow;
          if (this.epochSeconds !== null) {
            current = index;
            earliest = -this.epochSeconds * 1e9;
            latest = (MAX_SECONDS - this.epochSeconds) * 1e9;
          }
        }
        const since =
          nanosecondsPerUnit !== 0
            ? ((high - baseHigh) * 0x1_0000_0000 + (low - baseLow)) * nanosecondsPerUnit
            : this.#clocks[index].nanoseconds(high, low);
        if (current === index && since >= earliest && since < latest) {
          time[count] = since;
        } else {
          time[count] = Number.NaN;
          untimed++;
        }
        const wireLength = view.getInt32(at + 24, littleEndian);
        offset[count] = at + PACKET_HEADER_BYTES;
        captured[count] = frameLength;
        original[count] = wireLength < 0 ? MAX_ORIGINAL_BYTES : Math.max(frameLength, wireLength);
        interfaceIndex[count] = index;
        count++;
      } else if (type === SIMPLE_PACKET) {
        const described = this.interfaces[this.#sectionBase];
        if (described === undefined) {
          this.damage = { message: 'the packet is of interface 0, which its section does not describe', at };
          break;
        }
        if (padded < SIMPLE_PACKET_HEADER_BYTES + 4) {
          this.damage = { message: `a simple packet block cannot be ${length} bytes long`, at };
          break;
        }
        const wireLength = view.getUint32(at + 8, littleEndian);
        let frameLength = padded - SIMPLE_PACKET_HEADER_BYTES - 4;
        if (wireLength < frameLength) frameLength = wireLength;
        if (described.snapLength !== 0 && described.snapLength < frameLength) frameLength = described.snapLength;
        offset[count] = at + SIMPLE_PACKET_HEADER_BYTES;
        captured[count] = frameLength;
        original[count] = Math.min(wireLength, MAX_ORIGINAL_BYTES);
        time[count] = Number.NaN;
        untimed++;
        interfaceIndex[count] = this.#sectionBase;
        count++;
      } else if (type === INTERFACE_DESCRIPTION) {
        if (!this.#describeInterface(view, at, padded)) break;
      } else if (type === INTERFACE_STATISTICS) {
        this.#readStatistics(view, at, padded);
      }
      at = next;
    }
    batch.count = count;
    this.neededBytes = needed;
    this.untimedFrames += untimed;
    return at;
  }

  #startSection(view: DataView, at: number): boolean {
    const section = sectionStart(view, at);
    if (section === null || section.major !== 1) {
      const message =
        section === null
          ? 'the section header has no valid byte-order magic'
          : `pcapng version ${section.major}.${section.minor} is not supported`;
      this.damage = { message, at };
      return false;
    }
    this.#littleEndian = section.littleEndian;
    this.#sectionBase = this.interfaces.length;
    return true;
  }

  #describeInterface(view: DataView, at: number, length: number): boolean {
    if (length < 20 || this.interfaces.length === MAX_INTERFACES) {
      const message = length < 20 ? `an interface description cannot be ${length} bytes long` : 'too many interfaces';
      this.damage = { message, at };
      return false;
    }
    const options = new BlockOptions(view, this.#littleEndian, at + 16, at + length - 4);
    const clock = new InterfaceClock(
      options.value(INTERFACE_TIME_RESOLUTION, 1)?.getUint8(0) ?? DEFAULT_RESOLUTION,
      options.integer(INTERFACE_TIME_OFFSET) ?? 0n,
    );
    if (this.epochSeconds !== null) clock.settle(this.epochSeconds);
    this.#clocks.push(clock);
    this.interfaces.push({
      linkType: view.getUint16(at + 8, this.#littleEndian),
      snapLength: view.getUint32(at + 12, this.#littleEndian),
      name: this.#kept(options.text(INTERFACE_NAME, MAX_NAME_BYTES)),
      filter: this.#kept(options.filter(MAX_FILTER_BYTES)),
      resolutionNanoseconds: clock.resolutionNanoseconds,
      received: null,
      dropped: null,
    });
    return true;
  }

  /** The text of an interface, or null when those before have taken the room for texts. */
  #kept(text: string | null): string | null {
    if (text === null || this.#text + text.length > MAX_TEXT) return null;
    this.#text += text.length;
    return text;
  }

  /** Counters are totals since the capture began, so the last block counts. An unknown interface is passed over. */
  #readStatistics(view: DataView, at: number, length: number): void {
    if (length < 24) return;
    const index = this.#sectionBase + view.getUint32(at + 8, this.#littleEndian);
    const described = this.interfaces[index];
    if (described === undefined) return;
    const options = new BlockOptions(view, this.#littleEndian, at + 20, at + length - 4);
    described.received = options.counter(STATISTICS_RECEIVED) ?? described.received;
    described.dropped =
      options.counter(STATISTICS_DROPPED_BY_INTERFACE) ??
      options.counter(STATISTICS_DROPPED_BY_SYSTEM) ??
      described.dropped;
    for (const remark of options.remarks(MAX_REMARK_BYTES)) {
      if (this.remarks.length < MAX_REMARKS && !this.remarks.includes(remark)) this.remarks.push(remark);
    }
    const endTime = this.#endTime(options, this.#clocks[index]);
    if (endTime !== null) described.endTime = endTime;
  }

  /** When capturing ended; null when that is not said, or no time that a packet could have. */
  #endTime(options: BlockOptions, clock: InterfaceClock): number | null {
    const end = options.value(STATISTICS_END_TIME, 8);
    if (end === null || this.epochSeconds === null) return null;
    const [high, low] = [end.getUint32(0, this.#littleEndian), end.getUint32(4, this.#littleEndian)];
    // As with counters, some writers have all bits set for "unknown".
    const isUnknown = high === 0xffff_ffff && low === 0xffff_ffff;
    return isUnknown || clock.seconds(high, low) === null ? null : clock.nanoseconds(high, low);
  }

  #settle(epochSeconds: number | null): void {
    if (epochSeconds === null) return;
    this.epochSeconds = epochSeconds;
    for (const clock of this.#clocks) clock.settle(epochSeconds);
  }
}
