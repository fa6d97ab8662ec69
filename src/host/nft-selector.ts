/** The selectors of nft rules (`ip saddr`, `tcp dport`, `meta l4proto` …) that a firewall rule's fields can hold. */
import { type Conditions, type Field, icmpTypeName } from './firewall.ts';

/** A selector by its two words; single words (`iifname`) are those of `meta`. */
export interface Selector {
  /** Field that the selector's values are for; null when there is none for it. */
  field: Field | null;
  /** Protocol that a packet must have for the selector to apply at all. */
  protocol: string | null;
  icmpVersion: 4 | 6 | null;
}

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['ip saddr', 'source'],
  ['ip6 saddr', 'source'],
  ['ip daddr', 'destination'],
  ['ip6 daddr', 'destination'],
  ['ip protocol', 'protocol'],
  ['ip6 nexthdr', 'protocol'],
  ['meta l4proto', 'protocol'],
  ['meta iif', 'inputInterface'],
  ['meta iifname', 'inputInterface'],
  ['meta oif', 'outputInterface'],
  ['meta oifname', 'outputInterface'],
  ['th dport', 'destinationPort'],
  ['tcp dport', 'destinationPort'],
  ['udp dport', 'destinationPort'],
  ['sctp dport', 'destinationPort'],
  ['icmp type', 'icmpType'],
  ['icmpv6 type', 'icmpType'],
]);

const PROTOCOLS = new Set(['tcp', 'udp', 'sctp', 'icmp', 'icmpv6', 'arp']);

export function selectorOf(header: string, name: string): Selector {
  return {
    field: FIELDS.get(`${header} ${name}`) ?? null,
    protocol: PROTOCOLS.has(header) ? header : null,
    icmpVersion: header === 'icmp' ? 4 : header === 'icmpv6' ? 6 : null,
  };
}

/** Adds `selector == one of values` to the conditions. */
export function requireSelector(conditions: Conditions, selector: Selector, values: readonly string[]): void {
  if (selector.protocol !== null) conditions.require('protocol', [selector.protocol]);
  if (selector.field === null) {
    conditions.further = true;
    return;
  }
  const { icmpVersion } = selector;
  conditions.require(selector.field, icmpVersion === null ? values : values.map((v) => icmpTypeName(v, icmpVersion)));
}
