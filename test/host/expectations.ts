/**
 * What each command prints of the namespaces that namespace.ts makes, and the facts to be read from it:
 * once from the stored samples, and once live. A command with a twin in JSON has the same facts in both.
 */
import { emptyFacts, type FirewallRule, type HostFacts, type HostInterface } from '../../src/host/facts.ts';

export interface Expectation {
  /** File in samples/ without `.txt`. */
  sample: string;
  command: string;
  /** Whether the text begins with the command, as in a shell's log. */
  echoed: boolean;
  facts: HostFacts;
}

const plain: HostInterface = {
  name: '',
  index: null,
  namespace: null,
  mac: null,
  addresses: [],
  mtu: null,
  up: null,
  master: null,
  kind: null,
  vxlan: null,
  otherHostDropped: null,
};

/** All that the commands together say of the interfaces. */
const INTERFACES: HostInterface[] = [
  {
    ...plain,
    name: 'lo',
    index: 1,
    mac: '00:00:00:00:00:00',
    addresses: [
      { address: '127.0.0.1', prefixLength: 8 },
      { address: '::1', prefixLength: 128 },
    ],
    mtu: 65536,
    up: true,
  },
  {
    ...plain,
    name: 'ens3',
    index: 2,
    mac: '52:54:00:a8:0a:c9',
    addresses: [
      { address: '192.168.10.201', prefixLength: 24 },
      { address: '2001:db8::201', prefixLength: 64 },
    ],
    mtu: 1500,
    up: true,
    kind: 'veth',
    otherHostDropped: 2,
  },
  {
    ...plain,
    name: 'vxlan0',
    index: 3,
    mac: '7e:e5:f7:e6:f5:1a',
    addresses: [{ address: '10.132.2.46', prefixLength: 24 }],
    mtu: 1450,
    up: true,
    kind: 'vxlan',
    vxlan: {
      vni: 555005,
      port: 4789,
      local: '192.168.10.201',
      remote: '192.168.10.163',
      device: 'ens3',
      group: null,
      external: false,
    },
  },
  {
    ...plain,
    name: 'vxlan9',
    index: 4,
    mac: '7e:e5:f7:e6:f5:09',
    mtu: 1450,
    up: false,
    kind: 'vxlan',
    vxlan: { vni: 9, port: 8472, local: null, remote: null, device: 'ens3', group: '239.1.1.1', external: false },
  },
  {
    ...plain,
    name: 'vxlan6',
    index: 5,
    mac: '7e:e5:f7:e6:f5:06',
    mtu: 1430,
    up: false,
    kind: 'vxlan',
    vxlan: {
      vni: 6,
      port: 4789,
      local: '2001:db8::201',
      remote: '2001:db8::163',
      device: 'ens3',
      group: null,
      external: false,
    },
  },
  {
    ...plain,
    name: 'vxext',
    index: 6,
    mac: '7e:e5:f7:e6:f5:0e',
    mtu: 1500,
    up: false,
    kind: 'vxlan',
    vxlan: { vni: 0, port: 4790, local: null, remote: null, device: null, group: null, external: true },
  },
  {
    ...plain,
    name: 'vxbr',
    index: 7,
    mac: '7e:e5:f7:e6:f5:77',
    mtu: 1500,
    up: true,
    master: 'br0',
    kind: 'vxlan',
    vxlan: { vni: 77, port: 4791, local: null, remote: null, device: null, group: null, external: false },
  },
  { ...plain, name: 'br0', index: 8, mac: '7e:e5:f7:e6:f5:b0', mtu: 1500, up: true, kind: 'bridge' },
  {
    ...plain,
    name: 'pod0',
    index: 9,
    mac: '0a:58:0a:84:02:2e',
    addresses: [{ address: '10.9.0.1', prefixLength: 30 }],
    mtu: 1500,
    up: false,
    kind: 'veth',
  },
  { ...plain, name: 'pod1', index: 10, mac: '0a:58:0a:84:02:2f', mtu: 1500, up: false, kind: 'veth' },
];

/** The interfaces as a command shows them that tells only some of this. */
function interfaces(...told: (keyof HostInterface)[]): Partial<HostFacts> {
  return {
    interfaces: INTERFACES.map((entry) => ({
      ...plain,
      ...Object.fromEntries(['name' as const, ...told].map((key) => [key, entry[key]])),
    })),
  };
}

const LINK = ['index', 'mac', 'mtu', 'up', 'master'] as const;
const BRIEF_UP: Partial<HostFacts> = {
  interfaces: interfaces('addresses', 'up').interfaces!.map((entry) => ({ ...entry, up: entry.up || null })),
};
const WITH_ADDRESSES: Partial<HostFacts> = {
  interfaces: interfaces('index', 'addresses').interfaces!.filter((entry) => entry.addresses.length > 0),
};

