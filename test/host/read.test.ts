import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../src/host/facts.ts';
import { readHostFacts } from '../../src/host/read.ts';

const facts = (text: string): HostFacts => readHostFacts('podvm', text);

/** What the two hosts of the peer-pods case print. */
const WORKER_ARP = `? (10.132.2.46) at 0a:58:0a:84:02:2e [ether] PERM on ovn-k8s-mp0
? (192.168.10.1) at 52:54:00:5c:a1:01 [ether] on ens3
? (10.132.2.20) at 0a:58:0a:84:02:14 [ether] PERM on ovn-k8s-mp0
`;
const POD_ADDRESSES = `[root@podvm ~]# ip netns exec podns ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
4: vxlan0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ether 7e:e5:f7:e6:f5:1a brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 10.132.2.46/24 scope global vxlan0
       valid_lft forever preferred_lft forever
`;

describe('the peer-pods case', () => {
  test('the worker holds the MAC of the pod interface for 10.132.2.46', () => {
    expect(facts(WORKER_ARP).neighbors[0]).toEqual({
      namespace: null,
      address: '10.132.2.46',
      mac: '0a:58:0a:84:02:2e',
      device: 'ovn-k8s-mp0',
      state: 'PERMANENT',
      proxy: false,
    });
    expect(facts(WORKER_ARP).neighbors[1]).toMatchObject({ address: '192.168.10.1', state: null, device: 'ens3' });
  });

  test('in podns of the pod VM, vxlan0 has that address and another MAC', () => {
    const found = facts(POD_ADDRESSES);
    expect(found.unrecognisedLines).toBe(0);
    expect(found.interfaces[1]).toMatchObject({
      name: 'vxlan0',
      index: 4,
      namespace: 'podns',
      mac: '7e:e5:f7:e6:f5:1a',
      addresses: [{ address: '10.132.2.46', prefixLength: 24 }],
    });
  });
});

describe('headings and command lines', () => {
  const NEIGHBOR = '10.0.0.1 dev eth0 lladdr 0a:00:00:00:00:01 REACHABLE';

  test.each<[string, string | null]>([
    ['netns: podns', 'podns'],
    ['netns: (default)', null],
    ['netns:', null],
    ['netns: blue (id: 3)', 'blue'],
    ['$ ip netns exec podns ip neigh', 'podns'],
    ['[root@podvm ~]# ip netns exec podns ip neigh', 'podns'],
    ['root@podvm:~# ip -n podns neigh', 'podns'],
    ['# ip -n podns -d neigh', 'podns'],
    ['sh-5.1# ip -netns podns neigh show', 'podns'],
    ['/ # ip netns exec podns ip n', 'podns'],
    ['+ ip -n podns neigh', 'podns'],
    ['ip netns exec podns ip neigh', 'podns'],
    ['=== ip -n podns neigh ===', 'podns'],
    ['## sudo ip -n podns neigh', 'podns'],
    ['$ sudo /usr/sbin/ip netns exec podns /sbin/ip neigh', 'podns'],
    ["$ ssh podvm 'sudo ip netns exec podns ip neigh'", 'podns'],
    ["$ ip netns exec podns sh -c 'ip addr; ip neigh'", 'podns'],
    ['$ nsenter --net=/var/run/netns/podns ip neigh', 'podns'],
    ['$ sudo nsenter -t 4711 -n ip neigh', '/proc/4711/ns/net'],
    ['$ ip neigh', null],
    ['$ cat /etc/os-release', null],
    ['$ ip -all netns exec ip neigh', null],
  ])('%s', (heading, namespace) => {
    const found = facts(`netns: before\n${heading}\n${NEIGHBOR}`);
    expect(found.neighbors).toHaveLength(1);
    expect(found.neighbors[0]!.namespace).toBe(namespace);
    expect(found.unrecognisedLines).toBe(0);
  });

  test('a heading holds until the next', () => {
    const text = `${NEIGHBOR}\n\nnetns: a\n${NEIGHBOR}\n\nnetns: b\n${NEIGHBOR}\n$ ip neigh\n10.0.0.2 dev eth0 FAILED\n`;
    expect(facts(text).neighbors.map(({ namespace }) => namespace)).toEqual([null, 'a', 'b', null]);
  });

  test('a shell in a namespace holds until it is left', () => {
    const text = `# ip netns exec podns bash\n# ip neigh\n${NEIGHBOR}\n# exit\n# ip neigh\n${NEIGHBOR}\n`;
    expect(facts(text).neighbors.map(({ namespace }) => namespace)).toEqual(['podns', null]);
  });

  test('the device of a filter and of a forwarding table is that of the command', () => {
    const text = `# tc filter show dev ens2 ingress
filter protocol all pref 49152 u32 chain 0
filter protocol all pref 49152 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid not_in_hw
  match 00000000/00000000 at 0
        action order 1: mirred (Egress Redirect to device vxlan1) stolen
        index 1 ref 1 bind 1
# bridge fdb show dev vxlan1
00:00:00:00:00:00 dst 192.168.10.201 self permanent
`;
    expect(facts(text)).toMatchObject({
      redirects: [{ device: 'ens2', hook: 'ingress', action: 'redirect', target: 'vxlan1' }],
      forwarding: [{ device: 'vxlan1', remote: '192.168.10.201' }],
      unrecognisedLines: 0,
    });
  });

  test('a filter by its parent', () => {
    const text = `filter parent ffff: protocol all pref 49152 u32 chain 0
\taction order 1: mirred (Ingress Mirror to device ifb0) pipe`;
    expect(facts(text).redirects).toEqual([
      { namespace: null, device: null, hook: 'ingress', action: 'mirror', direction: 'ingress', target: 'ifb0' },
    ]);
  });

  test('comments of iptables-save and handles of nft are no prompts', () => {
    const text = `# ip netns exec podns ip6tables-save
# Generated by ip6tables-save v1.8.9 (nf_tables)
*filter
:INPUT DROP [0:0]
COMMIT
# Completed on Mon`;
    expect(facts(text).firewall).toMatchObject([{ namespace: 'podns', family: 'ip6', chain: 'INPUT', policy: true }]);
    expect(facts(text).unrecognisedLines).toBe(0);
  });
});

