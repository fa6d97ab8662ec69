/**
 * What rules of iptables and nft have in common: a chain that counts what stands before a rule, and a
 * rule's conditions, which become one `FirewallRule` for each combination of their values.
 */
import { readDestination } from './address.ts';
import type { FactCollection } from './collection.ts';
import type { FirewallRule } from './facts.ts';

export type FirewallFamily = FirewallRule['family'];
export type Verdict = 'drop' | 'reject';

/** What a rule can ask of a packet and a `FirewallRule` can say. */
export type Field =
  | 'protocol'
  | 'source'
  | 'destination'
  | 'inputInterface'
  | 'outputInterface'
  | 'destinationPort'
  | 'icmpType';

/** Entries that one rule may become; one with more combinations keeps only the conditions that fit. */
const MOST_ENTRIES = 64;

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['1', 'icmp'],
  ['6', 'tcp'],
  ['17', 'udp'],
  ['47', 'gre'],
  ['58', 'icmpv6'],
  ['132', 'sctp'],
  ['icmp6', 'icmpv6'],
  ['ipv6-icmp', 'icmpv6'],
]);

const ICMP_TYPES: ReadonlyMap<string, string> = new Map([
  ['0', 'echo-reply'],
  ['3', 'destination-unreachable'],
  ['5', 'redirect'],
  ['8', 'echo-request'],
  ['11', 'time-exceeded'],
  ['12', 'parameter-problem'],
]);

const ICMPV6_TYPES: ReadonlyMap<string, string> = new Map([
  ['1', 'destination-unreachable'],
  ['2', 'packet-too-big'],
  ['3', 'time-exceeded'],
  ['4', 'parameter-problem'],
  ['128', 'echo-request'],
  ['129', 'echo-reply'],
  ['133', 'nd-router-solicit'],
  ['134', 'nd-router-advert'],
  ['135', 'nd-neighbor-solicit'],
  ['136', 'nd-neighbor-advert'],
  ['neighbor-solicitation', 'nd-neighbor-solicit'],
  ['neighbour-solicitation', 'nd-neighbor-solicit'],
  ['neighbor-advertisement', 'nd-neighbor-advert'],
  ['neighbour-advertisement', 'nd-neighbor-advert'],
  ['router-solicitation', 'nd-router-solicit'],
  ['router-advertisement', 'nd-router-advert'],
]);

/** A protocol by the name used here, from a name or a number. */
export function protocolName(printed: string): string {
  return PROTOCOLS.get(printed) ?? printed;
}

/** An ICMP or ICMPv6 type by nft's name, from a name or a number. */
export function icmpTypeName(printed: string, version: 4 | 6): string {
  return (version === 4 ? ICMP_TYPES : ICMPV6_TYPES).get(printed) ?? printed;
}

/** The conditions of one rule, gathered in the order in which it states them. */
export class Conditions {
  private readonly values = new Map<Field, readonly string[]>();
  /** Set when the rule asks for something that no field can say. */
  further = false;

  /** The field has to have one of these values, each as a command printed it. */
  require(field: Field, printed: readonly string[]): void {
    const values = printed.map((value) => readValue(field, value));
    const known = this.values.get(field);
    if (values.length === 0 || values.includes(null)) this.further = true;
    else if (known === undefined) this.values.set(field, values as string[]);
    else if (JSON.stringify(known) !== JSON.stringify(values)) this.further = true;
  }

  /** The fields of each combination of values. */
  combinations(): { fields: Map<Field, string>; further: boolean }[] {
    let rows = [new Map<Field, string>()];
    let further = this.further;
    for (const [field, values] of this.values) {
      if (rows.length * values.length > MOST_ENTRIES) {
        further = true;
        continue;
      }
      rows = rows.flatMap((row) => values.map((value) => new Map(row).set(field, value)));
    }
    return rows.map((fields) => ({ fields, further }));
  }
}

/** A value as `FirewallRule` has it; null when it cannot hold it (a named set, a range of addresses, a service name). */
function readValue(field: Field, printed: string): string | null {
  if (printed === '' || printed.startsWith('@')) return null;
  switch (field) {
    case 'source':
    case 'destination':
      return readDestination(printed);
    case 'destinationPort':
      return /^\d{1,5}([-:]\d{1,5})?$/.test(printed) ? printed.replace(':', '-') : null;
    case 'inputInterface':
    case 'outputInterface':
      return printed.endsWith('+') ? `${printed.slice(0, -1)}*` : printed;
    case 'protocol':
      return protocolName(printed);
    case 'icmpType':
      return printed;
  }
}

/** One chain while its rules are read. */
export interface Chain {
  namespace: string | null;
  family: FirewallFamily;
  table: string | null;
  name: string;
  hook: string | null;
  /** Devices that a chain of the netdev family is bound to. */
  devices: readonly string[];
  /** Rules so far that let a packet pass or send it elsewhere. */
  passes: number;
  policy: FirewallRule | null;
}

/** Notes a rule that accepts, returns, queues or jumps. */
export function countPass(chain: Chain): void {
  chain.passes++;
  if (chain.policy !== null) chain.policy.precededBy = chain.passes;
}

/** Adds a rule that drops or rejects; returns what was added. */
export function addVerdict(
  facts: FactCollection,
  chain: Chain,
  action: Verdict,
  conditions: Conditions,
  text: string,
): FirewallRule[] {
  if (chain.devices.length > 0) conditions.require('inputInterface', chain.devices);
  return conditions.combinations().map(({ fields, further }) => {
    const [first, last] = (fields.get('destinationPort') ?? '').split('-');
    const rule = ruleOf(chain, action, text);
    rule.protocol = fields.get('protocol') ?? null;
    rule.source = fields.get('source') ?? null;
    rule.destination = fields.get('destination') ?? null;
    rule.inputInterface = fields.get('inputInterface') ?? null;
    rule.outputInterface = fields.get('outputInterface') ?? null;
    rule.destinationPort = first ? Number(first) : null;
    rule.destinationPortLast = last ? Number(last) : null;
    rule.icmpType = fields.get('icmpType') ?? null;
    rule.furtherConditions = further;
    facts.addRule(rule);
    return rule;
  });
}

/** Sets a chain's policy, and adds it where it drops. Rules that pass and are still to come are counted in it. */
export function addPolicy(facts: FactCollection, chain: Chain, policy: string, text: string): FirewallRule | null {
  if (policy.toLowerCase() !== 'drop') return null;
  chain.policy = { ...ruleOf(chain, 'drop', text), policy: true };
  if (chain.devices.length === 1) chain.policy.inputInterface = chain.devices[0]!;
  facts.addRule(chain.policy);
  return chain.policy;
}

function ruleOf(chain: Chain, action: Verdict, text: string): FirewallRule {
  return {
    namespace: chain.namespace,
    family: chain.family,
    table: chain.table,
    chain: chain.name,
    hook: chain.hook,
    precededBy: chain.passes,
    action,
    policy: false,
    protocol: null,
    source: null,
    destination: null,
    inputInterface: null,
    outputInterface: null,
    destinationPort: null,
    destinationPortLast: null,
    icmpType: null,
    furtherConditions: false,
    text,
  };
}
