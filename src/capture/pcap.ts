/**
 * pcap, draft-ietf-opsawg-pcap. A file header, then records, each with a header of its own:
 *
 *     |                          Magic Number                         |   file header, 24 bytes
 *     |         Major Version         |         Minor Version         |
 *     |                  Reserved (time zone, accuracy)               |
 *     |                            (8 bytes)                          |
 *     |                            Snap Length                        |
 *     | FCS length, flags             |            Link Type          |
 *
 *     |                      Timestamp (seconds)                      |   record header, 16 bytes
 *     |            Timestamp (microseconds or nanoseconds)            |
 *     |                     Captured Packet Length                    |
 *     |                     Original Packet Length                    |
 *
 * Byte order is the writer's and told by the magic number, as is the unit of the timestamps. A variant
 * that patched kernels' tools wrote around 1999 ("modified pcap") adds interface index, protocol and packet
 * type to the record header, 24 bytes in all. A record is rejected when it claims more captured bytes than
 * both the snap length and 262144, the most that any capture program takes. A sub-second field of a second
 * or more is no valid time.
 *
 * capinfos and `tshark -T fields -e frame.time_epoch -e frame.cap_len -e frame.len` can check it.
 */
import { BATCH_FRAMES, type CaptureInterface, type FrameBatch } from './frames.ts';
import { type Damage, MAX_ORIGINAL_BYTES, MAX_RECORD_BYTES, type RecordParser } from './record-parser.ts';

export const PCAP_HEADER_BYTES = 24;

/** Magic numbers, as a big-endian reader sees them. */
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;

/** Quarters of a nanosecond: no small integer to V8, which is the point. */
const QUARTERS_PER_SECOND = 4e9;

const RECORD_HEADER_BYTES = 16;
const MODIFIED_RECORD_HEADER_BYTES = 24;
/** The longest packet a capture may hold whatever its snap length says: tcpdump's and Wireshark's own limit. */
const USUAL_MAX_BYTES = 262_144;

/** Byte order and units that a magic number stands for. */
interface Variant {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly modified: boolean;
}

/** The variant whose magic number starts at byte `at`, or null when that is no pcap file. */
export function pcapVariant(view: DataView, at: number): Variant | null {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(at, littleEndian);
    if (magic === MICROSECONDS || magic === NANOSECONDS || magic === MODIFIED) {
      return { littleEndian, nanoseconds: magic === NANOSECONDS, modified: magic === MODIFIED };
    }
  }
  return null;
}

/** Takes the records of a pcap file out of a slab. Made from the file header, which is not part of the slab later. */
export class PcapParser implements RecordParser {
  readonly format = 'pcap';
  readonly interfaces: CaptureInterface[];
  epochSeconds: number | null = null;
  untimedFrames = 0;
  damage: Damage | null = null;
  neededBytes = RECORD_HEADER_BYTES;

  readonly #littleEndian: boolean;
  readonly #headerBytes: number;
  readonly #unitsPerSecond: number;
  readonly #nanosecondsPerUnit: number;
  readonly #maxCaptured: number;

  /** Reads the 24 bytes of the file header at byte `at`. */
  constructor(view: DataView, at: number, variant: Variant) {
    const { littleEndian, nanoseconds, modified } = variant;
    const snapLength = view.getUint32(at + 16, littleEndian);
    this.#littleEndian = littleEndian;
    this.#headerBytes = modified ? MODIFIED_RECORD_HEADER_BYTES : RECORD_HEADER_BYTES;
    this.#nanosecondsPerUnit = nanoseconds ? 1 : 1000;
    this.#unitsPerSecond = nanoseconds ? 1e9 : 1e6;
    this.#maxCaptured =
      snapLength === 0 ? MAX_RECORD_BYTES : Math.min(Math.max(snapLength, USUAL_MAX_BYTES), MAX_RECORD_BYTES);
    this.interfaces = [
      {
        linkType: view.getUint32(at + 20, littleEndian) & 0xffff,
        snapLength,
        name: null,
        filter: null,
        resolutionNanoseconds: this.#nanosecondsPerUnit,
        received: null,
        dropped: null,
      },
    ];
  }

  fill(batch: FrameBatch, start: number, end: number): number {
    const { view, offset, captured, original, time, interfaceIndex } = batch;
    const littleEndian = this.#littleEndian;
    const headerBytes = this.#headerBytes;
    const unitsPerSecond = this.#unitsPerSecond;
    const nanosecondsPerUnit = this.#nanosecondsPerUnit;
    const maxCaptured = this.#maxCaptured;
    const lastHeader = end - headerBytes;
    let epoch = this.epochSeconds ?? -1;
    let untimed = 0;
    let needed = headerBytes;
    let count = batch.count;
    let at = start;
    while (count < BATCH_FRAMES && at <= lastHeader) {
      // Lengths are read as signed numbers, which V8 keeps in a register; the negative ones are above 2 GiB.
      const length = view.getInt32(at + 8, littleEndian);
      if (length < 0 || length > maxCaptured) {
        this.damage = { message: `the record claims ${length >>> 0} captured bytes`, at };
        break;
      }
      const frame = at + headerBytes;
      if (frame + length > end) {
        needed = headerBytes + length;
        break;
      }
      const wireLength = view.getInt32(at + 12, littleEndian);
      const seconds = view.getUint32(at, littleEndian);
      const units = view.getUint32(at + 4, littleEndian);
      if (units < unitsPerSecond) {
        if (epoch < 0) epoch = seconds;
        // A product beyond 2^31 from the second packet on: V8 would compile this twice for small numbers first.
        time[count] = (seconds - epoch) * QUARTERS_PER_SECOND * 0.25 + units * nanosecondsPerUnit;
      } else {
        time[count] = Number.NaN;
        untimed++;
      }
      offset[count] = frame;
      captured[count] = length;
      original[count] = wireLength < 0 ? MAX_ORIGINAL_BYTES : Math.max(length, wireLength);
      interfaceIndex[count] = 0;
      count++;
      at = frame + length;
    }
    batch.count = count;
    this.neededBytes = needed;
    this.untimedFrames += untimed;
    if (epoch >= 0) this.epochSeconds = epoch;
    return at;
  }
}
