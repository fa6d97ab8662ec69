/** Chains are run in order, as the kernel runs them. */
import { describe, expect, test } from 'vitest';
import { runFirewall } from '../../src/host/chains.ts';
import type { FilteredPacket } from '../../src/host/match.ts';
import { readHostFacts } from '../../src/host/read.ts';

const INCOMING = ['ingress', 'prerouting', 'input'];
const tunnel: FilteredPacket = {
  protocol: 'udp',
  source: '192.168.10.163',
  destination: '192.168.10.201',
  destinationPort: 4789,
  icmpType: null,
  inputInterface: 'ens3',
};

/** The rule that drops the packet for certain; those that may, where none does; null when it gets through. */
function fate(text: string, namespace: string | null = null, packet = tunnel): string | string[] | null {
  const { certain, possible } = runFirewall(readHostFacts('podvm', text).firewall, packet, namespace, INCOMING);
  if (certain !== null) return certain.text;
  return possible.length === 0 ? null : possible.map((rule) => rule.text);
}

const DROP = '-A INPUT -j DROP';
const PORT = '-p udp -m udp --dport 4789';

describe('iptables', () => {
  const iptables = (...lines: string[]): string => `$ iptables-save\n*filter\n${lines.join('\n')}\nCOMMIT\n`;

  test.each<[string, string[], string | string[] | null]>([
    ['a rule for all', [DROP], DROP],
    ['a rule behind one that accepts', [`-A INPUT ${PORT} -j ACCEPT`, DROP], null],
    ['a rule before one that accepts', [DROP, `-A INPUT ${PORT} -j ACCEPT`], DROP],
    ['a rule behind one that accepts others', ['-A INPUT -p tcp -j ACCEPT', DROP], DROP],
    ['a rule behind one for the loopback device', ['-A INPUT -i lo -j ACCEPT', DROP], DROP],
    ['a rule behind one that may accept', ['-A INPUT -m state --state ESTABLISHED -j ACCEPT', DROP], [DROP]],
    ['a rule behind one that only logs', ['-A INPUT -j LOG', DROP], DROP],
    ['a rule behind one for another port', ['-A INPUT -p udp -m udp --dport 53 -j ACCEPT', DROP], DROP],
    ['a rule behind a queue', ['-A INPUT -j NFQUEUE --queue-num 1', DROP], [DROP]],
    ['a rule at another hook', ['-A FORWARD -j DROP'], null],
    ['a rule that nothing leads to', ['-N MINE', '-A MINE -j DROP'], null],
    ['a policy', ['-P INPUT DROP'], '-P INPUT DROP'],
    ['a policy behind a rule that accepts', ['-P INPUT DROP', '-A INPUT -j ACCEPT'], null],
    ['a policy behind a rule that returns', ['-P INPUT DROP', '-A INPUT -j RETURN', DROP], '-P INPUT DROP'],
    ['a chain that drops', ['-N MINE', '-A INPUT -j MINE', '-A MINE -j DROP'], '-A MINE -j DROP'],
    ['a chain that accepts', ['-N MINE', '-A INPUT -j MINE', DROP, '-A MINE -j ACCEPT'], null],
    ['a chain that has nothing to say', ['-N MINE', '-A INPUT -j MINE', DROP, '-A MINE -p tcp -j ACCEPT'], DROP],
    ['an empty chain', ['-N MINE', '-A INPUT -j MINE', DROP], DROP],
    ['a chain that returns', ['-N MINE', '-A INPUT -j MINE', DROP, '-A MINE -j RETURN', '-A MINE -j ACCEPT'], DROP],
    ['a chain without return', ['-N MINE', '-A INPUT -g MINE', DROP], null],
    ['a chain that is not listed', ['-A INPUT -j MINE', DROP], [DROP]],
    ['a chain for some', ['-N MINE', '-A INPUT -m set -j MINE', '-A MINE -j ACCEPT', DROP], [DROP]],
    ['an empty chain for some', ['-N MINE', '-A INPUT -m set -j MINE', DROP], DROP],
    ['chains in a circle', ['-N A', '-N B', '-A INPUT -j A', '-A A -j B', '-A B -j A', DROP], [DROP]],
  ])('%s', (_name, lines, expected) => {
    expect(fate(iptables(...lines))).toEqual(expected);
  });

  test('what one table accepts another may drop', () => {
    const raw = '*raw\n-A PREROUTING -j DROP\nCOMMIT\n';
    expect(fate(`${iptables(`-A INPUT ${PORT} -j ACCEPT`)}${raw}`)).toBe('-A PREROUTING -j DROP');
  });

  test('what may get another address before it comes to the chain', () => {
    const nat = '*nat\n-A PREROUTING -j DNAT --to-destination 10.1.1.1\nCOMMIT\n';
    expect(fate(`${iptables(DROP)}${nat}`)).toEqual([DROP]);
  });

  test('rules of another namespace', () => {
    const text = `$ ip netns exec other iptables -S\n${DROP}\n`;
    expect(fate(text)).toBeNull();
    expect(fate(text, 'other')).toBe(DROP);
  });
});

