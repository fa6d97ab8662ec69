/** The addresses that captures met, inner and outer, in packets that go from one station to another. */
import { Word } from './flow-table.ts';
import { isResolution } from './observations.ts';
import { addressOfVersion, addressText, type Vantage } from './vantage.ts';
import { tunnelEndpoints } from './vantage-kind.ts';

/** Addresses remembered per capture. */
const MOST_ADDRESSES = 100_000;

export class MetAddresses {
  private readonly known = new Map<Vantage, Set<string>>();

  /** Every address a capture met so, inner and outer. */
  of(vantage: Vantage): Set<string> {
    let known = this.known.get(vantage);
    if (known !== undefined) return known;
    known = new Set();
    this.known.set(vantage, known);
    const { observations } = vantage;
    const { flows, talkers } = observations;
    for (let flow = 0; flow < flows.count && known.size < MOST_ADDRESSES; flow++) {
      flows.select(flow);
      const protocol = flows.protocol;
      // Until it is answered, a question may have been heard anywhere.
      if (isResolution(protocol) && flows.words[flows.word + Word.RttCount] === 0) continue;
      known.add(addressText(observations, protocol, flows.words[flows.word + Word.Source]));
      known.add(addressText(observations, protocol, flows.words[flows.word + Word.Destination]));
    }
    for (const address of tunnelEndpoints(observations)) known.add(address);
    for (let i = 0; i < talkers.table.count; i++) {
      known.add(addressOfVersion(observations, talkers.table.word(i, 0), talkers.table.word(i, 1)));
      known.add(addressOfVersion(observations, talkers.table.word(i, 0), talkers.table.word(i, 2)));
    }
    return known;
  }
}
