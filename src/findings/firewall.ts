/** Rules of a host's firewall that packets may meet on their way, and what to do about them. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import { runFirewall } from '../host/chains.ts';
import type { FirewallRule, HostFacts, HostInterface } from '../host/facts.ts';
import { type FilteredPacket, meetsRule, namesPacket } from '../host/match.ts';
import type { Case } from './case.ts';
import { inNamespace, shellWord } from './shell.ts';

/** Where the kernel lets a firewall look at packets for the host itself, at those that it passes on, and at its own. */
export const INCOMING = ['ingress', 'prerouting', 'input'];
const FORWARDED = ['ingress', 'prerouting', 'forward'];
export const OUTGOING = ['output', 'postrouting', 'egress'];

/** A rule that a packet may meet. */
export interface MetRule {
  rule: FirewallRule;
  packet: FilteredPacket;
  /** True when it drops the packet, whatever is not known of the others. */
  isCertain: boolean;
}

/** A stretch of a packet's way through one namespace. */
interface Stretch {
  namespace: string | null;
  hooks: readonly string[];
  inputInterface: string | null;
}

/**
 * The rule of a host that drops a flow's requests, which came as far as a capture there; or the first that may; null
 * for none.
 */
export function requestRule(subject: Case, flow: JoinedFlow, after: Vantage, host = after.host): MetRule | null {
  const facts = subject.owners.facts(host);
  if (facts === null || facts.firewall.length === 0) return null;
  let suspect: MetRule | null = null;
  for (const { namespace, hooks, inputInterface } of stretches(subject, facts, flow, after)) {
    const packet = { ...requestOf(flow), inputInterface };
    const met = metRule(facts, packet, namespace, hooks);
    if (met?.isCertain) return met;
    suspect ??= met;
  }
  return suspect;
}

/**
 * The rule of a host that drops a packet; else the first that may, and of which all that is known fits the packet or
 * that is about its very port.
 */
export function metRule(
  { firewall, leftOut = 0 }: HostFacts,
  packet: FilteredPacket,
  namespace: string | null,
  hooks: readonly string[],
): MetRule | null {
  const { certain, possible } = runFirewall(firewall, packet, namespace, hooks);
  // Of a list that is full the end is missing.
  if (certain !== null) return { rule: certain, packet, isCertain: leftOut === 0 };
  const rule = possible.find((one) => meetsRule(one, packet) === true || namesPacket(one, packet));
  return rule === undefined ? null : { rule, packet, isCertain: false };
}

const PROTOCOLS: Readonly<Record<JoinedFlow['protocol'], string>> = {
  'icmp-echo': 'icmp',
  'icmpv6-echo': 'icmpv6',
  arp: 'arp',
  ndp: 'icmpv6',
  'tcp-connect': 'tcp',
  dns: 'udp',
};

function requestOf({ protocol, source, destination, identifier }: JoinedFlow): FilteredPacket {
  const isEcho = protocol === 'icmp-echo' || protocol === 'icmpv6-echo';
  return {
    protocol: PROTOCOLS[protocol],
    source,
    // Solicitations go to a multicast address as a rule.
    destination: protocol === 'ndp' ? null : destination,
    destinationPort: protocol === 'tcp-connect' || protocol === 'dns' ? identifier : null,
    icmpType: isEcho ? 'echo-request' : protocol === 'ndp' ? 'nd-neighbor-solicit' : null,
    inputInterface: null,
  };
}

/** Where a flow's requests are still to pass a firewall: to an address of the host, through another namespace or to a host behind. */
function stretches(subject: Case, facts: HostFacts, flow: JoinedFlow, after: Vantage): Stretch[] {
  const captured = capturedInterface(facts, after);
  const owners = subject.owners.interfacesOf(facts.host, flow.destination, after.interfaceName);
  const isOwn = captured !== null && owners.includes(captured);
  const namespaces = new Set(isOwn ? [captured.namespace] : owners.map(({ namespace }) => namespace));
  // The same address in two namespaces: which of them the requests are for is not known.
  if (namespaces.size > 1) return [];
  const found: Stretch[] = [];
  for (const namespace of namespaces) {
    found.push({ namespace, hooks: INCOMING, inputInterface: isOwn ? deviceOf(captured) : null });
  }
  const isForwarded = captured !== null && !namespaces.has(captured.namespace) && isRouted(facts, flow, captured);
  if (isForwarded) {
    found.push({ namespace: captured.namespace, hooks: FORWARDED, inputInterface: deviceOf(captured) });
  }
  return found;
}

