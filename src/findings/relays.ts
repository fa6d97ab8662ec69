/**
 * MACs that stand for addresses which others have: what is sent to them is answered, while ARP or neighbour discovery
 * says that the address is at another MAC. A gateway that all ends share is such a MAC, and that of a device that takes
 * every frame. To find it in the frames of a request is no fault.
 */
import { Double, FlowFlag, Word } from '../flow/flow-table.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import { KeyTable, UNLIMITED } from '../flow/key-table.ts';
import type { Sighting } from '../flow/sighting.ts';
import type { Vantage } from '../flow/vantage.ts';
import { formatMac, parseMac } from '../wire/address.ts';
import type { Case } from './case.ts';

/** Where a destination MAC was seen. */
export interface Suspect {
  vantage: Vantage;
  vni: number | null;
  mac: string;
}

export class Relays {
  /** Key: capture, VNI, MAC. */
  private readonly suspects = new KeyTable(UNLIMITED);
  /** By suspect: 1 when it is one. */
  private readonly isRelay: Uint8Array;

  /** Looks among the answered flows for what proves one of the suspects to be such a MAC. */
  constructor(subject: Case, suspects: readonly Suspect[]) {
    for (const { vantage, vni, mac } of suspects) {
      const { high, low } = parseMac(mac)!;
      this.suspects.add(vantage.index, vni ?? -1, high, low, 0);
    }
    this.isRelay = new Uint8Array(this.suspects.count);
    let left = this.suspects.count;
    for (const flow of left === 0 ? [] : subject.flows) {
      if (flow.answered === 0 || flow.unanswered > 0) continue;
      for (const sighting of flow.sightings) {
        const suspect = this.suspectOf(flow, sighting);
        if (suspect < 0 || this.isRelay[suspect] === 1 || !isRelayed(subject, flow, sighting)) continue;
        this.isRelay[suspect] = 1;
        left--;
      }
      if (left === 0) return;
    }
  }

  has({ vantage, vni, mac }: Suspect): boolean {
    const { high, low } = parseMac(mac)!;
    return this.isRelay[this.suspects.find(vantage.index, vni ?? -1, high, low, 0)] === 1;
  }

  /** The suspect that a flow's requests had as their destination, all the time; -1 for none. */
  private suspectOf({ vni }: JoinedFlow, sighting: Sighting): number {
    if ((sighting.word(Word.Flags) & FlowFlag.RequestMac) === 0 || sighting.word(Word.LinkChanges) !== 0) return -1;
    const high = sighting.word(Word.RequestMacHigh) & 0xffff;
    return this.suspects.find(sighting.vantage.index, vni ?? -1, high, sighting.word(Word.RequestDestinationLow), 0);
  }
}

/** True when another MAC claimed the address of an answered flow while it was answered, and that in its requests did not. */
function isRelayed({ owners }: Case, flow: JoinedFlow, sighting: Sighting): boolean {
  const { vantage, vni } = sighting;
  const mac = formatMac(sighting.word(Word.RequestMacHigh) & 0xffff, sighting.word(Word.RequestDestinationLow));
  const from = sighting.double(Double.FirstTime);
  const until = Math.max(sighting.double(Double.LastTime), sighting.double(Double.LastReplyTime));
  const claims = owners
    .claimsOf(flow.destination)
    .filter((claim) => claim.vantage === vantage && (claim.vni ?? -1) === vni && claim.source !== 'frame');
  if (claims.some((claim) => claim.mac === mac)) return false;
  return claims.some(({ firstTime, lastTime }) => firstTime <= until && lastTime >= from);
}