const NEIGHBORS: HostFacts['neighbors'] = [
  {
    namespace: null,
    address: '192.168.10.163',
    mac: '52:54:00:a8:0a:a3',
    device: 'ens3',
    state: 'PERMANENT',
    proxy: false,
  },
  { namespace: null, address: '10.132.2.3', mac: null, device: 'vxlan0', state: 'FAILED', proxy: false },
  {
    namespace: null,
    address: '10.132.2.2',
    mac: '0a:58:0a:84:02:02',
    device: 'vxlan0',
    state: 'PERMANENT',
    proxy: false,
  },
  {
    namespace: null,
    address: '2001:db8::163',
    mac: '52:54:00:a8:0a:a3',
    device: 'ens3',
    state: 'PERMANENT',
    proxy: false,
  },
];

/** The table of arp: IPv4 only, an entry that failed is incomplete, and the proxy entry is listed too. */
const ARP: HostFacts['neighbors'] = [
  ...NEIGHBORS.slice(0, 3).map((entry) => (entry.mac === null ? { ...entry, state: 'INCOMPLETE' } : entry)),
  { namespace: null, address: '10.132.2.77', mac: null, device: 'vxlan0', state: null, proxy: true },
];

const route = (destination: string, rest: Partial<HostFacts['routes'][number]>): HostFacts['routes'][number] => ({
  namespace: null,
  destination,
  family: destination.includes(':') ? 'inet6' : 'inet',
  gateway: null,
  device: 'ens3',
  source: null,
  type: null,
  table: null,
  ...rest,
});

const ROUTES = [
  route('default', { gateway: '192.168.10.1' }),
  route('10.6.1.1', { gateway: '2001:db8::1' }),
  route('10.7.0.0/16', { gateway: '192.168.10.2' }),
  route('10.7.0.0/16', { gateway: '192.168.10.3' }),
  route('10.99.0.0/16', { type: 'blackhole', device: null }),
  route('10.132.2.0/24', { device: 'vxlan0', source: '10.132.2.46' }),
  route('192.168.10.0/24', { source: '192.168.10.201' }),
];

const ROUTES6 = [
  route('2001:db8::/64', {}),
  route('2001:db8:9::/48', { type: 'unreachable', device: 'lo' }),
  route('default', { family: 'inet6', gateway: '2001:db8::1' }),
];

const FORWARDING: HostFacts['forwarding'] = [
  {
    namespace: 'podns',
    mac: '7e:e5:f7:e6:f5:77',
    device: 'vxbr',
    remote: null,
    vni: null,
    port: null,
    flags: ['permanent'],
  },
  {
    namespace: 'podns',
    mac: '0a:58:0a:84:02:2e',
    device: 'vxbr',
    remote: '192.168.10.164',
    vni: 88,
    port: 4799,
    flags: ['permanent', 'self'],
  },
  {
    namespace: 'podns',
    mac: '00:00:00:00:00:00',
    device: 'vxbr',
    remote: '192.168.10.163',
    vni: null,
    port: null,
    flags: ['permanent', 'self'],
  },
];

const REDIRECT: HostFacts['redirects'] = [
  {
    namespace: 'podns',
    device: 'pod0',
    hook: 'ingress',
    action: 'redirect',
    direction: 'egress',
    target: 'vxlan0',
  },
];
const MIRROR: HostFacts['redirects'] = [
  { namespace: 'podns', device: 'pod0', hook: 'egress', action: 'mirror', direction: 'egress', target: 'pod1' },
];

function rule(family: FirewallRule['family'], table: string, chain: string, rest: Partial<FirewallRule>): FirewallRule {
  return {
    namespace: null,
    family,
    table,
    chain,
    hook: null,
    action: 'drop',
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
    text: '',
    ...rest,
  };
}

/** The rules that iptables prints, each with the text it prints for a rule; those of policies and chains depend on the command. */
function iptables(policyText: string, guardText: string): FirewallRule[] {
  const input = { hook: 'input' };
  const multiport = {
    ...input,
    protocol: 'tcp',
    furtherConditions: true,
    text: '-A INPUT ! -s 10.0.0.0/8 -p tcp -m multiport --dports 80,8000:8080 -j DROP',
  };
  return [
    rule('ip', 'filter', 'FORWARD', { hook: 'forward', policy: true, text: policyText }),
    rule('ip', 'filter', 'GUARD', { action: 'return', policy: true, text: guardText }),
    rule('ip', 'filter', 'INPUT', {
      ...input,
      action: 'accept',
      furtherConditions: true,
      text: '-A INPUT -m state --state ESTABLISHED -j ACCEPT',
    }),
    rule('ip', 'filter', 'INPUT', {
      ...input,
      protocol: 'icmp',
      icmpType: 'echo-request',
      source: '10.132.2.0/24',
      text: '-A INPUT -s 10.132.2.0/24 -p icmp -m icmp --icmp-type 8 -j DROP',
    }),
    rule('ip', 'filter', 'INPUT', {
      ...input,
      action: 'reject',
      protocol: 'udp',
      inputInterface: 'ens3',
      destinationPort: 4789,
      text: '-A INPUT -i ens3 -p udp -m udp --dport 4789 -j REJECT --reject-with icmp-port-unreachable',
    }),
    rule('ip', 'filter', 'INPUT', { ...multiport, destinationPort: 80 }),
    rule('ip', 'filter', 'INPUT', { ...multiport, destinationPort: 8000, destinationPortLast: 8080 }),
    rule('ip', 'filter', 'GUARD', {
      inputInterface: 'vx*',
      text: '-A GUARD -i vx+ -m comment --comment no-pings -j DROP',
    }),
  ];
}

