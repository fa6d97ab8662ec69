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
  /** `iptables -S`, `nft list ruleset`. */
  firewall: FirewallRule[];
  /** Text that was not recognised, by line; reported, never an error. */
  unrecognised: UnrecognisedText[];
}

export interface HostInterface {
  name: string;
  index: number | null;
  /** Network namespace by name, where the text tells (`ip -all netns exec` prints `netns: NAME`); null for the host's own. */
  namespace: string | null;
  mac: string | null;
  addresses: { address: string; prefixLength: number }[];
  mtu: number | null;
  up: boolean | null;
  master: string | null;
  kind: string | null;
  vxlan: {
    vni: number;
    port: number | null;
    local: string | null;
    remote: string | null;
    device: string | null;
  } | null;
}

export interface HostNeighbor {
  namespace: string | null;
  address: string;
  mac: string | null;
  device: string | null;
  /** REACHABLE, STALE, PERMANENT, FAILED …; null when the source does not say. */
  state: string | null;
}

export interface HostRoute {
  namespace: string | null;
  destination: string;
  gateway: string | null;
  device: string | null;
  source: string | null;
  /** blackhole, unreachable, prohibit; null for an ordinary route. */
  type: string | null;
}

export interface ForwardingEntry {
  namespace: string | null;
  mac: string;
  device: string;
  remote: string | null;
  vni: number | null;
  flags: string[];
}

export interface TrafficRedirect {
  namespace: string | null;
  /** Device the filter is attached to; null where `tc` output does not say (it names none in text). */
  device: string | null;
  action: 'redirect' | 'mirror';
  direction: 'ingress' | 'egress';
  target: string;
}

export interface FirewallRule {
  namespace: string | null;
  family: 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev' | 'unknown';
  chain: string;
  /** drop, reject: what the rule does; rules that accept or jump are left out unless they are a chain's policy. */
  action: 'drop' | 'reject';
  /** True for a chain's policy rather than a rule. */
  policy: boolean;
  protocol: string | null;
  source: string | null;
  destination: string | null;
  inputInterface: string | null;
  outputInterface: string | null;
  destinationPort: number | null;
  icmpType: string | null;
  /** The rule as the host printed it. */
  text: string;
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
  };
}
