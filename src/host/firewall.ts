/**
 * What rules of iptables and nft have in common: the chain that they stand in, and a rule's conditions,
 * which become one `FirewallRule` for each combination of their values.
 */
import { readDestination } from './address.ts';
import type { FactCollection } from './collection.ts';
import type { FirewallRule } from './facts.ts';

export type FirewallFamily = FirewallRule['family'];
export type Action = FirewallRule['action'];
/** What a rule does, and the chain that a jump leads to. */
export type Verdict = Pick<FirewallRule, 'action' | 'target'>;

/** What a rule can ask of a packet and a `FirewallRule` can say. */
export type Field =
  | 'protocol'
  | 'source'
  | 'destination'
  | 'inputInterface'
  | 'outputInterface'
  | 'destinationPort'
  | 'icmpType';

/** Targets of iptables after which a packet goes on through the chain. */
export const CONTINUING = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'MARK',
  'CONNMARK',
  'CT',
  'NOTRACK',
  'TCPMSS',
  'TRACE',
  'SET',
  'TOS',
  'DSCP',
  'TTL',
  'HL',
  'CHECKSUM',
  'CLASSIFY',
]);

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
}

/** Adds a rule that decides; returns what was added. */
export function addVerdict(
  facts: FactCollection,
  chain: Chain,
  verdict: Verdict,
  conditions: Conditions,
  text: string,
): FirewallRule[] {
  if (chain.devices.length > 0) conditions.require('inputInterface', chain.devices);
  return conditions.combinations().map(({ fields, further }) => {
    const [first, last] = (fields.get('destinationPort') ?? '').split('-');
    const rule = ruleOf(chain, verdict, text);
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

/** Adds a chain's policy where it drops. */
export function addPolicy(facts: FactCollection, chain: Chain, policy: string, text: string): FirewallRule | null {
  if (policy.toLowerCase() !== 'drop') return null;
  const rule = { ...ruleOf(chain, { action: 'drop' }, text), policy: true };
  if (chain.devices.length === 1) rule.inputInterface = chain.devices[0]!;
  facts.addRule(rule);
  return rule;
}

/** Adds that a chain which is only jumped to ends, and that packets return from it. */
export function addReturn(facts: FactCollection, chain: Chain, text: string): FirewallRule {
  const rule = { ...ruleOf(chain, { action: 'return' }, text), policy: true };
  facts.addRule(rule);
  return rule;
}

function ruleOf(chain: Chain, verdict: Verdict, text: string): FirewallRule {
  return {
    namespace: chain.namespace,
    family: chain.family,
    table: chain.table,
    chain: chain.name,
    hook: chain.hook,
    ...verdict,
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
