/** Numbers for the ends of flows, so that very many flows can be put together without spelling out their addresses. */
import { protocolOf, recordAt, Word } from '../flow/flow-table.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import { KeyTable, UNLIMITED } from '../flow/key-table.ts';
import { IPV6 } from '../flow/observations.ts';

export class EndsTable {
  private readonly ends = new KeyTable(UNLIMITED);
  /** IPv6 addresses, which every capture numbers in its own way. */
  private readonly ipv6 = new Map<string, number>();

  /** The same number, counted from 0, for flows in one VNI from one address to another and to `port`, which is null where none matters. */
  number(flow: JoinedFlow, port: number | null): number {
    const { flow: record, vantage } = flow.sightings[0];
    const { words } = vantage.observations.flows;
    const at = recordAt(record);
    const family = protocolOf(words[at + Word.Scope]) & IPV6;
    const source = family === 0 ? words[at + Word.Source] : this.numberOf(flow.source);
    const destination = family === 0 ? words[at + Word.Destination] : this.numberOf(flow.destination);
    return this.ends.add(flow.vni ?? -1, source, destination, family, port ?? -1);
  }

  private numberOf(address: string): number {
    const known = this.ipv6.get(address) ?? this.ipv6.size;
    this.ipv6.set(address, known);
    return known;
  }
}
