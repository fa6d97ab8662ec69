/**
 * A sample of the flows that captures saw answered, chosen so that every capture chooses the same ones.
 *
 * Whether a flow is in it depends on a hash of what names it, and on nothing else: neither on what else a
 * capture holds, nor on the order in which the captures are given.
 */
import { addRecord } from './flow-groups.ts';
import { Word } from './flow-table.ts';
import { Grouping } from './grouping.ts';
import { hash5 } from './hash.ts';
import { KeyTable } from './key-table.ts';
import { IPV6 } from './observations.ts';
import { Sighting } from './sighting.ts';
import type { Vantage } from './vantage.ts';

/** Keeps the choice of flows apart from the places they have in tables. */
const SALT = 0x3ad8025f;

/**
 * Flows that two captures or more saw answered: for each its sightings, one of each of these captures, in the
 * captures' order. All of them, or about as many as have `wanted` sightings in all.
 */
export function* answeredAlike(vantages: readonly Vantage[], wanted: number): Generator<Sighting[]> {
  const records = chosen(vantages, (2 ** 32 * wanted) / Math.max(wanted, countAnswered(vantages)));
  const groups = groupsOf(records);
  for (let group = 0; group < groups.count; group++) {
    const own: Sighting[] = [];
    for (let at = groups.first(group); at >= 0; at = groups.after(at)) {
      if (own[own.length - 1]?.vantage !== records[at].vantage) own.push(records[at]);
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

/** The answered flows of each capture whose hash is below `limit`. */
function chosen(vantages: readonly Vantage[], limit: number): Sighting[] {
  const records: Sighting[] = [];
  for (const vantage of vantages) {
    const { flows } = vantage.observations;
    for (let flow = 0; flow < flows.count; flow++) {
      flows.select(flow);
      if (flows.words[flows.word + Word.RttCount] === 0) continue;
      if (hashOf(vantage) >>> 0 < limit) records.push(new Sighting(vantage, flow));
    }
  }
  return records;
}

/** Hash of what names the selected flow, equal in every capture. */
function hashOf({ observations: { flows, addresses } }: Vantage): number {
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

/** Puts records of the same addresses, protocol and identifier together. */
function groupsOf(records: readonly Sighting[]): Grouping {
  const groups = new Grouping(records.length);
  const addresses = new KeyTable(Number.POSITIVE_INFINITY);
  records.forEach(({ vantage, flow }, index) => {
    addRecord(groups, index, vantage, flow, addresses);
  });
  return groups;
}
