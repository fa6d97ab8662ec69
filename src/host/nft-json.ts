/**
 * `nft -j list ruleset`.
 *
 *     {"nftables":[{"chain":{"family":"inet","table":"filter","name":"input","hook":"input","policy":"drop"}},
 *       {"rule":{"family":"inet","table":"filter","chain":"input","expr":[{"match":{"op":"==",
 *         "left":{"payload":{"protocol":"udp","field":"dport"}},"right":4789}},{"drop":null}]}}]}
 *
 * What iptables put in is printed as `{"xt":…}` without its conditions: such a rule has further ones.
 */
import type { FactCollection } from './collection.ts';
import { addPolicy, addVerdict, type Chain, Conditions, countPass, type FirewallFamily } from './firewall.ts';
import { arrayField, isObject, type JsonObject, objectField, stringField, stringsField } from './json-fields.ts';
import { requireSelector, type Selector, selectorOf } from './nft-selector.ts';
import type { Origin } from './piece.ts';

const FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const PASSING = ['accept', 'return', 'jump', 'goto', 'queue'];
/** Expressions that ask nothing of a packet. */
const STATEMENTS = ['counter', 'log'];

/** Adds what the ruleset drops; false when the object is none. */
export function readNftObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  const items = arrayField(object, 'nftables');
  if (items === null) return false;
  const chains = new Map<string, Chain>();
  for (const item of items) {
    if (!isObject(item)) continue;
    const chain = objectField(item, 'chain');
    const rule = objectField(item, 'rule');
    if (chain !== null) readChain(chain, chains, origin, facts);
    if (rule !== null) readRule(rule, chains, origin, facts);
  }
  return true;
}

function chainOf(object: JsonObject, nameKey: string, chains: Map<string, Chain>, origin: Origin): Chain {
  const family = stringField(object, 'family') ?? '';
  const table = stringField(object, 'table');
  const name = stringField(object, nameKey) ?? '';
  const key = JSON.stringify([family, table, name]);
  const known = chains.get(key);
  if (known !== undefined) return known;
  const chain: Chain = {
    namespace: origin.namespace,
    family: FAMILIES.includes(family) ? (family as FirewallFamily) : 'unknown',
    table,
    name,
    hook: null,
    devices: [],
    passes: 0,
    policy: null,
  };
  chains.set(key, chain);
  return chain;
}

function readChain(object: JsonObject, chains: Map<string, Chain>, origin: Origin, facts: FactCollection): void {
  const chain = chainOf(object, 'name', chains, origin);
  const device = stringField(object, 'dev');
  chain.hook = stringField(object, 'hook');
  chain.devices = device === null ? stringsField(object, 'dev') : [device];
  addPolicy(facts, chain, stringField(object, 'policy') ?? '', JSON.stringify(object));
}

function readRule(object: JsonObject, chains: Map<string, Chain>, origin: Origin, facts: FactCollection): void {
  const chain = chainOf(object, 'chain', chains, origin);
  const expressions = (arrayField(object, 'expr') ?? []).filter(isObject);
  const text = JSON.stringify(expressions);
  let verdict: 'drop' | 'reject' | 'pass' | null = null;
  for (const expression of expressions) {
    const map = objectField(expression, 'vmap');
    if (map !== null && readMap(map, conditionsOf(expressions), chain, facts, text)) verdict = 'pass';
    if ('drop' in expression) verdict = 'drop';
    else if ('reject' in expression || isTarget(expression, 'REJECT')) verdict = 'reject';
    else if (PASSING.some((key) => key in expression)) verdict = 'pass';
  }
  if (verdict === 'pass') countPass(chain);
  else if (verdict !== null) addVerdict(facts, chain, verdict, conditionsOf(expressions), text);
}

function conditionsOf(expressions: readonly JsonObject[]): Conditions {
  const conditions = new Conditions();
  for (const expression of expressions) {
    const match = objectField(expression, 'match');
    const key = Object.keys(expression)[0] ?? '';
    if (match !== null) readMatch(match, conditions);
    else if (key === 'xt') conditions.further ||= !isTarget(expression, 'REJECT') && !isMatch(expression, 'comment');
    else if (!['drop', 'reject', 'vmap', ...PASSING, ...STATEMENTS].includes(key)) conditions.further = true;
  }
  return conditions;
}

function readMatch(match: JsonObject, conditions: Conditions): void {
  const selector = selectorOfObject(match['left']);
  if (selector === null || match['op'] !== '==') conditions.further = true;
  else requireSelector(conditions, selector, valuesOf(match['right']));
}

function selectorOfObject(left: unknown): Selector | null {
  if (!isObject(left)) return null;
  const payload = objectField(left, 'payload');
  const meta = objectField(left, 'meta');
  if (payload !== null) return selectorOf(stringField(payload, 'protocol') ?? '', stringField(payload, 'field') ?? '');
  return meta === null ? null : selectorOf('meta', stringField(meta, 'key') ?? '');
}

/** Each value of a right-hand side as text output has it; '' where it has no such form. */
function valuesOf(right: unknown): string[] {
  if (!isObject(right)) return [textOf(right)];
  const set = arrayField(right, 'set');
  return set === null ? [textOf(right)] : set.map(textOf);
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (!isObject(value)) return '';
  const prefix = objectField(value, 'prefix');
  const range = arrayField(value, 'range');
  if (prefix !== null) return `${stringField(prefix, 'addr') ?? ''}/${textOf(prefix['len'])}`;
  return range === null ? '' : range.map(textOf).join('-');
}

/** Adds what a map of verdicts drops; true when it has other verdicts too, or is kept under a name. */
function readMap(map: JsonObject, conditions: Conditions, chain: Chain, facts: FactCollection, text: string): boolean {
  const pairs = arrayField(objectField(map, 'data') ?? {}, 'set');
  if (pairs === null) return true;
  const drops: string[] = [];
  for (const pair of pairs) {
    if (Array.isArray(pair) && isObject(pair[1]) && 'drop' in pair[1]) drops.push(textOf(pair[0]));
  }
  if (drops.length > 0) {
    const selector = selectorOfObject(map['key']);
    if (selector === null) conditions.further = true;
    else requireSelector(conditions, selector, drops);
    addVerdict(facts, chain, 'drop', conditions, text);
  }
  return drops.length < pairs.length;
}

function isTarget(expression: JsonObject, name: string): boolean {
  const extension = objectField(expression, 'xt');
  return extension !== null && extension['type'] === 'target' && extension['name'] === name;
}

function isMatch(expression: JsonObject, name: string): boolean {
  const extension = objectField(expression, 'xt');
  return extension !== null && extension['type'] === 'match' && extension['name'] === name;
}
