/**
 * A network namespace with one of everything that host facts know, made by real commands: what those
 * commands then print is what the samples hold and what the live test reads.
 */
import { spawnSync } from 'node:child_process';

/** The namespaces' names in the samples: `podns` holds the devices and iptables rules, `worker` the other end and nft rules. */
const SETUP = `
ip netns add worker
ip netns add podns
ip -n podns link set lo up
ip -n podns link add ens3 index 2 type veth peer name ens3 index 2 netns worker
ip -n worker link set ens3 address 52:54:00:a8:0a:a3
ip -n podns link set ens3 address 52:54:00:a8:0a:c9
ip -n podns link add vxlan0 index 3 type vxlan id 555005 remote 192.168.10.163 local 192.168.10.201 dev ens3 dstport 4789
ip -n podns link set vxlan0 address 7e:e5:f7:e6:f5:1a
ip -n podns link add vxlan9 index 4 type vxlan id 9 group 239.1.1.1 dev ens3 dstport 8472
ip -n podns link set vxlan9 address 7e:e5:f7:e6:f5:09
ip -n podns link add vxlan6 index 5 type vxlan id 6 remote 2001:db8::163 local 2001:db8::201 dev ens3 dstport 4789
ip -n podns link set vxlan6 address 7e:e5:f7:e6:f5:06
ip -n podns link add vxext index 6 type vxlan external dstport 4790
ip -n podns link set vxext address 7e:e5:f7:e6:f5:0e
ip -n podns link add vxbr index 7 type vxlan id 77 dstport 4791 nolearning
ip -n podns link set vxbr address 7e:e5:f7:e6:f5:77
ip -n podns link add br0 index 8 type bridge
ip -n podns link set br0 address 7e:e5:f7:e6:f5:b0
ip -n podns link set vxbr master br0
ip -n podns link add pod0 index 9 type veth peer name pod1 index 10
ip -n podns link set pod0 address 0a:58:0a:84:02:2e
ip -n podns link set pod1 address 0a:58:0a:84:02:2f
ip -n podns link set ens3 addrgenmode none
ip -n podns link set vxlan0 addrgenmode none
ip -n podns link set vxbr addrgenmode none
ip -n podns link set br0 addrgenmode none
ip -n worker link set ens3 addrgenmode none
ip -n podns link set ens3 up
ip -n worker link set ens3 up
ip -n podns link set vxlan0 up
ip -n podns link set vxbr up
ip -n podns link set br0 up
ip -n podns addr add 192.168.10.201/24 brd + dev ens3
ip -n podns addr add 2001:db8::201/64 dev ens3 nodad
ip -n podns addr add 10.132.2.46/24 dev vxlan0
ip -n podns addr add 10.9.0.1 peer 10.9.0.2/30 dev pod0
ip -n worker addr add 192.168.10.163/24 dev ens3
ip -n podns neigh replace 192.168.10.163 lladdr 52:54:00:a8:0a:a3 dev ens3 nud permanent
ip -n podns neigh replace 10.132.2.2 lladdr 0a:58:0a:84:02:02 dev vxlan0 nud permanent
ip -n podns neigh replace 10.132.2.3 dev vxlan0 nud failed
ip -n podns neigh add proxy 10.132.2.77 dev vxlan0
ip -n podns neigh replace 2001:db8::163 lladdr 52:54:00:a8:0a:a3 dev ens3 nud permanent router
ip -n podns route add default via 192.168.10.1
ip -n podns route add blackhole 10.99.0.0/16
ip -n podns route add 10.7.0.0/16 nexthop via 192.168.10.2 dev ens3 weight 1 nexthop via 192.168.10.3 dev ens3 weight 2
ip -n podns route add 10.6.1.1 via inet6 2001:db8::1 dev ens3
ip -n podns -6 route add default via 2001:db8::1 dev ens3
ip -n podns -6 route add unreachable 2001:db8:9::/48
bridge -n podns fdb append 00:00:00:00:00:00 dev vxbr dst 192.168.10.163
bridge -n podns fdb append 0a:58:0a:84:02:2e dev vxbr dst 192.168.10.164 port 4799 vni 88 via ens3
tc -n podns qdisc add dev pod0 clsact
tc -n podns filter add dev pod0 ingress protocol all prio 10 u32 match u8 0 0 action mirred egress redirect dev vxlan0
tc -n podns filter add dev pod0 egress protocol all prio 11 u32 match u8 0 0 action mirred egress mirror dev pod1
ip netns exec podns iptables -A INPUT -m state --state ESTABLISHED -j ACCEPT
ip netns exec podns iptables -A INPUT -p icmp --icmp-type echo-request -s 10.132.2.0/24 -j DROP
ip netns exec podns iptables -A INPUT -p udp --dport 4789 -i ens3 -j REJECT
ip netns exec podns iptables -A INPUT -p tcp -m multiport --dports 80,8000:8080 ! -s 10.0.0.0/8 -j DROP
ip netns exec podns iptables -N GUARD
ip netns exec podns iptables -A GUARD -i vx+ -m comment --comment no-pings -j DROP
ip netns exec podns iptables -P FORWARD DROP
ip netns exec podns iptables -t raw -A PREROUTING -d 10.1.2.3 -j DROP
ip netns exec podns ip6tables -A INPUT -p ipv6-icmp --icmpv6-type echo-request -j DROP
ip netns exec podns ip6tables -P OUTPUT DROP
ip -n worker neigh replace 192.168.10.201 lladdr 52:54:00:00:00:01 dev ens3 nud permanent
`;