describe('nft', () => {
  const base = (name: string, rules: string): string =>
    ` chain ${name} {\n type filter hook input priority filter; policy accept;\n ${rules}\n }\n`;
  const table = (...chains: string[]): string => `table inet filter {\n${chains.join('')}}\n`;
  const tail = ' chain tail {\n udp dport 4789 drop\n }\n';

  test.each<[string, string, string | string[] | null]>([
    ['behind one that accepts', table(base('input', 'udp dport 4789 accept\n drop')), null],
    ['of another chain of the hook', table(base('input', 'accept'), base('late', 'drop')), 'drop'],
    ['of a map that accepts', table(base('input', 'udp dport vmap { 53 : drop, 4789 : accept }\n drop')), null],
    ['of a map about others', table(base('input', 'udp dport vmap { 53 : accept, 54 : drop }\n drop')), 'drop'],
    ['of a map with a name', table(base('input', 'udp dport vmap @ports\n drop')), ['drop']],
    ['of a chain that is listed later', table(base('input', 'jump tail'), tail), 'udp dport 4789 drop'],
    ['of a chain of a map', table(base('input', 'udp dport vmap { 4789 : jump tail }'), tail), 'udp dport 4789 drop'],
    ['behind a chain that is not listed', table(base('input', 'jump tail\n drop')), ['drop']],
    ['behind connections that may be known', table(base('input', 'ct state established accept\n drop')), ['drop']],
  ])('a rule %s', (_name, text, expected) => {
    expect(fate(text)).toEqual(expected);
  });

  test('a rule of a bridge, where nobody knows whether the packet was bridged', () => {
    const text = 'table bridge wall {\n chain in {\n type filter hook input priority 0; policy accept;\n drop\n }\n}\n';
    expect(fate(text)).toEqual(['drop']);
  });

  test('JSON', () => {
    const chain = (name: string, hook?: string) => ({ chain: { family: 'inet', table: 'f', name, hook } });
    const rule = (name: string, ...expr: object[]) => ({ rule: { family: 'inet', table: 'f', chain: name, expr } });
    const port = {
      match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: 4789 },
    };
    const ruleset = (...last: object[]): string =>
      JSON.stringify({
        nftables: [chain('in', 'input'), chain('own'), rule('in', { jump: { target: 'own' } }), ...last],
      });
    const drop = rule('in', { drop: null });
    expect(fate(ruleset(drop))).toBe('[{"drop":null}]');
    expect(fate(ruleset(drop, rule('own', port, { accept: null })))).toBeNull();
  });
});

test('of chains that lead to each other too often nothing is said, and that soon', () => {
  const names = Array.from({ length: 12 }, (_, i) => `C${i}`);
  const jumps = names.flatMap((name, i) => Array.from({ length: 40 }, (_, n) => `-A ${name} -m x${n} -j C${i + 1}`));
  const text = [...names, 'C12'].map((name) => `-N ${name}`).concat(jumps, '-A INPUT -j C0', DROP);
  expect(fate(`$ iptables -S\n${text.join('\n')}\n`)).toBeNull();
});
