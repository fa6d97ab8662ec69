/**
 * Gathers what the pieces of a host's text say and puts together what they say of the same thing:
 * `ip addr` and then `ip -d link` describe one set of interfaces, `ip neigh` and `arp -an` one table.
 */
import {
  emptyFacts,
  type FirewallRule,
  type ForwardingEntry,
  type HostFacts,
  type HostInterface,
  type HostNeighbor,
  type HostRoute,
  type MacTime,
  type TrafficRedirect,
} from './facts.ts';

/** Lines that `HostFacts.unrecognised` holds at most, and characters of each. */
const UNRECOGNISED_LINES = 20;
const UNRECOGNISED_CHARACTERS = 160;

/** Entries of each list at most: bounds the memory, and is far above what one host has. */
const ENTRIES = 100_000;

/** Entries of one name that a new one is compared with: more than that is no real host, and the time stays linear. */
const CANDIDATES = 8;

export class FactCollection {
  private readonly collected: HostFacts;

  constructor(host: string) {
    this.collected = emptyFacts(host);
  }

  /** Adds an interface that its parser may go on filling in: it is merged only in `facts()`. */
  addInterface(entry: HostInterface): void {
    this.add(this.collected.interfaces, entry);
  }

  addNeighbor(entry: HostNeighbor): void {
    this.add(this.collected.neighbors, entry);
  }

  /** Adds a route that its parser may go on filling in. */
  addRoute(entry: HostRoute): void {
    this.add(this.collected.routes, entry);
  }

  addForwarding(entry: ForwardingEntry): void {
    this.add(this.collected.forwarding, entry);
  }

  addRedirect(entry: TrafficRedirect): void {
    this.add(this.collected.redirects, entry);
  }

  /** Adds a rule that its parser may still correct (a family that a later rule gives away). */
  addRule(entry: FirewallRule): void {
    this.add(this.collected.firewall, entry);
  }

  addMacTime(entry: MacTime): void {
    this.collected.macTimes ??= [];
    this.add(this.collected.macTimes, entry);
  }

  private add<Entry>(list: Entry[], entry: Entry): void {
    if (list.length < ENTRIES) list.push(entry);
    else this.collected.leftOut = (this.collected.leftOut ?? 0) + 1;
  }

  addUnrecognised(line: number, text: string): void {
    const count = this.collected.unrecognisedLines ?? 0;
    this.collected.unrecognisedLines = count + 1;
    if (count < UNRECOGNISED_LINES) {
      this.collected.unrecognised.push({ line, text: text.slice(0, UNRECOGNISED_CHARACTERS) });
    }
  }

  /** The facts, in the order of the text. */
  facts(): HostFacts {
    return {
      ...this.collected,
      interfaces: merged(
        this.collected.interfaces,
        ({ namespace, name }) => JSON.stringify([namespace, name]),
        mergeInterface,
      ),
      neighbors: merged(
        this.collected.neighbors,
        ({ namespace, address, device }) => JSON.stringify([namespace, address, device]),
        mergeNeighbor,
      ),
      routes: distinct(this.collected.routes),
      forwarding: distinct(this.collected.forwarding),
      redirects: distinct(this.collected.redirects),
      firewall: distinct(this.collected.firewall),
    };
  }
}

/** The entries without those that are said twice, as by one command in text and in JSON. */
function distinct<Entry>(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** Joins entries of one key where `join` can; it returns false for two that contradict each other. */
function merged<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
  join: (into: Entry, from: Entry) => boolean,
): Entry[] {
  const byKey = new Map<string, Entry[]>();
  const result: Entry[] = [];
  for (const entry of entries) {
    const key = keyOf(entry);
    const known = byKey.get(key) ?? [];
    byKey.set(key, known);
    if (known.slice(-CANDIDATES).some((candidate) => join(candidate, entry))) continue;
    known.push(entry);
    result.push(entry);
  }
  return result;
}

const differ = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;

/**
 * Two interfaces of one name are the same unless their index or MAC says otherwise: texts of two
 * namespaces may follow each other without a heading, and both have an `eth0`. Where they are the same,
 * the later text is the newer one.
 */
function mergeInterface(into: HostInterface, from: HostInterface): boolean {
  if (differ(into.index, from.index) || differ(into.mac, from.mac)) return false;
  into.index ??= from.index;
  into.mac ??= from.mac;
  into.mtu = from.mtu ?? into.mtu;
  into.up = from.up ?? into.up;
  into.master = from.master ?? into.master;
  into.kind = from.kind ?? into.kind;
  into.vxlan = from.vxlan ?? into.vxlan;
  into.otherHostDropped = from.otherHostDropped ?? into.otherHostDropped ?? null;
  const known = addressesOf.get(into) ?? new Set(into.addresses.map(addressKey));
  addressesOf.set(into, known);
  for (const entry of from.addresses) {
    if (known.has(addressKey(entry))) continue;
    known.add(addressKey(entry));
    into.addresses.push(entry);
  }
  return true;
}

/** The addresses of interfaces that others were merged into, so that each merge costs what it adds. */
const addressesOf = new WeakMap<HostInterface, Set<string>>();

const addressKey = ({ address, prefixLength }: HostInterface['addresses'][number]): string =>
  `${address}/${prefixLength}`;

function mergeNeighbor(into: HostNeighbor, from: HostNeighbor): boolean {
  if (into.mac !== from.mac || into.proxy !== from.proxy || differ(into.state, from.state)) return false;
  into.state ??= from.state;
  return true;
}
