/** The filter for an interface that nobody gave a filter for. */
import type { HostFacts, HostInterface } from '../host/facts.ts';

const TUNNEL_PORTS = [4789, 8472, 4790, 6081];
/** Kinds of devices that carry inner frames. */
const OVERLAY_KINDS = [
  'vxlan',
  'geneve',
  'bridge',
  'openvswitch',
  'tun',
  'dummy',
  'gre',
  'gretap',
  'ipvlan',
  'macvlan',
];

/**
 * The default filter in the language of pcap-filter(7): for an underlay, what belongs to tunnels, their errors and
 * the resolution of their endpoints; null, everything, where inner frames may be seen.
 */
export function defaultFilter(
  interfaceName: string,
  namespace: string | null,
  facts: HostFacts | null,
  vxlanPorts: readonly number[],
): string | null {
  const own = facts?.interfaces.find((one) => one.name === interfaceName && one.namespace === namespace);
  if (facts === null || own === undefined || !isUnderlay(own, facts)) return null;
  const used = facts.interfaces.flatMap(({ vxlan }) => (vxlan?.port == null ? [] : [vxlan.port]));
  return underlayFilter([...new Set([...TUNNEL_PORTS, ...used, ...vxlanPorts])]);
}

/** A device that a tunnel stands on; where no tunnel says, a network card. */
function isUnderlay(own: HostInterface, facts: HostFacts): boolean {
  if (own.kind !== null && OVERLAY_KINDS.includes(own.kind)) return false;
  const addresses = new Set(own.addresses.map(({ address }) => address));
  for (const { vxlan, namespace } of facts.interfaces) {
    if (vxlan === null) continue;
    if (vxlan.device === own.name && namespace === own.namespace) return true;
    if (vxlan.local !== null && addresses.has(vxlan.local)) return true;
  }
  return own.kind === null && own.name !== 'lo';
}

/**
 * Tunnels on known ports and, over IPv4, whatever starts like a VXLAN header; later fragments, which have no
 * ports; ARP, ICMP and neighbour discovery; and all of that behind a VLAN tag.
 */
function underlayFilter(ports: readonly number[]): string {
  const parts = [
    ...ports.map((port) => `udp port ${port}`),
    '(udp[8:4] = 0x08000000 and udp[15] = 0)',
    '(ip[6:2] & 0x1fff != 0)',
    'ip6[6] = 44',
    'arp',
    'icmp',
    'icmp6',
  ];
  const wanted = parts.join(' or ');
  return `${wanted} or (vlan and (${wanted}))`;
}
