/** Addresses of packets outside any tunnel that belong to no flow: they show that a capture was alive, and which network it saw. */
import type { Packet } from '../decode/packet.ts';
import { ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { INITIAL_KEYS, KeyTable } from './key-table.ts';
import type { Observations } from './observations.ts';
import { TableMemory } from './table-memory.ts';

const LIMIT = 1 << 12;

export class Talkers {
  /** Key: IP version, source, destination. */
  readonly table: KeyTable;
  // the pair that came last: at first one that is none
  private lastVersion = -1;
  private lastSource = -1;
  private lastDestination = -1;

  constructor(memory = new TableMemory()) {
    this.table = new KeyTable(LIMIT, INITIAL_KEYS, memory);
  }

  /** True when no further pair is remembered: its addresses need no room either. */
  get isFull(): boolean {
    return this.table.count >= LIMIT;
  }

  add(ipVersion: number, source: number, destination: number): void {
    const isLast = source === this.lastSource && destination === this.lastDestination && ipVersion === this.lastVersion;
    if (isLast) return;
    this.lastVersion = ipVersion;
    this.lastSource = source;
    this.lastDestination = destination;
    this.table.add(ipVersion, source, destination, 0, 0);
  }
}

export function observeTalker(observations: Observations, packet: Packet, view: DataView): void {
  const ip = packet.ipAt;
  const { talkers, addresses } = observations;
  if (talkers.isFull) return;
  if (packet.ipVersion === 4) {
    talkers.add(4, ipv4.source(view, ip), ipv4.destination(view, ip));
  } else {
    const source = addresses.add(view, ip + ipv6.at.source);
    const destination = addresses.add(view, ip + ipv6.at.destination);
    if (source >= 0 && destination >= 0) talkers.add(6, source, destination);
  }
}
