/** What a host says of itself, as read from the output of its own commands. All MACs are lower case with colons. */
export interface HostFacts {
  host: string;
  interfaces: HostInterface[];
  neighbors: HostNeighbor[];
  routes: HostRoute[];
  /** `bridge fdb`: which MAC is behind which device and, for VXLAN, behind which remote. */
  forwarding: ForwardingEntry[];
  /** `tc filter show`: redirects and mirrors. */
  redirects: TrafficRedirect[];
  /** `iptables -S`, `nft list ruleset`: the rules that decide, those of a chain in the order in which they are run. */
  firewall: FirewallRule[];
  /** Text that was not recognised, by line; reported, never an error. The first lines only. */
  unrecognised: UnrecognisedText[];
  /** How many lines were not recognised, those left out of `unrecognised` included. */
  unrecognisedLines?: number;
  /** Entries that no list took because it was full (100000 entries each). */
  leftOut?: number;
  /** MACs of interfaces that changed while they were captured, oldest first. */
  macTimes?: MacTime[];
  /** `system` when the running system was asked while its interfaces were captured; a file otherwise. */
  origin?: 'system';
}

export interface HostInterface {
  name: string;
  index: number | null;
  /**
   * Network namespace by name, where the text tells (`ip -all netns exec` prints `netns: NAME`); by path
   * where it was entered by path (`nsenter --net=/proc/1234/ns/net`); null for the host's own.
   */
  namespace: string | null;
  mac: string | null;
  addresses: { address: string; prefixLength: number }[];
  mtu: number | null;
  /** Administratively up; null where the text does not tell (`ip -br` prints DOWN for a missing carrier too). */
  up: boolean | null;
  master: string | null;
  kind: string | null;
  vxlan: {
    vni: number;
    port: number | null;
    local: string | null;
    remote: string | null;
    device: string | null;
    /** Multicast group that unknown and broadcast frames go to; `remote` is null then. */
    group?: string | null;
    /** True when VNI and remote come with each packet (collect metadata, OVS, eBPF): `vni` is no statement then. */
    external?: boolean;
  } | null;
  /** Frames dropped because their destination MAC is another host's, as `ip -s -s link` counts them; null when not printed. */
  otherHostDropped?: number | null;
  /** Labels of the live captures that are taken on this very interface. */
  captures?: readonly string[];
}

/** A time in which an interface was seen with a MAC: in milliseconds since 1970, when it was read first and last. */
export interface MacTime {
  namespace: string | null;
  interface: string;
  mac: string;
  from: number;
  until: number;
}

export interface HostNeighbor {
  namespace: string | null;
  address: string;
  mac: string | null;
  device: string | null;
  /** REACHABLE, STALE, PERMANENT, FAILED …; null when the source does not say. */
  state: string | null;
  /** True when this host answers ARP or neighbour discovery for the address on behalf of another. */
  proxy?: boolean;
}

/** One route; a route with several next hops is given as one entry for each. */
export interface HostRoute {
  namespace: string | null;
  /** `default`, an address, or a prefix such as 10.132.2.0/24. */
  destination: string;
  family?: 'inet' | 'inet6';
  gateway: string | null;
  device: string | null;
  source: string | null;
  /** blackhole, unreachable, prohibit, or local, broadcast, multicast and so on; null for an ordinary route. */
  type: string | null;
  /** Routing table where it is named; null for the main one. */
  table?: string | null;
}

export interface ForwardingEntry {
  namespace: string | null;
  mac: string;
  device: string;
  remote: string | null;
  vni: number | null;
  /** UDP port of the remote where it is not the device's own. */
  port?: number | null;
  /** self, permanent, static, extern_learn …, sorted. */
  flags: string[];
}

export interface TrafficRedirect {
  namespace: string | null;
  /** Device the filter is attached to; null where `tc` output does not say (it names none in text). */
  device: string | null;
  /** Side of `device` that the filter looks at, from the echoed command or the filter's parent; null when unknown. */
  hook?: 'ingress' | 'egress' | null;
  action: 'redirect' | 'mirror';
  /** Side of `target` that the packet is put on. */
  direction: 'ingress' | 'egress';
  target: string;
}

export interface FirewallRule {
  namespace: string | null;
  family: 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev' | 'unknown';
  table?: string | null;
  chain: string;
  /** Where the kernel runs the chain: input, forward, output, prerouting, ingress …; null for a chain that is only jumped to. */
  hook?: string | null;
  /**
   * What the rule does with a packet that meets it: `jump` and `goto` send it to the chain `target`, `return` back to
   * the chain before or to the policy; `other` is what is not known here (a queue, a translation, a named map).
   */
  action: 'drop' | 'reject' | 'accept' | 'return' | 'jump' | 'goto' | 'other';
  /** Chain of the same table that the rule sends packets to. */
  target?: string;
  /**
   * True for what becomes of packets that come to the end of a chain: its policy where that drops, and a return where
   * the chain is only jumped to.
   */
  policy: boolean;
  /** icmp, icmpv6, tcp, udp, arp …; by name where it has one here. */
  protocol: string | null;
  /** Address or prefix; a rule for several addresses, ports or types is given as one entry for each. */
  source: string | null;
  destination: string | null;
  /** A trailing `*` stands for any ending. */
  inputInterface: string | null;
  outputInterface: string | null;
  destinationPort: number | null;
  /** Last port of a range that starts at `destinationPort`; null for one port. */
  destinationPortLast?: number | null;
  /** echo-request, echo-reply …; by name where it has one here. */
  icmpType: string | null;
  /** True when the rule asks for more than these fields say (connection state, rate, a negation, a set): that they fit proves nothing then. */
  furtherConditions?: boolean;
  /** The rule as the host printed it. */
  text: string;
}

/** True for a rule that ends the way of a packet which meets it. */
export function isDropping({ action }: Pick<FirewallRule, 'action'>): boolean {
  return action === 'drop' || action === 'reject';
}

export interface UnrecognisedText {
  line: number;
  text: string;
}

/** Facts with nothing in them. */
export function emptyFacts(host: string): HostFacts {
  return {
    host,
    interfaces: [],
    neighbors: [],
    routes: [],
    forwarding: [],
    redirects: [],
    firewall: [],
    unrecognised: [],
    unrecognisedLines: 0,
    leftOut: 0,
  };
}
