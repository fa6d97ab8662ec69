/** What one capture saw of each tunnel, by direction: encapsulation, port, VNI and both outer addresses. */
import { INITIAL_KEYS, KEY_WORDS, KeyTable } from './key-table.ts';
import type { TableMemory } from './table-memory.ts';

/** Numbers kept per direction of a tunnel, by position. */
export enum TunnelField {
  // what every packet touches, in one cache line
  Packets,
  Bytes,
  LastTime,
  /** Most bytes of an outer IP packet. */
  LargestPacket,
  /** Packet types seen, one bit each. */
  PacketTypes,
  FirstFrame,
  FirstTime,
  /** Packets without an outer UDP checksum. */
  NoChecksum,
  ChecksumRight,
  ChecksumWrong,
  FirstWrongFrame,
  /** Checksums the sender's card has still to fill in: only the pseudo-header's sum stands there. */
  ChecksumOffloaded,
  /** Packets with flags other than 0x08 or reserved bits set. */
  OddHeader,
  OddHeaderFrame,
  OddFlags,
  OddReserved,
  /** Time to live of the first packet: lower behind a router. */
  TimeToLive,
  SourceMacHigh,
  SourceMacLow,
  DestinationMacHigh,
  DestinationMacLow,
}

/** Three cache lines. */
export const TUNNEL_FIELDS = 24;
const LIMIT = 1 << 16;

export class TunnelTable {
  readonly table: KeyTable;
  /** Of as many directions as the table has room for: the kernel adds some, too. */
  numbers: Float64Array;
  private readonly memory: TableMemory;
  private last = -1;
  private lastWhat = 0;
  private lastVni = 0;
  private lastSource = 0;
  private lastDestination = 0;

  constructor(memory: TableMemory) {
    this.memory = memory;
    this.table = new KeyTable(LIMIT, INITIAL_KEYS, memory);
    this.numbers = memory.doubles(INITIAL_KEYS * TUNNEL_FIELDS);
  }

  get count(): number {
    return this.table.count;
  }

  /**
   * Number of the tunnel direction; -1 when the table is full. `what` is
   * `encapsulation << 24 | ipVersion << 16 | port`.
   */
  add(what: number, vni: number, source: number, destination: number): number {
    if (
      vni === this.lastVni &&
      source === this.lastSource &&
      destination === this.lastDestination &&
      what === this.lastWhat &&
      this.last >= 0
    ) {
      return this.last;
    }
    const index = this.table.add(what, vni, source, destination, 0);
    if (index < 0) return -1;
    const room = (this.table.keys.length / KEY_WORDS) * TUNNEL_FIELDS;
    if (room > this.numbers.length) {
      const grown = this.memory.doubles(room);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.last = index;
    this.lastWhat = what;
    this.lastVni = vni;
    this.lastSource = source;
    this.lastDestination = destination;
    return index;
  }

  field(index: number, field: TunnelField): number {
    return this.numbers[index * TUNNEL_FIELDS + field];
  }
}
