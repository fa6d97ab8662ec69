import { describe, expect, test } from 'vitest';
import { type FilteredPacket, meetsRule } from '../../src/host/match.ts';
import { readHostFacts } from '../../src/host/read.ts';

const echo: FilteredPacket = {
  protocol: 'icmp',
  source: '10.132.2.2',
  destination: '10.132.2.46',
  destinationPort: null,
  icmpType: 'echo-request',
  inputInterface: 'vxlan0',
};
const tunnel: FilteredPacket = {
  protocol: 'udp',
  source: '192.168.10.163',
  destination: '192.168.10.201',
  destinationPort: 4789,
  icmpType: null,
  inputInterface: 'ens3',
};
const solicitation: FilteredPacket = {
  ...echo,
  protocol: 'icmpv6',
  source: 'fe80::1',
  destination: 'ff02::1:ff00:1',
  icmpType: '135',
};

/** The answer for the one rule that a line of iptables makes. */
const iptables = (line: string, packet: FilteredPacket): boolean | null =>
  meetsRule(readHostFacts('podvm', `$ iptables -S\n${line}\n`).firewall[0]!, packet);

describe('iptables', () => {
  test.each<[string, FilteredPacket, boolean | null]>([
    ['-A INPUT -j DROP', echo, true],
    ['-A INPUT -p icmp -j DROP', echo, true],
    ['-A INPUT -p icmp -j DROP', tunnel, false],
    ['-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP', echo, true],
    ['-A INPUT -p icmp -m icmp --icmp-type 0 -j DROP', echo, false],
    ['-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP', { ...echo, icmpType: '8' }, true],
    ['-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP', { ...echo, icmpType: null }, null],
    ['-A INPUT -p icmp -m icmp --icmp-type 3/4 -j DROP', { ...echo, icmpType: '3' }, null],
    ['-A INPUT -s 10.132.2.0/24 -j DROP', echo, true],
    ['-A INPUT -s 10.132.3.0/24 -j DROP', echo, false],
    ['-A INPUT -s 10.132.2.0/24 -j DROP', { ...echo, source: null }, null],
    ['-A INPUT -d 10.132.2.46/32 -j DROP', echo, true],
    ['-A INPUT ! -s 10.132.2.0/24 -j DROP', echo, null],
    ['-A INPUT ! -s 10.132.2.0/24 -p udp -j DROP', echo, false],
    ['-A INPUT -p udp -m udp --dport 4789 -j REJECT --reject-with icmp-port-unreachable', tunnel, true],
    ['-A INPUT -p udp -m udp --dport 8472 -j REJECT', tunnel, false],
    ['-A INPUT -p udp -m udp --dport 4000:5000 -j DROP', tunnel, true],
    ['-A INPUT -p udp -m udp --dport 4790:5000 -j DROP', tunnel, false],
    ['-A INPUT -p udp -m udp --dport 4789 -j DROP', { ...tunnel, destinationPort: null }, null],
    ['-A INPUT -i ens+ -j DROP', tunnel, true],
    ['-A INPUT -i eth0 -j DROP', tunnel, false],
    ['-A INPUT -i ens3 -j DROP', { ...tunnel, inputInterface: null }, null],
    ['-A FORWARD -i ens3 -o vxlan0 -j DROP', tunnel, null],
    ['-A INPUT -m conntrack --ctstate INVALID -j DROP', tunnel, null],
    ['-A INPUT -i lo -j ACCEPT', { ...tunnel, inputInterface: null }, false],
    ['-A OUTPUT -o lo -j ACCEPT', tunnel, false],
    ['-P INPUT DROP', echo, true],
    ['-A INPUT -j DROP', solicitation, false],
    ['-A INPUT -j DROP', { ...echo, protocol: 'arp', icmpType: null }, false],
  ])('%s', (line, packet, expected) => {
    expect(iptables(line, packet)).toBe(expected);
  });

  test('a rule of which the family is unknown', () => {
    const [rule] = readHostFacts('podvm', '-A INPUT -i vxlan0 -j DROP').firewall;
    expect(meetsRule(rule!, echo)).toBeNull();
    expect(meetsRule(rule!, tunnel)).toBe(false);
  });
});

describe('nft', () => {
  const dropped = (rule: string, packet: FilteredPacket): (boolean | null)[] =>
    readHostFacts(
      'podvm',
      `table inet filter {\n chain input {\n type filter hook input priority filter; policy accept;\n ${rule}\n }\n}\n`,
    ).firewall.map((entry) => meetsRule(entry, packet));

  test.each<[string, FilteredPacket, (boolean | null)[]]>([
    ['icmpv6 type { nd-neighbor-solicit, echo-request } drop', solicitation, [true, false]],
    ['icmp type echo-request drop', solicitation, [false]],
    ['udp dport { 53, 4789 } counter packets 3 bytes 200 drop comment "x"', tunnel, [false, true]],
    ['udp dport != 53 drop', tunnel, [null]],
    ['meta l4proto { tcp, udp } th dport 4000-5000 drop', tunnel, [false, true]],
    ['tcp flags syn / fin,syn,rst,ack drop', tunnel, [false]],
    ['ip saddr { 192.168.10.0/24, 10.0.0.0/8 } drop', tunnel, [true, false]],
    ['ip saddr 192.168.10.1-192.168.10.200 drop', tunnel, [null]],
    ['ip saddr @banned drop', tunnel, [null]],
    ['ct state vmap { invalid : drop, established : accept }', tunnel, [null, null]],
    ['iifname "ens*" drop', tunnel, [true]],
    ['log prefix "dropped " level info drop', tunnel, [true]],
    ['counter', tunnel, []],
  ])('%s', (rule, packet, expected) => {
    expect(dropped(rule, packet)).toEqual(expected);
  });
});
