/** The addresses of the innermost IP packet as the numbers that flows are keyed by. */
import type { Packet } from '../decode/packet.ts';
import { ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import type { AddressTable } from './address-table.ts';
import { IPV6 } from './observations.ts';

/** Filled by `readEndpoints`, and read at once. */
export class Endpoints {
  /** 0 for IPv4, `IPV6` for IPv6: added to the protocol of a flow's key. */
  family = 0;
  source = 0;
  destination = 0;
  sourceHash = 0;
  destinationHash = 0;

  /** Reads the addresses of `packet`; false when an IPv6 address finds no room. */
  read(addresses: AddressTable, packet: Packet, view: DataView): boolean {
    const ip = packet.ipAt;
    if (packet.ipVersion === 4) {
      this.family = 0;
      this.source = this.sourceHash = ipv4.source(view, ip);
      this.destination = this.destinationHash = ipv4.destination(view, ip);
      return true;
    }
    this.family = IPV6;
    this.source = addresses.add(view, ip + ipv6.at.source);
    this.destination = addresses.add(view, ip + ipv6.at.destination);
    if (this.source < 0 || this.destination < 0) return false;
    this.sourceHash = addresses.hash(this.source);
    this.destinationHash = addresses.hash(this.destination);
    return true;
  }
}
