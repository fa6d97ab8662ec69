/**
 * `ip route` and `ip -6 route`, text and JSON, also of all tables, and `ip route get`.
 *
 *     10.132.2.0/24 dev vxlan0 proto kernel scope link src 10.132.2.46
 *     unreachable 10.8.0.0/16
 *     10.7.0.0/16
 *             nexthop via 192.168.10.2 dev ens3 weight 1
 *     [{"dst":"10.132.2.0/24","dev":"vxlan0","protocol":"kernel","prefsrc":"10.132.2.46","flags":[]}]
 */
import { readAddress, readDestination } from './address.ts';
import type { FactCollection } from './collection.ts';
import type { HostRoute } from './facts.ts';
import { arrayField, isObject, type JsonObject, objectField, stringField } from './json-fields.ts';
import { type Continuation, type LineParser, type Origin, wordAfter, wordsOf } from './piece.ts';

const TYPES = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
];
const ATTRIBUTES = ['via', 'dev', 'proto', 'scope', 'metric', 'src', 'table', 'nhid', 'encap', 'mtu', 'onlink', 'from'];

type Family = 'inet' | 'inet6';

export const readIpRoute: LineParser = (line, origin, facts) => {
  const words = wordsOf(line);
  const type = TYPES.includes(words[0] ?? '') ? words.shift()! : null;
  const destination = readTarget(words.shift() ?? '');
  if (destination === null) return null;
  const attributed = words.length > 0 && ATTRIBUTES.includes(words[0]!);
  if (!attributed && (words.length > 0 || (type === null && !destination.includes('/')))) return null;
  const route: HostRoute = {
    namespace: origin.namespace,
    destination,
    family: familyOf(destination, wordAfter(words, 'via'), words.includes('pref'), origin),
    ...hopOf(words, origin),
    source: readAddress(wordAfter(words, 'src') ?? ''),
    type: typeOf(type),
    table: tableOf(wordAfter(words, 'table')),
  };
  // A prefix alone is a route only with the next hops that follow it.
  const stated = attributed || route.type !== null;
  if (stated) facts.addRoute(route);
  return nextHops(route, stated, origin, facts);
};

/** Lines below a route: its next hops, and what `ip route get` adds. The first hop completes a route that is stated already. */
function nextHops(route: HostRoute, stated: boolean, origin: Origin, facts: FactCollection): Continuation {
  let first = stated;
  return (line) => {
    const words = wordsOf(line);
    if (words[0] === 'cache') return true;
    if (words[0] !== 'nexthop') return false;
    const hop = hopOf(words, origin);
    if (first) Object.assign(route, hop);
    else facts.addRoute({ ...route, ...hop });
    first = false;
    return true;
  };
}

/** Gateway and device of `via 192.168.10.1 dev ens3` or `via inet6 fe80::1 dev ens3`. */
function hopOf(words: readonly string[], origin: Origin): { gateway: string | null; device: string | null } {
  const via = words.indexOf('via');
  const named = via >= 0 && /^inet6?$/.test(words[via + 1] ?? '');
  const gateway = via < 0 ? null : readAddress(words[via + (named ? 2 : 1)] ?? '');
  return { gateway, device: wordAfter(words, 'dev') ?? origin.device };
}

function readTarget(text: string): string | null {
  return text === 'default' ? text : readDestination(text);
}

function typeOf(printed: string | null): string | null {
  return printed === 'unicast' ? null : printed;
}

function tableOf(printed: string | null): string | null {
  return printed === 'main' ? null : printed;
}

/** Only IPv6 routes have a preference (`pref medium`), which tells the family of a default route without a gateway. */
function familyOf(destination: string, via: string | null, preference: boolean, origin: Origin): Family {
  if (destination !== 'default') return destination.includes(':') ? 'inet6' : 'inet';
  // `via inet6 fe80::1` is the gateway of a route of the other family.
  if (via?.includes(':') || preference) return 'inet6';
  return via === null ? (origin.family ?? 'inet') : 'inet';
}

/** Adds a route, or one for each of its next hops; false when the object describes none. */
export function readRouteObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  const destination = readTarget(stringField(object, 'dst') ?? '');
  if (destination === null || 'mac' in object || !('flags' in object || 'dev' in object || 'gateway' in object))
    return false;
  const route: HostRoute = {
    namespace: origin.namespace,
    destination,
    family: familyOf(destination, stringField(object, 'gateway'), 'pref' in object, origin),
    ...hopOfObject(object, origin),
    source: readAddress(stringField(object, 'prefsrc') ?? ''),
    type: typeOf(stringField(object, 'type')),
    table: tableOf(stringField(object, 'table')),
  };
  const hops = (arrayField(object, 'nexthops') ?? []).filter(isObject);
  for (const hop of hops) facts.addRoute({ ...route, ...hopOfObject(hop, origin) });
  if (hops.length === 0) facts.addRoute(route);
  return true;
}

function hopOfObject(object: JsonObject, origin: Origin): { gateway: string | null; device: string | null } {
  const via = objectField(object, 'via');
  const gateway = stringField(object, 'gateway') ?? (via === null ? null : stringField(via, 'host'));
  return { gateway: readAddress(gateway ?? ''), device: stringField(object, 'dev') ?? origin.device };
}
