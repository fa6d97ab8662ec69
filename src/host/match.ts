/** Does a rule of a host's firewall drop a given packet? */
import { prefixContains } from './address.ts';
import type { FirewallRule } from './facts.ts';
import { icmpTypeName, protocolName } from './firewall.ts';

/** What is known of a packet; null for what is not, or what the packet does not have. */
export interface FilteredPacket {
  /** By name or number: icmp, icmpv6, tcp, udp, arp … */
  protocol: string;
  source: string | null;
  destination: string | null;
  destinationPort: number | null;
  /** By nft's name (echo-request) or number. */
  icmpType: string | null;
  /** Interface on which the packet reaches the host. */
  inputInterface: string | null;
}

/**
 * True when the packet meets all that the rule asks, false when it certainly does not, null when that
 * cannot be told: the rule has conditions that `FirewallRule` does not hold, the packet lacks a field, or
 * the rule stands in a chain that is only jumped to.
 *
 * Rules that stand before this one are not looked at (see `precededBy`), nor whether the packet takes
 * the rule's hook. A chain's policy, which applies to what no rule before it took, is true only when no
 * such rule exists.
 */
export function dropsPacket(rule: FirewallRule, packet: FilteredPacket): boolean | null {
  const protocol = protocolName(packet.protocol);
  const answers = [
    familyMatches(rule, protocol, packet),
    rule.protocol === null ? true : rule.protocol === protocol,
    addressMatches(rule.source, packet.source),
    addressMatches(rule.destination, packet.destination),
    interfaceMatches(rule.inputInterface, packet.inputInterface),
    portMatches(rule, packet.destinationPort),
    icmpTypeMatches(rule.icmpType, packet.icmpType, protocol),
  ];
  if (answers.includes(false)) return false;
  const undecided =
    answers.includes(null) ||
    rule.outputInterface !== null ||
    rule.furtherConditions === true ||
    rule.hook === null ||
    (rule.policy && rule.precededBy !== 0);
  return undecided ? null : true;
}

function familyMatches(rule: FirewallRule, protocol: string, packet: FilteredPacket): boolean | null {
  if (rule.family === 'arp') return protocol === 'arp';
  if (rule.family === 'bridge' || rule.family === 'netdev') return true;
  // The hooks of ip, ip6 and inet are never given an ARP packet.
  if (protocol === 'arp') return false;
  if (rule.family === 'inet') return true;
  const address = packet.source ?? packet.destination;
  const version = protocol === 'icmpv6' ? 'ip6' : protocol === 'icmp' ? 'ip' : versionOf(address);
  if (rule.family === 'unknown' || version === null) return null;
  return rule.family === version;
}

function versionOf(address: string | null): 'ip' | 'ip6' | null {
  if (address === null) return null;
  return address.includes(':') ? 'ip6' : 'ip';
}

function addressMatches(prefix: string | null, address: string | null): boolean | null {
  if (prefix === null) return true;
  return address === null ? null : prefixContains(prefix, address);
}

function interfaceMatches(pattern: string | null, name: string | null): boolean | null {
  if (pattern === null) return true;
  if (name === null) return null;
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function portMatches(rule: FirewallRule, port: number | null): boolean | null {
  if (rule.destinationPort === null) return true;
  if (port === null) return null;
  return port >= rule.destinationPort && port <= (rule.destinationPortLast ?? rule.destinationPort);
}

function icmpTypeMatches(type: string | null, printed: string | null, protocol: string): boolean | null {
  if (type === null) return true;
  if (printed === null) return null;
  return type === icmpTypeName(printed, protocol === 'icmpv6' ? 6 : 4);
}
