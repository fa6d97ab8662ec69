/**
 * A sample of the flows that captures saw answered, chosen so that every capture chooses the same ones.
 *
 * Whether a flow is in it depends on a hash of what names it, and on nothing else: neither on what else a
 * capture holds, nor on the order in which the captures are given.
 */
import type { FlowGroups } from './flow-groups.ts';
import { Word } from './flow-table.ts';
import { hash5 } from './hash.ts';
import { IPV6 } from './observations.ts';
import type { Sighting } from './sighting.ts';
import type { Vantage } from './vantage.ts';

/** Keeps the choice of flows apart from the places they have in tables. */
const SALT = 0x3ad8025f;

/**
 * Flows that two captures or more saw answered: for each its sightings, one of each of these captures, in the
 * captures' order. All of them, or about as many as have `wanted` sightings in all.
 */
export function* answeredAlike(flows: FlowGroups, wanted: number): Generator<Sighting[]> {
  const limit = (2 ** 32 * wanted) / Math.max(wanted, countAnswered(flows.vantages));
  for (let group = 0; group < flows.count; group++) {
    const records = flows.records(group);
    if (records.length === 1 || hashOf(records[0]) >>> 0 >= limit) continue;
    const own: Sighting[] = [];
    for (const sighting of records) {
      if (sighting.word(Word.RttCount) === 0 || own[own.length - 1]?.vantage === sighting.vantage) continue;
      own.push(sighting);
    }
    if (own.length > 1) yield own;
  }
}

function countAnswered(vantages: readonly Vantage[]): number {
  let answered = 0;
  for (const { observations } of vantages) {
    const { flows } = observations;
    for (let flow = 0; flow < flows.count; flow++) {
      flows.select(flow);
      if (flows.words[flows.word + Word.RttCount] !== 0) answered++;
    }
  }
  return answered;
}

/** Hash of what names a flow, equal in every capture. */
function hashOf({ vantage, flow }: Sighting): number {
  const { flows, addresses } = vantage.observations;
  flows.select(flow);
  const { words, word } = flows;
  const protocol = flows.protocol;
  let source = words[word + Word.Source];
  let destination = words[word + Word.Destination];
  if ((protocol & IPV6) !== 0) {
    source = addresses.hash(source);
    destination = addresses.hash(destination);
  }
  return hash5(protocol, source, destination, words[word + Word.Identifier], SALT);
}
