/** Does a packet meet what a rule of a host's firewall asks? */
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
  /** Interface on which the packet reaches the host; not the loopback device where it is not known. */
  inputInterface: string | null;
}

/**
 * True when the packet meets all that the rule asks, false when it certainly does not, null when that
 * cannot be told: the rule has conditions that `FirewallRule` does not hold, or the packet lacks a field.
 * Whether the packet comes to the rule at all is for `runFirewall` to say.
 */
export function meetsRule(rule: FirewallRule, packet: FilteredPacket): boolean | null {
  const protocol = protocolName(packet.protocol);
  const answers = [
    familyMatches(rule, protocol, packet),
    rule.protocol === null ? true : rule.protocol === protocol,
    addressMatches(rule.source, packet.source),
    addressMatches(rule.destination, packet.destination),
    interfaceMatches(rule.inputInterface, packet.inputInterface),
    interfaceMatches(rule.outputInterface, null),
    portMatches(rule, packet.destinationPort),
    icmpTypeMatches(rule.icmpType, packet.icmpType, protocol),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(null) || rule.furtherConditions === true ? null : true;
}

/** True when the rule is about the packet's very port, or where it has none, its protocol. */
export function namesPacket(rule: FirewallRule, { protocol, destinationPort }: FilteredPacket): boolean {
  if (destinationPort === null) return rule.protocol === protocolName(protocol);
  return rule.destinationPort === destinationPort && (rule.destinationPortLast ?? destinationPort) === destinationPort;
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
  // What is asked about comes from other hosts or goes to them.
  if (name === null) return pattern === 'lo' ? false : null;
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
