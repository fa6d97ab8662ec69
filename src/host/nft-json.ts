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
import {
  addPolicy,
  addReturn,
  addVerdict,
  type Chain,
  CONTINUING,
  Conditions,
  type FirewallFamily,
  type Verdict,
} from './firewall.ts';
import { arrayField, isObject, type JsonObject, objectField, stringField, stringsField } from './json-fields.ts';
import { byVerdict, nftVerdict } from './nft-rule.ts';
import { requireSelector, type Selector, selectorOf } from './nft-selector.ts';
import type { Origin } from './piece.ts';

const FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
/** Expressions that ask nothing of a packet. */
const STATEMENTS = ['counter', 'log'];

/** Adds what the ruleset decides; false when the object is none. */
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
  };
  chains.set(key, chain);
  return chain;
}

function readChain(object: JsonObject, chains: Map<string, Chain>, origin: Origin, facts: FactCollection): void {
  const chain = chainOf(object, 'name', chains, origin);
  const device = stringField(object, 'dev');
  chain.hook = stringField(object, 'hook');
  chain.devices = device === null ? stringsField(object, 'dev') : [device];
  if (chain.hook === null) addReturn(facts, chain, JSON.stringify(object));
  else addPolicy(facts, chain, stringField(object, 'policy') ?? '', JSON.stringify(object));
}

function readRule(object: JsonObject, chains: Map<string, Chain>, origin: Origin, facts: FactCollection): void {
  const chain = chainOf(object, 'chain', chains, origin);
  const expressions = (arrayField(object, 'expr') ?? []).filter(isObject);
  const text = JSON.stringify(expressions);
  let verdict: Verdict | null = null;
  for (const expression of expressions) {
    const map = objectField(expression, 'vmap');
    if (map !== null) readMap(map, expressions, chain, facts, text);
    verdict = verdictOf(expression) ?? verdict;
  }
  if (verdict !== null) addVerdict(facts, chain, verdict, conditionsOf(expressions), text);
}

/** `{"jump":{"target":"tail"}}`, `{"accept":null}`; what iptables put in has its target in `xt`. */
function verdictOf(expression: JsonObject): Verdict | null {
  const extension = objectField(expression, 'xt');
  if (extension !== null && extension['type'] === 'target') {
    const name = stringField(extension, 'name') ?? '';
    return CONTINUING.has(name) ? null : { action: name === 'REJECT' ? 'reject' : 'other' };
  }
  const [key = ''] = Object.keys(expression);
  return nftVerdict([key, stringField(objectField(expression, key) ?? {}, 'target') ?? '']);
}

function conditionsOf(expressions: readonly JsonObject[]): Conditions {
  const conditions = new Conditions();
  for (const expression of expressions) {
    const match = objectField(expression, 'match');
    const key = Object.keys(expression)[0] ?? '';
    if (match !== null) readMatch(match, conditions);
    else if (key === 'xt') conditions.further ||= !isTarget(expression) && !isMatch(expression, 'comment');
    else if (key !== 'vmap' && !STATEMENTS.includes(key) && verdictOf(expression) === null) conditions.further = true;
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

/** Adds what a map of verdicts decides; nothing is known of one that is kept under a name. */
function readMap(
  map: JsonObject,
  rule: readonly JsonObject[],
  chain: Chain,
  facts: FactCollection,
  text: string,
): void {
  const selector = selectorOfObject(map['key']);
  for (const { verdict, values } of mapEntries(map)) {
    const conditions = conditionsOf(rule);
    if (selector === null) conditions.further = true;
    else requireSelector(conditions, selector, values);
    addVerdict(facts, chain, verdict, conditions, text);
  }
}

function mapEntries(map: JsonObject): { verdict: Verdict; values: string[] }[] {
  const pairs = arrayField(objectField(map, 'data') ?? {}, 'set');
  if (pairs === null) return [{ verdict: { action: 'other' }, values: [''] }];
  const entries = pairs.map((pair) => {
    const [value, verdict] = Array.isArray(pair) ? pair : [];
    return { value: textOf(value), verdict: isObject(verdict) ? verdictOf(verdict) : null };
  });
  return byVerdict(entries);
}

function isTarget(expression: JsonObject): boolean {
  return objectField(expression, 'xt')?.['type'] === 'target';
}

function isMatch(expression: JsonObject, name: string): boolean {
  const extension = objectField(expression, 'xt');
  return extension !== null && extension['type'] === 'match' && extension['name'] === name;
}