const RAW = rule('ip', 'raw', 'PREROUTING', {
  hook: 'prerouting',
  destination: '10.1.2.3',
  text: '-A PREROUTING -d 10.1.2.3/32 -j DROP',
});

const ip6tables = (policyText: string): FirewallRule[] => [
  rule('ip6', 'filter', 'OUTPUT', { hook: 'output', policy: true, text: policyText }),
  rule('ip6', 'filter', 'INPUT', {
    hook: 'input',
    protocol: 'icmpv6',
    icmpType: 'echo-request',
    text: '-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j DROP',
  }),
];

const input = (rest: Partial<FirewallRule>): FirewallRule => rule('inet', 'guard', 'input', { hook: 'input', ...rest });

/** The rules of nft, without their texts, which differ between text and JSON. */
const NFT: FirewallRule[] = [
  input({ policy: true }),
  input({ action: 'accept', furtherConditions: true }),
  input({ action: 'accept', inputInterface: 'lo' }),
  input({ protocol: 'icmp', icmpType: 'echo-request' }),
  input({ action: 'reject', protocol: 'tcp', source: '10.132.2.0/24', destinationPort: 22 }),
  input({ action: 'reject', protocol: 'tcp', source: '10.132.2.0/24', destinationPort: 80 }),
  input({ furtherConditions: true }),
  input({ protocol: 'icmpv6', inputInterface: 'ens3', icmpType: 'echo-request' }),
  input({ protocol: 'icmpv6', inputInterface: 'ens3', icmpType: 'nd-neighbor-solicit' }),
  input({ action: 'reject', protocol: 'tcp', destinationPort: 30000, destinationPortLast: 32767 }),
  input({ protocol: 'udp', destinationPort: 4789, furtherConditions: true }),
  input({ protocol: 'udp', destinationPort: 8472 }),
  input({ action: 'accept', protocol: 'udp', destinationPort: 53 }),
  input({ action: 'jump', target: 'tail' }),
  rule('inet', 'guard', 'tail', { action: 'return', policy: true }),
  rule('inet', 'guard', 'tail', { outputInterface: 'vx*' }),
  rule('inet', 'guard', 'tail', { source: '2001:db8::/32', furtherConditions: true }),
  rule('bridge', 'wall', 'forward', { hook: 'forward', policy: true }),
  rule('arp', 'quiet', 'in', { hook: 'input', protocol: 'arp', furtherConditions: true }),
];

function expectation(sample: string, command: string, facts: Partial<HostFacts>): Expectation {
  return { sample, command, echoed: false, facts: { ...emptyFacts('podvm'), ...facts } };
}

function echoed(sample: string, command: string, facts: Partial<HostFacts>): Expectation {
  return { ...expectation(sample, command, facts), echoed: true };
}

