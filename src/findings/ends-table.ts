/** Numbers for the ends of flows, so that very many flows can be put together without spelling out their addresses. */
import { Word } from '../flow/flow-table.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import { KeyTable } from '../flow/key-table.ts';

export class EndsTable {
  private readonly ends = new KeyTable(Number.POSITIVE_INFINITY);
  /** IPv6 addresses, which every capture numbers in its own way. */
  private readonly ipv6 = new Map<string, number>();

  /** The same number, counted from 0, for flows in one VNI from one address to another and to `port`, which is null where none matters. */
  number(flow: JoinedFlow, port: number | null): number {
    const { ipVersion, vni } = flow;
    const [sighting] = flow.sightings;
    const isIpv4 = ipVersion === 4;
    const source = isIpv4 ? sighting.word(Word.Source) : this.numberOf(flow.source);
    const destination = isIpv4 ? sighting.word(Word.Destination) : this.numberOf(flow.destination);
    return this.ends.add(vni ?? -1, source, destination, ipVersion, port ?? -1);
  }

  private numberOf(address: string): number {
    const known = this.ipv6.get(address) ?? this.ipv6.size;
    this.ipv6.set(address, known);
    return known;
  }
}
