/** What hosts say decides where packets inside them went: the fault, and the same without it. */
import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../../src/findings/finding.ts';
import type { HostFacts } from '../../src/host/facts.ts';
import { readHostFacts } from '../../src/host/read.ts';
import { changed, flowWith, found, noHosts, shippedCase } from './shipped-case.ts';

async function decided(name: string, code: FindingCode, host: string, change: (facts: HostFacts) => HostFacts) {
  const { subject } = await shippedCase(name);
  const [finding] = found(subject, code);
  const hosts = subject.hosts.map((facts) => (facts.host === host ? change(facts) : facts));
  const [other] = found(changed(subject, { hosts }), code);
  return { finding, other };
}

describe('a remote that is not the other end', () => {
  test('is named with the command that leads to it', async () => {
    const { finding, other } = await decided('wrong-remote', 'encapsulation-missing', 'podvm', (facts) => ({
      ...facts,
      forwarding: [
        ...facts.forwarding,
        {
          namespace: 'podns',
          mac: '0a:58:0a:84:02:02',
          device: 'vxlan0',
          remote: '192.168.10.163',
          vni: null,
          flags: [],
        },
      ],
    }));
    expect(finding.explanation).toContain('leads to 192.168.10.99, and the other end of VNI 555005 is 192.168.10.163');
    expect(finding.remedy).toMatchObject([
      { host: 'podvm', command: 'ip netns exec podns ip link set dev vxlan0 type vxlan remote 192.168.10.163' },
    ]);
    expect(other.explanation).not.toContain('leads to');
    expect(other.remedy.length).toBeGreaterThan(1);
  });

  test('is missing altogether', async () => {
    const { finding, other } = await decided('encapsulation-missing', 'encapsulation-missing', 'worker', (facts) => ({
      ...facts,
      forwarding: [
        ...facts.forwarding,
        {
          namespace: 'pod',
          mac: '00:00:00:00:00:00',
          device: 'vxlan1',
          remote: '192.168.10.201',
          vni: null,
          flags: [],
        },
      ],
    }));
    expect(finding.remedy[0].command).toBe(
      'ip netns exec pod bridge fdb append 00:00:00:00:00:00 dev vxlan1 dst 192.168.10.201',
    );
    expect(other.explanation).not.toContain('nowhere to send to.');
  });
});

test('a redirect that is missing is named with its command, and not where there is one', async () => {
  const { finding, other } = await decided('redirect-missing', 'not-decapsulated', 'worker', (facts) => ({
    ...facts,
    redirects: [
      ...facts.redirects,
      { namespace: 'pod', device: null, action: 'redirect', direction: 'egress', target: 'eth0' },
    ],
  }));
  expect(finding.explanation).toContain('no tc filter redirects what it receives');
  expect(finding.remedy.map(({ command }) => command)).toEqual([
    'ip netns exec pod tc qdisc replace dev vxlan1 ingress && ' +
      'ip netns exec pod tc filter add dev vxlan1 parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev eth0',
  ]);
  expect(other.explanation).not.toContain('tc filter');
});

describe('a firewall rule', () => {
  const without = (facts: HostFacts): HostFacts => ({ ...facts, firewall: [] });

  test.each([
    ['not-decapsulated', 'not-decapsulated', 'podvm', 'iptables -D INPUT -p udp -m udp --dport 4789 -j DROP'],
    ['encapsulation-blocked', 'encapsulation-missing', 'worker', 'nft -a list chain inet filter output'],
  ] as const)('in %s drops the very packets', async (name, code, host, command) => {
    const { finding, other } = await decided(name, code, host, without);
    expect(finding.explanation).toContain(`A firewall rule on ${host} drops exactly these packets`);
    expect(finding.remedy.map((remedy) => remedy.command)).toEqual([command]);
    expect(other.explanation).not.toContain('A firewall rule');
    expect(other.remedy.length).toBeGreaterThan(1);
  });

  test('with conditions that are not known may drop them, and leaves the other checks', async () => {
    const { subject } = await shippedCase('asymmetric-endpoints-blocked');
    const [finding] = found(subject, 'not-decapsulated');
    expect(finding.explanation).toContain('A firewall rule on worker may drop these packets');
    expect(finding.remedy.length).toBe(3);
  });

  test('of another port, another namespace or another hook is not named', async () => {
    const said = ['-A INPUT -p udp -m udp --dport 53 -j DROP', '-A OUTPUT -p udp -m udp --dport 4789 -j DROP'];
    for (const text of said) {
      const { other } = await decided('not-decapsulated', 'not-decapsulated', 'podvm', (facts) => ({
        ...facts,
        firewall: readHostFacts('podvm', `${text}\n`).firewall,
      }));
      expect(other.explanation, text).not.toContain('A firewall rule');
    }
    const { other } = await decided('not-decapsulated', 'not-decapsulated', 'podvm', (facts) => ({
      ...facts,
      firewall: facts.firewall.map((rule) => ({ ...rule, namespace: 'podns' })),
    }));
    expect(other.explanation).not.toContain('A firewall rule');
  });
});

