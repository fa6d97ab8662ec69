/**
 * `tc filter show dev X ingress`, text and JSON, with `-s`: redirects and mirrors of the mirred action.
 *
 *     filter protocol all pref 10 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid not_in_hw
 *       match 00000000/00000000 at 0
 *             action order 1: mirred (Egress Redirect to device vxlan0) stolen
 *     [{"protocol":"all","kind":"u32","options":{"actions":[{"kind":"mirred","mirred_action":"redirect",
 *       "direction":"egress","to_dev":"vxlan0"}]}}]
 *
 * Neither names the device that the filter is attached to: that is known from the echoed command only.
 */
import type { FactCollection } from './collection.ts';
import { arrayField, isObject, type JsonObject, objectField, stringField } from './json-fields.ts';
import { type Continuation, type LineParser, type Origin, wordAfter, wordsOf } from './piece.ts';

const FILTER = /^filter\s.*\b(protocol|parent|pref|chain)\s/;
const MIRRED = /\bmirred \((Egress|Ingress) (Redirect|Mirror) to device (\S{1,64})\)/;
/** Words that the lines below a filter begin with: matches of u32, flower, basic and bpf, actions, counters. */
const BELOW =
  /^(match|action|index|Action statistics|Sent|backlog|installed|eth_type|indev|(src|dst|ip|ipv6|vlan|cvlan|enc|arp|ct|tcp|udp|icmp|mpls|num_of|skip|in_hw|not_in_hw|used_hw|hw|cookie|random|type|code|key|mask|offset|police|burst|rate|no_percpu|tunnel|unset|pipe|pedit|mark|bytecode|ematch|cmp|u32|meta|nbyte|meter)(_|\b))/;

export const readTcFilter: LineParser = (line, origin, facts) => {
  if (!FILTER.test(line)) return null;
  const words = wordsOf(line);
  const hook = hookOf(wordAfter(words, 'parent')) ?? origin.hook;
  const device = wordAfter(words, 'dev') ?? origin.device;
  return filterLines({ ...origin, hook, device }, facts);
};

function filterLines(origin: Origin, facts: FactCollection): Continuation {
  return (line) => {
    const mirred = MIRRED.exec(line);
    if (mirred !== null) {
      const direction = mirred[1] === 'Egress' ? 'egress' : 'ingress';
      const action = mirred[2] === 'Redirect' ? 'redirect' : 'mirror';
      addRedirect(facts, origin, action, direction, mirred[3]!);
    }
    return mirred !== null || BELOW.test(line);
  };
}

function addRedirect(
  facts: FactCollection,
  origin: Origin,
  action: 'redirect' | 'mirror',
  direction: 'ingress' | 'egress',
  target: string,
): void {
  const { namespace, device, hook } = origin;
  facts.addRedirect({ namespace, device, hook, action, direction, target });
}

/** What a filter's parent says: the handles of an ingress queueing discipline and of both sides of clsact. */
function hookOf(parent: string | null): Origin['hook'] {
  if (parent === 'ffff:' || parent === 'ffff:fff2' || parent === 'ingress') return 'ingress';
  return parent === 'ffff:fff3' || parent === 'egress' ? 'egress' : null;
}

/** Adds the redirects of a filter; false when the object describes no filter. */
export function readFilterObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  if (stringField(object, 'kind') === null || stringField(object, 'protocol') === null) return false;
  const options = objectField(object, 'options') ?? {};
  const hook = hookOf(stringField(object, 'parent')) ?? origin.hook;
  const device = stringField(object, 'dev') ?? origin.device;
  for (const action of arrayField(options, 'actions') ?? []) {
    if (!isObject(action) || stringField(action, 'kind') !== 'mirred') continue;
    const what = stringField(action, 'mirred_action');
    const direction = stringField(action, 'direction');
    const target = stringField(action, 'to_dev');
    if ((what !== 'redirect' && what !== 'mirror') || target === null) continue;
    if (direction !== 'ingress' && direction !== 'egress') continue;
    addRedirect(facts, { ...origin, hook, device }, what, direction, target);
  }
  return true;
}