export const EXPECTATIONS: Expectation[] = [
  expectation('ip-addr', 'ip -n podns addr', interfaces(...LINK, 'addresses')),
  expectation('ip-addr-json', 'ip -n podns -j addr', interfaces(...LINK, 'addresses')),
  expectation('ip-addr-colour', 'ip -n podns -c=always addr', interfaces(...LINK, 'addresses')),
  expectation('ip-addr-details', 'ip -n podns -d addr', interfaces(...LINK, 'addresses', 'kind', 'vxlan')),
  expectation('ip-addr-details-json', 'ip -n podns -d -j addr', interfaces(...LINK, 'addresses', 'kind', 'vxlan')),
  expectation('ip-addr-oneline', 'ip -n podns -o addr', WITH_ADDRESSES),
  expectation('ip-addr-brief', 'ip -n podns -br addr', BRIEF_UP),
  expectation('ip-addr-brief-json', 'ip -n podns -br -j addr', BRIEF_UP),
  expectation('ip-link', 'ip -n podns link', interfaces(...LINK)),
  expectation('ip-link-json', 'ip -n podns -j link', interfaces(...LINK)),
  expectation('ip-link-oneline', 'ip -n podns -o -d link', interfaces(...LINK, 'kind', 'vxlan')),
  expectation('ip-link-brief', 'ip -n podns -br link', interfaces('mac', 'up')),
  expectation('ip-link-brief-json', 'ip -n podns -br -j link', interfaces('mac', 'up')),
  expectation('ip-link-counters', 'ip -n podns -s -s link', interfaces(...LINK, 'otherHostDropped')),
  expectation('ip-link-counters-json', 'ip -n podns -s -s -j link', interfaces(...LINK, 'otherHostDropped')),
  expectation('ip-link-all', 'ip -n podns -d -s -s link', interfaces(...LINK, 'kind', 'vxlan', 'otherHostDropped')),
  expectation(
    'ip-link-all-json',
    'ip -n podns -d -s -s -j -p link',
    interfaces(...LINK, 'kind', 'vxlan', 'otherHostDropped'),
  ),
  expectation('ifconfig', 'ip netns exec podns ifconfig -a', interfaces('mac', 'mtu', 'up', 'addresses')),
  expectation('ip-neigh', 'ip -n podns neigh', { neighbors: NEIGHBORS }),
  expectation('ip-neigh-counters', 'ip -n podns -s neigh', { neighbors: NEIGHBORS }),
  expectation('ip-neigh-json', 'ip -n podns -j neigh', { neighbors: NEIGHBORS }),
  expectation('ip-neigh-proxy', 'ip -n podns neigh show proxy', { neighbors: ARP.slice(3) }),
  expectation('ip-neigh-proxy-json', 'ip -n podns -j neigh show proxy', { neighbors: ARP.slice(3) }),
  echoed('ip-neigh-device', 'ip -n podns neigh show dev ens3', {
    neighbors: NEIGHBORS.filter((entry) => entry.device === 'ens3').map((entry) => ({ ...entry, namespace: 'podns' })),
  }),
  expectation('arp-an', 'ip netns exec podns arp -an', { neighbors: ARP }),
  expectation('arp-n', 'ip netns exec podns arp -n', { neighbors: ARP }),
  expectation('ip-route', 'ip -n podns route', { routes: ROUTES }),
  expectation('ip-route-details', 'ip -n podns -d route', { routes: ROUTES }),
  expectation('ip-route-json', 'ip -n podns -j route', { routes: ROUTES }),
  expectation('ip-6-route', 'ip -n podns -6 route', { routes: ROUTES6 }),
  expectation('ip-6-route-json', 'ip -n podns -6 -j route', { routes: ROUTES6 }),
  echoed('bridge-fdb', 'bridge -n podns fdb show dev vxbr', { forwarding: FORWARDING }),
  echoed('bridge-fdb-json', 'bridge -n podns -j fdb show dev vxbr', { forwarding: FORWARDING }),
  echoed('tc-filter-ingress', 'tc -n podns filter show dev pod0 ingress', { redirects: REDIRECT }),
  echoed('tc-filter-ingress-json', 'tc -n podns -j filter show dev pod0 ingress', { redirects: REDIRECT }),
  echoed('tc-filter-egress', 'tc -n podns -s filter show dev pod0 egress', { redirects: MIRROR }),
  expectation('iptables-list', 'ip netns exec podns iptables -S', {
    firewall: iptables('-P FORWARD DROP', '-N GUARD'),
  }),
  expectation('iptables-save', 'ip netns exec podns iptables-save', {
    firewall: [RAW, ...iptables(':FORWARD DROP [0:0]', ':GUARD - [0:0]')],
  }),
  expectation('ip6tables-list', 'ip netns exec podns ip6tables -S', { firewall: ip6tables('-P OUTPUT DROP') }),
  expectation('nft', 'ip netns exec worker nft list ruleset', { firewall: NFT }),
  expectation('nft-handles', 'ip netns exec worker nft -a list ruleset', { firewall: NFT }),
  expectation('nft-json', 'ip netns exec worker nft -j list ruleset', { firewall: NFT }),
];

/** The facts with each list in an order of its own, and without the texts of nft rules. */
export function comparable(facts: HostFacts): HostFacts {
  const ordered = <Entry>(entries: readonly Entry[]): Entry[] =>
    entries
      .map((entry) => ({ entry, key: JSON.stringify(entry) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ entry }) => entry);
  const isNft = ({ family, table }: FirewallRule): boolean =>
    table === 'guard' || family === 'bridge' || family === 'arp';
  return {
    ...facts,
    interfaces: ordered(facts.interfaces),
    neighbors: ordered(facts.neighbors),
    routes: ordered(facts.routes),
    forwarding: ordered(facts.forwarding),
    redirects: ordered(facts.redirects),
    firewall: ordered(facts.firewall.map((entry) => (isNft(entry) ? { ...entry, text: '' } : entry))),
  };
}
