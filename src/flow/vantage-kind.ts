/** Whether a capture sees tunnel packets, the inner packets, or both: worked out from what it holds. */
import { parseIpv4 } from '../wire/address.ts';
import { Word } from './flow-table.ts';
import { KeyTable } from './key-table.ts';
import { IPV6, type Observations } from './observations.ts';
import { addressText, tunnelEnds, type VantageKind } from './vantage.ts';

/** Flows looked at. */
const MOST_FLOWS = 100_000;

/** Outer addresses of all tunnels that a capture saw. */
export function tunnelEndpoints(observations: Observations): Set<string> {
  const endpoints = new Set<string>();
  for (let row = 0; row < observations.tunnels.count; row++) {
    for (const address of tunnelEnds(observations, row)) endpoints.add(address);
  }
  return endpoints;
}

/**
 * Kind of a capture. `endpoints` are the tunnel endpoints that any capture of the run saw, or hosts
 * named: a capture without a tunnel packet that talks to one of them is an underlay all the same.
 */
export function vantageKind(observations: Observations, endpoints: ReadonlySet<string>): VantageKind {
  const { counts } = observations;
  if (counts.packets === 0) return 'none';
  if (counts.vxlan + counts.geneve + counts.leftOut > 0) return isMixed(observations) ? 'mixed' : 'underlay';
  return meetsEndpoint(observations, endpoints) ? 'underlay' : 'overlay';
}

/** True when a flow was seen both in a tunnel and outside any. */
function isMixed({ flows }: Observations): boolean {
  const count = Math.min(flows.count, MOST_FLOWS);
  const bare = new KeyTable(MOST_FLOWS);
  for (const isBare of [true, false]) {
    for (let flow = 0; flow < count; flow++) {
      flows.select(flow);
      const { words, word } = flows;
      if (flows.vni < 0 !== isBare) continue;
      const protocol = flows.protocol;
      const source = words[word + Word.Source];
      const destination = words[word + Word.Destination];
      const identifier = words[word + Word.Identifier];
      if (isBare) bare.add(protocol, source, destination, identifier, 0);
      else if (bare.find(protocol, source, destination, identifier, 0) >= 0) return true;
    }
    if (bare.count === 0) return false;
  }
  return false;
}

/** True when packets outside any tunnel come from one of the endpoints, or go to one. */
function meetsEndpoint(observations: Observations, endpoints: ReadonlySet<string>): boolean {
  if (endpoints.size === 0) return false;
  const { flows, talkers } = observations;
  const known = new EndpointNumbers(observations, endpoints);
  const count = Math.min(flows.count, MOST_FLOWS);
  for (let flow = 0; flow < count; flow++) {
    flows.select(flow);
    const { words, word } = flows;
    if (flows.vni >= 0) continue;
    const family = flows.protocol & IPV6;
    if (known.has(family, words[word + Word.Source]) || known.has(family, words[word + Word.Destination])) return true;
  }
  for (let i = 0; i < talkers.table.count; i++) {
    const family = talkers.table.word(i, 0) === 6 ? IPV6 : 0;
    if (known.has(family, talkers.table.word(i, 1)) || known.has(family, talkers.table.word(i, 2))) return true;
  }
  return false;
}

/** Which address numbers of a capture are endpoints. */
class EndpointNumbers {
  private readonly observations: Observations;
  private readonly endpoints: ReadonlySet<string>;
  private readonly ipv4: ReadonlySet<number>;
  /** What is known of IPv6 addresses, by number. */
  private readonly ipv6 = new Map<number, boolean>();

  constructor(observations: Observations, endpoints: ReadonlySet<string>) {
    this.observations = observations;
    this.endpoints = endpoints;
    this.ipv4 = new Set([...endpoints].map(parseIpv4).filter((address) => address !== null));
  }

  has(family: number, address: number): boolean {
    if (family !== IPV6) return this.ipv4.has(address);
    let isEndpoint = this.ipv6.get(address);
    if (isEndpoint === undefined) {
      isEndpoint = this.endpoints.has(addressText(this.observations, family, address));
      this.ipv6.set(address, isEndpoint);
    }
    return isEndpoint;
  }
}
