/** JSON that a command printed: which command, told by the fields of its objects. */

import { readForwardingObject } from './bridge-fdb.ts';
import type { FactCollection } from './collection.ts';
import { readInterfaceObject } from './ip-addr-json.ts';
import { readNeighborObject } from './ip-neigh.ts';
import { readRouteObject } from './ip-route.ts';
import { isObject, type JsonObject } from './json-fields.ts';
import { readNftObject } from './nft-json.ts';
import type { Origin } from './piece.ts';
import { readFilterObject } from './tc-filter.ts';

/** Adds what an object says; false when it is not of the reader's command. */
type ObjectReader = (object: JsonObject, origin: Origin, facts: FactCollection) => boolean;

/** In this order: an entry of the forwarding table has an `ifname` too, a neighbour a `dst` like a route. */
const READERS: readonly ObjectReader[] = [
  readForwardingObject,
  readFilterObject,
  readInterfaceObject,
  readNeighborObject,
  readRouteObject,
];

/** Adds what a parsed output says; false when no part of it was recognised. An empty list is an output without entries. */
export function readJson(value: unknown, origin: Origin, facts: FactCollection): boolean {
  if (isObject(value)) return readNftObject(value, origin, facts) || readObject(value, origin, facts);
  if (!Array.isArray(value)) return false;
  let recognised = value.length === 0;
  for (const entry of value) {
    if (!isObject(entry)) continue;
    // ip prints {} for entries that a filter left out.
    if (Object.keys(entry).length === 0 || readObject(entry, origin, facts)) recognised = true;
  }
  return recognised;
}

function readObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  return READERS.some((read) => read(object, origin, facts));
}