const RULESET = `
table inet guard {
  set banned {
    type ipv4_addr
    flags interval
    elements = { 10.1.0.0/16, 10.2.0.1 }
  }
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif "lo" accept
    ip protocol icmp icmp type echo-request drop
    ip saddr 10.132.2.0/24 tcp dport { 22, 80 } counter reject
    ip saddr @banned drop comment "who { banned"
    iifname "ens3" icmpv6 type { echo-request, nd-neighbor-solicit } drop
    tcp dport 30000-32767 log prefix "node" reject with tcp reset
    ip saddr != 10.3.0.0/16 udp dport 4789 drop
    udp dport vmap { 53 : accept, 8472 : drop }
    jump tail
  }
  chain tail {
    oifname "vx*" drop
    ip6 saddr 2001:db8::/32 limit rate 5/second drop
  }
}
table bridge wall {
  chain forward { type filter hook forward priority 0; policy drop; }
}
table arp quiet {
  chain in {
    type filter hook input priority 0; policy accept;
    arp operation request drop
  }
}
`;

/** The two namespaces under names of their own, so that runs do not meet. */
export class SampleNamespaces {
  private readonly podns = `hf${process.pid}`;
  private readonly worker = `hf${process.pid}w`;

  /** @throws Error when a command fails, with what it said. */
  make(): void {
    for (const line of SETUP.trim().split('\n')) this.run(line.split(' '));
    this.run(['ip', 'netns', 'exec', 'worker', 'nft', '-f', '-'], RULESET);
    // Two frames to a MAC that podns does not have, which its counters tell.
    spawnSync('ip', ['netns', 'exec', this.worker, 'ping', '-c2', '-i0.2', '-W1', '192.168.10.201']);
  }

  remove(): void {
    for (const name of [this.podns, this.worker]) spawnSync('ip', ['netns', 'del', name]);
  }

  /** What a command prints, with the names of the samples in it. */
  run(command: readonly string[], input = ''): string {
    const words = command.map((word) => (word === 'podns' ? this.podns : word === 'worker' ? this.worker : word));
    const result = spawnSync(words[0]!, words.slice(1), { encoding: 'utf8', input });
    if (result.status !== 0) throw new Error(`${command.join(' ')}: ${result.error ?? result.stderr}`);
    return result.stdout.replaceAll(this.worker, 'worker').replaceAll(this.podns, 'podns');
  }
}
