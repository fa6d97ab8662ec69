/** What the hosts themselves print: tunnel devices, addresses, neighbours, routes, firewall rules, redirects. */
import { readAddress } from '../host/address.ts';
import { type HostFacts, type HostInterface, isDropping } from '../host/facts.ts';
import type { DifferenceKind } from '../report/comparison.ts';
import { type Aligned, align } from './align.ts';
import { type Aspect, aspect, contrast, NOTHING } from './aspect.ts';
import type { Pairing } from './pairing.ts';

/** What the comparison of one host with its counterpart needs to know. */
interface Scene {
  host: string;
  /** Addresses of conversations, and of those only that go unanswered in the bad run. */
  addresses: ReadonlySet<string>;
  silent: ReadonlySet<string>;
}

export function compareHosts({ good, bad, conversations, silent }: Pairing): Aspect[] {
  const hosts = align(good.subject.hosts, bad.subject.hosts, [
    { by: 'name', key: ({ host }) => host },
    { by: 'role', key: () => '' },
  ]);
  const ends = conversations.pairs.flatMap((pair) => [pair.bad.source, pair.bad.destination]);
  const addresses = new Set(ends);
  return hosts.pairs.flatMap((pair) => {
    const scene = { host: pair.bad.host, addresses, silent };
    return [
      ...interfaces(pair, scene),
      ...missingAddresses(pair, scene),
      ...neighbors(pair, scene),
      ...lists(pair, scene),
    ];
  });
}

function interfaces({ good, bad }: Aligned<HostFacts>, scene: Scene): Aspect[] {
  const { pairs } = align(good.interfaces.filter(concerns(scene)), bad.interfaces.filter(concerns(scene)), [
    { by: 'name', key: ({ namespace, name }) => `${namespace} ${name}` },
    { by: 'role', key: ({ vxlan }) => (vxlan === null ? null : 'vxlan') },
  ]);
  return pairs.flatMap((pair) => device(pair, scene));
}

/** Tunnel devices, and interfaces with an address that somebody talks to. */
function concerns({ addresses }: Scene): (candidate: HostInterface) => boolean {
  return (candidate) =>
    candidate.vxlan !== null ||
    candidate.addresses.some(({ address }) => addresses.has(readAddress(address) ?? address));
}

function device({ good, bad }: Aligned<HostInterface>, { host, silent }: Scene): Aspect[] {
  const name = `${bad.name} on ${host}`;
  const isTrouble = silent.size > 0;
  const compared = (kind: DifferenceKind, what: string, a: Printed, b: Printed, explains = isTrouble): Aspect[] => {
    if (a === null && b === null) return [];
    const [before, after] = [String(a ?? NOTHING), String(b ?? NOTHING)];
    const differs = before !== after;
    const sentence = contrast(
      `The ${what} of ${name}`,
      a === null ? 'not set' : before,
      b === null ? 'not set' : after,
    );
    const values = { what: `${what} of ${name}`, good: before, bad: after };
    return [aspect(kind, values, { differs, explains: differs && explains, sentence })];
  };
  const state = (up: boolean | null): Printed => (up === null ? null : up ? 'up' : 'down');
  const mtu = good.mtu === null || bad.mtu === null ? [] : compared('mtu', 'MTU', good.mtu, bad.mtu, false);
  const switched = good.up === null || bad.up === null ? [] : compared('host', 'state', state(good.up), state(bad.up));
  if (good.vxlan === null || bad.vxlan === null) return [...mtu, ...switched];
  const [a, b] = [good.vxlan, bad.vxlan];
  const isFixed = a.external !== true && b.external !== true;
  return [
    ...(isFixed ? compared('vni', 'VNI', a.vni, b.vni) : []),
    ...compared('port', 'UDP port', a.port, b.port),
    ...compared('endpoints', 'remote', a.remote ?? a.group ?? null, b.remote ?? b.group ?? null),
    ...compared('endpoints', 'local address', a.local, b.local),
    ...mtu,
    ...switched,
  ];
}