describe('pieces that describe the same thing', () => {
  test('ip addr, then ip -d link, then arp, then ip neigh', () => {
    const found = facts(`2: eth0@if9: <BROADCAST,UP> mtu 1500 state UP
    inet 10.0.0.5/24 scope global eth0
2: eth0@if9: <BROADCAST,UP> mtu 1500 master br0 state UP
    link/ether 0A-58-0A-84-02-2E brd ff:ff:ff:ff:ff:ff promiscuity 0
    veth numtxqueues 1
? (10.0.0.9) at 0a:00:00:00:00:09 [ether] on eth0
10.0.0.9 dev eth0 lladdr 0a:00:00:00:00:09 STALE
`);
    expect(found.interfaces).toHaveLength(1);
    expect(found.interfaces[0]).toMatchObject({
      mac: '0a:58:0a:84:02:2e',
      master: 'br0',
      kind: 'veth',
      addresses: [{ address: '10.0.0.5', prefixLength: 24 }],
    });
    expect(found.neighbors).toMatchObject([{ address: '10.0.0.9', state: 'STALE' }]);
  });

  test('two namespaces without a heading: one name, two interfaces', () => {
    const one =
      '2: eth0: <UP> mtu 1500\n    link/ether 0a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    inet 10.0.0.1/24 eth0\n';
    const other = one.replace('2: eth0', '3: eth0').replaceAll(':01 ', ':02 ').replace('10.0.0.1', '10.0.0.2');
    expect(facts(one + other).interfaces.map(({ mac }) => mac)).toEqual(['0a:00:00:00:00:01', '0a:00:00:00:00:02']);
  });

  test('the later text is the newer one', () => {
    const text = '2: eth0: <UP> mtu 1500\n2: eth0: <BROADCAST> mtu 1400\n';
    expect(facts(text).interfaces).toMatchObject([{ mtu: 1400, up: false }]);
  });

  test('counters for people (ip -s -h)', () => {
    const found = facts(`2: eth0: <UP> mtu 1500
    link/ether 0a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    RX:  bytes packets errors dropped  missed   mcast
          1.5G    2.1M      0      12       0       0
`);
    expect(found.unrecognisedLines).toBe(0);
  });

  test('an unknown line within an interface does not end it', () => {
    const found = facts(`2: eth0: <UP> mtu 1500
    link/ether 0a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    Something New: 5
    inet 10.0.0.1/24 scope global eth0
`);
    expect(found.interfaces[0]!.addresses).toHaveLength(1);
    expect(found.unrecognised).toEqual([{ line: 3, text: 'Something New: 5' }]);
  });
});

