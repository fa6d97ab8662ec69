/**
 * MACs that stand for addresses which others have: what is sent to them is answered, while ARP or neighbour discovery
 * says that the address is at another MAC. A gateway that all ends share is such a MAC, and that of a device that takes
 * every frame. To find it in the frames of a request is no fault.
 */
import { Double } from '../flow/flow-table.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import { LinkView } from '../flow/link.ts';
import type { Sighting } from '../flow/sighting.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';

/** Where a destination MAC was seen. */
export interface Suspect {
  vantage: Vantage;
  vni: number | null;
  mac: string;
}

/** Those of the suspects that are such MACs, as the answered flows prove. */
export class Relays {
  private readonly found = new Set<string>();

  constructor(subject: Case, suspects: readonly Suspect[]) {
    const open = new Set(suspects.map(keyOf));
    for (const flow of open.size === 0 ? [] : subject.flows) {
      if (flow.answered === 0 || flow.unanswered > 0) continue;
      for (const sighting of flow.sightings) {
        const mac = onlyDestination(sighting);
        if (mac === null) continue;
        const key = keyOf({ vantage: sighting.vantage, vni: flow.vni, mac });
        if (!open.has(key) || !isRelayed(subject, flow, sighting, mac)) continue;
        this.found.add(key);
        open.delete(key);
      }
      if (open.size === 0) return;
    }
  }

  has(suspect: Suspect): boolean {
    return this.found.has(keyOf(suspect));
  }
}

function keyOf({ vantage, vni, mac }: Suspect): string {
  return `${vantage.index} ${vni} ${mac}`;
}

/** The destination MAC that all requests had; null when they had several, or none. */
function onlyDestination(sighting: Sighting): string | null {
  const link = new LinkView(sighting);
  return link.hasChanged ? null : link.requestDestination;
}

/** True when another MAC claimed the address of an answered flow while it was answered, and that in its requests did not. */
function isRelayed({ owners }: Case, flow: JoinedFlow, sighting: Sighting, mac: string): boolean {
  const { vantage, vni } = sighting;
  const from = sighting.double(Double.FirstTime);
  const until = Math.max(sighting.double(Double.LastTime), sighting.double(Double.LastReplyTime));
  const claims = owners
    .claimsOf(flow.destination)
    .filter((claim) => claim.vantage === vantage && (claim.vni ?? -1) === vni);
  if (claims.some((claim) => claim.mac === mac)) return false;
  return claims.some(({ firstTime, lastTime }) => firstTime <= until && lastTime >= from);
}