type Printed = string | number | null;

function missingAddresses({ good, bad }: Aligned<HostFacts>, { host, addresses, silent }: Scene): Aspect[] {
  const placed = new Map(
    good.interfaces.flatMap((each) =>
      each.addresses.map(({ address }) => [readAddress(address) ?? address, each.name] as const),
    ),
  );
  const own = new Set(
    bad.interfaces.flatMap((each) => each.addresses.map(({ address }) => readAddress(address) ?? address)),
  );
  return [...placed]
    .filter(([address]) => (addresses.has(address) || silent.has(address)) && !own.has(address))
    .map(([address, name]) =>
      aspect(
        'host',
        { what: `${address} on ${host}`, good: name, bad: 'on no interface' },
        {
          scope: `${host} ${address}`,
          sentence: `${address} is on no interface of ${host} in the bad run, and on ${name} in the good one`,
          differs: true,
          explains: silent.has(address),
        },
      ),
    );
}

/** Neighbour entries for addresses that go unanswered: another MAC, or none. */
function neighbors({ good, bad }: Aligned<HostFacts>, { host, silent }: Scene): Aspect[] {
  const { pairs } = align(good.neighbors, bad.neighbors, [
    {
      by: 'name',
      key: ({ address, namespace, device }) => (silent.has(address) ? `${address} ${namespace} ${device}` : null),
    },
  ]);
  return pairs
    .filter((pair) => pair.good.mac !== pair.bad.mac)
    .map((pair) => {
      const { address } = pair.bad;
      const [a, b] = [pair.good, pair.bad].map(({ mac, state }) => mac ?? state ?? 'none');
      const subject = `The neighbour entry for ${address} on ${host}`;
      const values = { what: `neighbour entry for ${address} on ${host}`, good: a, bad: b };
      return aspect('host', values, {
        scope: `${host} neighbour ${address}`,
        sentence: contrast(subject, a, b),
        differs: true,
        explains: true,
      });
    });
}

/** Rules that drop, routes that lead nowhere: only in the bad run. Redirects and other routes: only in the good one. */
function lists({ good, bad }: Aligned<HostFacts>, { host, silent }: Scene): Aspect[] {
  if (silent.size === 0) return [];
  const inside = (namespace: string | null) => (namespace === null ? '' : ` in ${namespace}`);
  const rules = ({ firewall }: HostFacts) =>
    firewall.filter(isDropping).map((rule) => `firewall rule${inside(rule.namespace)}: ${rule.text}`);
  const traps = ({ routes }: HostFacts) =>
    routes
      .filter(({ type }) => type !== null && DEAD_ENDS.has(type))
      .map(({ namespace, type, destination }) => `${type} route${inside(namespace)} to ${destination}`);
  const redirects = (facts: HostFacts) =>
    facts.redirects.map(({ namespace, action, target }) => `tc ${action}${inside(namespace)} to ${target}`);
  const added = (list: (facts: HostFacts) => string[]) =>
    without(list(bad), list(good)).map((what) => only('bad', host, what));
  const gone = without(redirects(good), redirects(bad)).map((what) => only('good', host, what));
  return [...added(rules), ...added(traps), ...gone];
}

const DEAD_ENDS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

function without(list: readonly string[], other: readonly string[]): string[] {
  const known = new Set(other);
  return [...new Set(list)].filter((each) => !known.has(each));
}

function only(side: 'good' | 'bad', host: string, what: string): Aspect {
  const other = side === 'good' ? 'bad' : 'good';
  const values = { what: `printed by ${host}`, good: NOTHING, bad: NOTHING, [side]: what };
  const sentence = `${host} prints in the ${side} run, and not in the ${other} one: ${what}`;
  return aspect('host', values, { scope: `${host} ${what}`, sentence, differs: true, explains: true });
}