describe('rules in their order', () => {
  /** What is said of lost tunnel packets where podvm has these rules and no others. */
  async function said(...lines: string[]) {
    const text = `$ iptables -S\n${lines.join('\n')}\n`;
    const { other } = await decided('not-decapsulated', 'not-decapsulated', 'podvm', (facts) => ({
      ...facts,
      firewall: readHostFacts('podvm', text).firewall,
    }));
    return { text: other.explanation, commands: other.remedy.map(({ command }) => command) };
  }

  test('one that comes behind the port being accepted is not named', async () => {
    const { text, commands } = await said('-A INPUT -p udp -m udp --dport 4789 -j ACCEPT', '-A INPUT -j DROP');
    expect(text).not.toContain('A firewall rule');
    expect(commands).toHaveLength(2);
  });

  test.each([
    '-A INPUT -j DROP',
    '-P INPUT DROP',
    '-A INPUT -p udp -j DROP',
    '-A INPUT -p udp -m multiport --dports 53,4789 -j DROP',
  ])('one that drops others, too, is not to be taken away: %s', async (line) => {
    const { text, commands } = await said(line);
    expect(text).toContain(`A firewall rule on podvm drops these packets: ${line}`);
    expect(commands).toEqual(['iptables -I INPUT -p udp --dport 4789 -j ACCEPT']);
  });

  test('one behind another that may accept is only possible', async () => {
    const { text, commands } = await said('-A INPUT -m state --state ESTABLISHED -j ACCEPT', '-A INPUT -j DROP');
    expect(text).toContain('A firewall rule on podvm may drop these packets: -A INPUT -j DROP');
    expect(commands).toHaveLength(3);
  });

  test('one of a list that is not whole is only possible', async () => {
    const { other } = await decided('not-decapsulated', 'not-decapsulated', 'podvm', (facts) => ({
      ...facts,
      leftOut: 1,
    }));
    expect(other.explanation).toContain('A firewall rule on podvm may drop these packets');
  });

  test('one of nft is to be preceded by one that accepts', async () => {
    const { text, commands } = await said(
      'table inet filter {',
      'chain input {',
      'type filter hook input priority filter; policy drop;',
      '}',
      '}',
    );
    expect(text).toContain('A firewall rule on podvm drops these packets');
    expect(commands).toEqual(['nft insert rule inet filter input udp dport 4789 accept']);
  });
});

describe('a rule for the packets inside', () => {
  /** Title of the silence in host-firewall where podvm has these rules and no others, in that namespace. */
  async function title(rules: string, namespace = 'podns'): Promise<string> {
    const { firewall } = readHostFacts('podvm', `$ ip netns exec ${namespace} iptables -S\n${rules}\n`);
    const { other } = await decided('host-firewall', 'unanswered-echo', 'podvm', (facts) => ({ ...facts, firewall }));
    return other.title;
  }

  test.each<[boolean, string, string?]>([
    [true, '-A INPUT -j REJECT'],
    [true, '-A INPUT -p tcp -j ACCEPT\n-A INPUT -j REJECT'],
    [false, '-A INPUT -p icmp -j ACCEPT\n-A INPUT -j REJECT'],
    [false, '-A INPUT -m state --state NEW -j ACCEPT\n-A INPUT -j REJECT'],
    [false, '-A FORWARD -j REJECT'],
    [false, '-A INPUT -j DROP', 'other'],
  ])('is the cause: %s, of %s in %s', async (isCause, rules, namespace) => {
    expect((await title(rules, namespace)).includes('a firewall rule on podvm drops them')).toBe(isCause);
  });

  test('is one of the chain for others where the address is not on the host', async () => {
    const change = (rules: string) => (facts: HostFacts) => ({
      ...facts,
      firewall: readHostFacts('podvm', `$ ip netns exec podns iptables -S\n${rules}\n`).firewall,
      interfaces: facts.interfaces.map((own) => ({ ...own, addresses: [] })),
      redirects: [],
    });
    const { subject } = await shippedCase('host-firewall', { isNamed: true });
    const titleWith = (rules: string): string => {
      const hosts = subject.hosts.map((facts) => (facts.host === 'podvm' ? change(rules)(facts) : facts));
      return found(changed(subject, { hosts }), 'unanswered-echo')[0].title;
    };
    expect(titleWith('-A FORWARD -j DROP')).toContain('a firewall rule on podvm drops them');
    expect(titleWith('-A INPUT -j DROP')).not.toContain('a firewall rule');
  });
});

test('without host files the checks that decide are listed, each for its host', async () => {
  const { subject } = await shippedCase('not-decapsulated', { hosts: noHosts });
  const [finding] = found(subject, 'not-decapsulated');
  expect(finding.remedy.map(({ command }) => command)).toEqual([
    'ip -d link show type vxlan',
    'iptables -S INPUT; nft list ruleset; nstat -az UdpNoPorts UdpInCsumErrors',
  ]);
});

test('a finding in one VNI is no consequence of a fault in another', async () => {
  const { subject } = await shippedCase('vni-mismatch');
  const [flow] = subject.flows;
  const elsewhere = flowWith(flow, { vni: 7, source: '10.9.9.1', destination: '10.9.9.2', losses: [] });
  const unanswered = found(changed(subject, { flows: [...subject.flows, elsewhere] }), 'unanswered-echo');
  const causes = new Map(unanswered.map((finding) => [finding.subject.vni, finding.causes]));
  expect(causes.get(555005)).toContain('vni-mismatch');
  expect(causes.get(555006)).toContain('vni-mismatch');
  expect(causes.get(7)).toEqual([]);
});
