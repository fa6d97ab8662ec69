/**
 * `ip neigh`, text and JSON, with `-s` and `-br`.
 *
 *     10.132.2.46 dev ovn-k8s-mp0 lladdr 0a:58:0a:84:02:2e PERMANENT
 *     10.132.2.77 dev vxlan0 proxy
 *     [{"dst":"10.132.2.46","dev":"ovn-k8s-mp0","lladdr":"0a:58:0a:84:02:2e","state":["PERMANENT"]}]
 */
import { readAddress, readMac } from './address.ts';
import type { FactCollection } from './collection.ts';
import { type JsonObject, stringField, stringsField } from './json-fields.ts';
import { complete, type LineParser, type Origin, wordAfter, wordsOf } from './piece.ts';

const STATES = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'NOARP', 'PERMANENT', 'NONE'];

export const readIpNeigh: LineParser = (line, origin, facts) => {
  const words = wordsOf(line);
  const address = readAddress(words[0] ?? '');
  if (address === null) return null;
  const brief = words.length === 3 ? readMac(words[2]!) : null;
  const mac = readMac(wordAfter(words, 'lladdr', 1) ?? '') ?? brief;
  const state = words.filter((word) => STATES.includes(word)).join(',') || null;
  const proxy = words.includes('proxy');
  if (mac === null && state === null && !proxy) return null;
  const device = brief === null ? wordAfter(words, 'dev', 1) : words[1]!;
  facts.addNeighbor({
    namespace: origin.namespace,
    address,
    mac,
    device: device ?? origin.device,
    state,
    proxy,
  });
  return complete;
};

/** Adds an entry of the neighbour table; false when the object describes none. */
export function readNeighborObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  const address = readAddress(stringField(object, 'dst') ?? '');
  if (address === null || !('lladdr' in object || Array.isArray(object['state']) || 'proxy' in object)) return false;
  facts.addNeighbor({
    namespace: origin.namespace,
    address,
    mac: readMac(stringField(object, 'lladdr') ?? ''),
    device: stringField(object, 'dev') ?? origin.device,
    state: stringsField(object, 'state').join(',') || null,
    proxy: 'proxy' in object,
  });
  return true;
}