describe('other tools and versions', () => {
  test('ifconfig before version 2', () => {
    const found = facts(`eth0      Link encap:Ethernet  HWaddr 7E:E5:F7:E6:F5:1A
          inet addr:10.132.2.46  Bcast:10.132.2.255  Mask:255.255.255.0
          inet6 addr: fe80::7ce5:f7ff:fee6:f51a/64 Scope:Link
          UP BROADCAST RUNNING MULTICAST  MTU:1450  Metric:1
          RX packets:5 errors:0 dropped:0 overruns:0 frame:0
          collisions:0 txqueuelen:1000
`);
    expect(found.unrecognisedLines).toBe(0);
    expect(found.interfaces).toMatchObject([
      {
        name: 'eth0',
        mac: '7e:e5:f7:e6:f5:1a',
        mtu: 1450,
        up: true,
        addresses: [
          { address: '10.132.2.46', prefixLength: 24 },
          { address: 'fe80::7ce5:f7ff:fee6:f51a', prefixLength: 64 },
        ],
      },
    ]);
  });

  test('arp with names, and of other systems', () => {
    const found = facts(`_gateway (192.168.1.1) at 0:1c:42:0:0:8 on en0 ifscope [ethernet]
Address                  HWtype  HWaddress           Flags Mask            Iface
_gateway                 ether   00:1c:42:00:00:08   C                     eth0
`);
    expect(found.neighbors).toMatchObject([{ address: '192.168.1.1', mac: '00:1c:42:00:00:08', device: 'en0' }]);
    expect(found.unrecognisedLines).toBe(0);
  });

  test('iptables quotes a comment', () => {
    const found = facts('-A INPUT -p icmp -m comment --comment "no $ pings -j ACCEPT \\" here" -j DROP');
    expect(found.firewall).toMatchObject([
      { family: 'ip', protocol: 'icmp', action: 'drop', furtherConditions: false },
    ]);
  });

  test('iptables and ip6tables one after the other, without a word between', () => {
    const found = facts(`-P INPUT DROP
-P FORWARD ACCEPT
-A INPUT -s 10.0.0.0/8 -j ACCEPT
-P INPUT DROP
-P FORWARD ACCEPT
-A INPUT -s fe80::/10 -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
`);
    expect(found.firewall).toMatchObject([
      { family: 'ip', policy: true },
      { family: 'ip', action: 'accept' },
      { family: 'ip6', policy: true },
      { family: 'ip6', action: 'accept', source: 'fe80::/10' },
      { family: 'ip6', action: 'accept', protocol: 'icmpv6' },
    ]);
  });

  test('a rule of nft whose set runs over several lines', () => {
    const found = facts(`table ip nat {
	chain prerouting {
		type filter hook prerouting priority 0; policy accept;
		tcp dport { 80, 443,
			    8080 } drop
	}
}
`);
    expect(found.firewall.map(({ destinationPort }) => destinationPort)).toEqual([80, 443, 8080]);
    expect(found.unrecognisedLines).toBe(0);
  });

  test('a ruleset cut short does not swallow what follows', () => {
    const found = facts(`table ip filter {
	chain input {
		udp dport 4789 drop
10.0.0.1 dev eth0 lladdr 0a:00:00:00:00:01 REACHABLE
2: eth0: <UP> mtu 1500
`);
    expect(found.firewall).toHaveLength(1);
    expect(found.neighbors).toHaveLength(1);
    expect(found.interfaces).toHaveLength(1);
  });
});

describe('what is not recognised', () => {
  test('is named by line and counted, and long text is cut', () => {
    const found = facts(`hello world\n${'junk line\n'.repeat(50)}${'x'.repeat(100_000)}\n`);
    expect(found.unrecognised).toHaveLength(20);
    expect(found.unrecognised[0]).toEqual({ line: 1, text: 'hello world' });
    expect(found.unrecognisedLines).toBe(52);
    expect(facts('x'.repeat(100_000)).unrecognised[0]!.text).toHaveLength(160);
  });

  test('line numbers go on behind JSON of several lines', () => {
    const found = facts('[ {\n  "dst": "10.0.0.1",\n  "state": [ "FAILED" ]\n} ]\n\nwhat is this\n');
    expect(found.neighbors).toHaveLength(1);
    expect(found.unrecognised).toEqual([{ line: 6, text: 'what is this' }]);
  });

  test('broken JSON leaves what follows readable', () => {
    const found = facts(`[{"ifname":"eth0","addr_info":[{"local":"10.0
10.0.0.1 dev eth0 FAILED
[{"dst":"10.0.0.2","dev":"eth0","state":["STALE"]}][{"dst":"10.0.0.3","dev":"eth0","state":["STALE"]}]
[{"dst": nonsense}]
{"other":1}
[]
`);
    expect(found.neighbors.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(found.unrecognised.map(({ line }) => line)).toEqual([1, 4, 5]);
  });

  test('an entry of a forwarding table without a device', () => {
    expect(facts('00:00:00:00:00:00 dst 192.168.10.201 self permanent').unrecognisedLines).toBe(1);
    expect(facts('[{"mac":"00:00:00:00:00:00","dst":"192.168.10.201","flags":["self"]}]').unrecognisedLines).toBe(1);
  });

  test('nothing at all', () => {
    expect(facts('').unrecognisedLines).toBe(0);
    expect(facts('\ufeff\r\n\r\n').unrecognisedLines).toBe(0);
  });
});
