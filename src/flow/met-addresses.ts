/** The addresses that captures met, inner and outer. */
import { Word } from './flow-table.ts';
import { IPV6 } from './observations.ts';
import { addressOfVersion, addressText, type Vantage } from './vantage.ts';
import { tunnelEndpoints } from './vantage-kind.ts';

/** Addresses remembered per capture. */
const MOST_ADDRESSES = 100_000;

export class MetAddresses {
  private readonly known = new Map<Vantage, Set<string>>();

  /** Every address a capture met, inner and outer. */
  of(vantage: Vantage): Set<string> {
    let known = this.known.get(vantage);
    if (known !== undefined) return known;
    known = new Set();
    this.known.set(vantage, known);
    const { observations } = vantage;
    const { flows, talkers, claims } = observations;
    for (let flow = 0; flow < flows.count && known.size < MOST_ADDRESSES; flow++) {
      flows.select(flow);
      const protocol = flows.protocol;
      known.add(addressText(observations, protocol, flows.words[flows.word + Word.Source]));
      known.add(addressText(observations, protocol, flows.words[flows.word + Word.Destination]));
    }
    for (const address of tunnelEndpoints(observations)) known.add(address);
    for (let i = 0; i < talkers.table.count; i++) {
      known.add(addressOfVersion(observations, talkers.table.word(i, 0), talkers.table.word(i, 1)));
      known.add(addressOfVersion(observations, talkers.table.word(i, 0), talkers.table.word(i, 2)));
    }
    for (let i = 0; i < claims.count; i++) {
      known.add(addressText(observations, claims.table.word(i, 2) >> 24 === 6 ? IPV6 : 0, claims.table.word(i, 1)));
    }
    return known;
  }
}