/** The interface that a capture was taken at, if the host listed just one that it can be. */
function capturedInterface({ interfaces }: HostFacts, { label, interfaceName }: Vantage): HostInterface | null {
  const own = interfaces.filter(({ captures }) => captures?.includes(label));
  const found = own.length > 0 ? own : interfaces.filter(({ name }) => name === interfaceName);
  return found.length === 1 ? found[0] : null;
}

/** The device that rules see packets come in by: of a bridge's or bond's port it is the bridge or bond. */
function deviceOf({ name, master }: HostInterface): string | null {
  return master === null ? name : null;
}

/** True when a namespace routes what comes in by an interface, rather than to bridge or redirect it. Nobody routes ARP. */
function isRouted(facts: HostFacts, { protocol }: JoinedFlow, { name, namespace, master }: HostInterface): boolean {
  if (protocol === 'arp' || protocol === 'ndp' || master !== null) return false;
  return !facts.redirects.some(
    (redirect) =>
      redirect.namespace === namespace &&
      redirect.action === 'redirect' &&
      (redirect.device === null || redirect.device === name),
  );
}

/** Ports of a rule of iptables that names several. */
const SEVERAL_PORTS = /--dports \S*[,:]/;

/** True when taking the rule away lets through no more than packets such as this one, as far as protocol and port go. */
export function isNarrow({ rule, packet }: MetRule): boolean {
  return !rule.policy && namesPacket(rule, packet) && !SEVERAL_PORTS.test(rule.text);
}

/** True when iptables printed the rule. */
export function isOfIptables({ text }: FirewallRule): boolean {
  return /^(\[\d+:\d+\] )?-[AP] |^:/.test(text);
}

/** The command that takes a rule of iptables away. */
export function deletion(rule: FirewallRule): string {
  return `${iptables(rule)} ${rule.text.replace(/^(\[\d+:\d+\] )?-A /, '-D ')}`;
}

/** The command that lets packets pass before a rule. */
export function acceptance({ rule, packet }: MetRule): string {
  if (isOfIptables(rule)) {
    return `${iptables(rule)} -I ${shellWord(rule.chain)} ${iptablesMatch(packet)} -j ACCEPT`;
  }
  const chain = `${nftFamily(rule)} ${shellWord(rule.table ?? 'filter')} ${shellWord(rule.chain)}`;
  return `${inNamespace(rule.namespace)}nft insert rule ${chain} ${nftMatch(packet)} accept`;
}

function iptables({ namespace, family, table }: FirewallRule): string {
  const option = table == null || table === 'filter' ? '' : ` -t ${shellWord(table)}`;
  return `${inNamespace(namespace)}${family === 'ip6' ? 'ip6tables' : 'iptables'}${option}`;
}

export function nftFamily({ family }: FirewallRule): string {
  return family === 'unknown' ? 'inet' : family;
}

function iptablesMatch({ protocol, destinationPort, icmpType }: FilteredPacket): string {
  if (destinationPort !== null) return `-p ${protocol} --dport ${destinationPort}`;
  if (protocol === 'icmp') return `-p icmp --icmp-type ${icmpType}`;
  return `-p ipv6-icmp --icmpv6-type ${icmpType === 'nd-neighbor-solicit' ? 'neighbour-solicitation' : icmpType}`;
}

function nftMatch({ protocol, destinationPort, icmpType }: FilteredPacket): string {
  if (protocol === 'arp') return 'arp operation request';
  return destinationPort !== null ? `${protocol} dport ${destinationPort}` : `${protocol} type ${icmpType}`;
}
