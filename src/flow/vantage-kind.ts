/** Whether a capture sees tunnel packets, the inner packets, or both: worked out from what it holds. */
import { Word } from './flow-table.ts';
import type { Observations } from './observations.ts';
import { addressOfVersion, addressText, type VantageKind } from './vantage.ts';

/** Outer addresses of all tunnels that a capture saw. */
export function tunnelEndpoints(observations: Observations): Set<string> {
  const { table, count } = observations.tunnels;
  const endpoints = new Set<string>();
  for (let i = 0; i < count; i++) {
    const version = (table.word(i, 0) >> 16) & 0xff;
    endpoints.add(addressOfVersion(observations, version, table.word(i, 2)));
    endpoints.add(addressOfVersion(observations, version, table.word(i, 3)));
  }
  return endpoints;
}

/**
 * Kind of a capture. `endpoints` are the tunnel endpoints that any capture of the run saw, or hosts
 * named: a capture without a tunnel packet that talks to one of them is an underlay all the same.
 */
export function vantageKind(observations: Observations, endpoints: ReadonlySet<string>): VantageKind {
  const { counts, flows, talkers } = observations;
  if (counts.packets === 0) return 'none';
  const scopes = new Map<string, number>();
  let isMixed = false;
  let meetsEndpoint = false;
  const limit = Math.min(flows.count, 100_000);
  for (let flow = 0; flow < limit; flow++) {
    flows.select(flow);
    const { words, word } = flows;
    const protocol = words[word + Word.Protocol];
    const source = addressText(observations, protocol, words[word + Word.Source]);
    const destination = addressText(observations, protocol, words[word + Word.Destination]);
    const scope = words[word + Word.Vni] < 0 ? 1 : 2;
    if (scope === 1 && (endpoints.has(source) || endpoints.has(destination))) meetsEndpoint = true;
    const key = `${protocol} ${source} ${destination} ${words[word + Word.Identifier]}`;
    const before = scopes.get(key) ?? 0;
    if ((before | scope) === 3) isMixed = true;
    scopes.set(key, before | scope);
  }
  for (let i = 0; i < talkers.table.count && !meetsEndpoint; i++) {
    const version = talkers.table.word(i, 0);
    meetsEndpoint =
      endpoints.has(addressOfVersion(observations, version, talkers.table.word(i, 1))) ||
      endpoints.has(addressOfVersion(observations, version, talkers.table.word(i, 2)));
  }
  if (counts.vxlan + counts.geneve > 0) return isMixed ? 'mixed' : 'underlay';
  return meetsEndpoint ? 'underlay' : 'overlay';
}
