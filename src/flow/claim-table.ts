/**
 * Which MAC was seen to claim which IP address: from ARP, from neighbour discovery, and from the source
 * addresses of frames that name their own sender (router solicitations, multicast listener reports).
 */
import type { Packet } from '../decode/packet.ts';
import { INITIAL_KEYS, KeyTable } from './key-table.ts';
import { TableMemory } from './table-memory.ts';

export enum ClaimSource {
  Arp,
  Ndp,
  Frame,
}

/** Numbers kept per claim, by position. */
export enum ClaimField {
  Count,
  FirstFrame,
  LastFrame,
  FirstTime,
  LastTime,
  /** Times the address went back to this MAC after another had claimed it. */
  Returns,
  /** The last that nobody had asked for: gratuitous ARP (RFC 5227 section 3) or an unsolicited advertisement; 0 for none. */
  AnnouncementFrame,
}

/** One cache line. */
export const CLAIM_FIELDS = 8;
const LIMIT = 1 << 16;

export class ClaimTable {
  /** Key: VNI, address, IP version << 24 | source << 16 | MAC high, MAC low. */
  readonly table: KeyTable;
  readonly numbers: Float64Array;
  /** Key: VNI, address, IP version, source. */
  readonly addresses: KeyTable;
  /** By number of an address: its newest claim, plus one. */
  readonly newest: Int32Array;

  constructor(memory = new TableMemory()) {
    this.table = new KeyTable(LIMIT, INITIAL_KEYS, memory);
    this.addresses = new KeyTable(LIMIT, INITIAL_KEYS, memory);
    this.numbers = memory.doubles(LIMIT * CLAIM_FIELDS);
    this.newest = memory.words(LIMIT);
  }

  get count(): number {
    return this.table.count;
  }

  /** Adds what `packet` claims: that this address is at this MAC. */
  add(
    packet: Packet,
    ipVersion: number,
    address: number,
    source: ClaimSource,
    macHigh: number,
    macLow: number,
    isAnnouncement = false,
  ): void {
    const { vni, frame, time } = packet;
    const index = this.table.add(vni, address, (ipVersion << 24) | (source << 16) | macHigh, macLow, 0);
    const claimed = this.addresses.add(vni, address, ipVersion, source, 0);
    if (index < 0 || claimed < 0) return;
    const at = index * CLAIM_FIELDS;
    const { numbers } = this;
    if (numbers[at + ClaimField.Count]++ === 0) {
      numbers[at + ClaimField.FirstFrame] = frame;
      numbers[at + ClaimField.FirstTime] = time;
    } else if (this.newest[claimed] !== index + 1) {
      numbers[at + ClaimField.Returns]++;
    }
    this.newest[claimed] = index + 1;
    numbers[at + ClaimField.LastFrame] = frame;
    numbers[at + ClaimField.LastTime] = time;
    if (isAnnouncement) numbers[at + ClaimField.AnnouncementFrame] = frame;
  }

  field(index: number, field: ClaimField): number {
    return this.numbers[index * CLAIM_FIELDS + field];
  }
}
