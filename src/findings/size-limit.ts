/**
 * Sizes up to which packets between two addresses get through, and from which on none does.
 *
 * Two sizes alone prove nothing: what is lost must be larger than all that passed, and something must say
 * why: an ICMP error, outer fragments that were never complete, the MTU that a host states, or the
 * don't-fragment flag.
 */
import type { QuotedError } from '../flow/error-table.ts';
import { Word } from '../flow/flow-table.ts';
import { FragmentField } from '../flow/fragment-table.ts';
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import { LinkView } from '../flow/link.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import { addressOfVersion, type Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import { directionIndex } from './direction-index.ts';
import { perCase } from './per-case.ts';
import { carries, hostWith } from './tunnel-device.ts';

/** Bytes a tunnel adds to an inner IP packet: outer IP, UDP, VXLAN and the inner Ethernet header. */
export const OVERHEAD = { 4: 50, 6: 70 } as const;

/** No underlay is narrower than what IPv6 asks of every link (RFC 8200 section 5). */
const LEAST_MTU = 1280;
/** Lost packets with don't-fragment from which on sizes alone are believed. */
const ENOUGH = 2;

/** An ICMP error that names an MTU, and the capture that saw it. */
export interface TooBig {
  error: QuotedError;
  vantage: Vantage;
}

/** What one capture saw of the outer fragments between two tunnel ends. */
export interface FragmentSight {
  vantage: Vantage;
  first: number;
  later: number;
  whole: number;
  firstFrame: number;
}

export interface SizeLimit {
  source: string;
  destination: string;
  vni: number | null;
  flows: JoinedFlow[];
  /** Largest inner IP packet that was answered, and smallest that was not; bytes, 0 for none. */
  passed: number;
  failed: number;
  lost: number;
  /** The direction of the tunnel that the requests take; null when it was not seen. */
  direction: TunnelDirection | null;
  tooBig: TooBig | null;
  /** Outer fragments by capture, where any capture has datagrams that were not complete. */
  fragments: readonly FragmentSight[];
  /** MTU of the underlay in bytes where something states it, and who. */
  underlayMtu: { bytes: number; known: 'icmp' | 'host-file' } | null;
  /** Largest inner IP packet that fits; null when nothing tells. */
  innerMtu: number | null;
}

interface Limits {
  all: SizeLimit[];
  byFlow: Map<JoinedFlow, SizeLimit>;
}

const limits = new WeakMap<Case, Limits>();

/** Every pair of addresses between which size decides. */
export function sizeLimits(subject: Case): readonly SizeLimit[] {
  return limitsOf(subject).all;
}

/** The limit that a flow's unanswered requests exceed; null for none. */
export function limitOf(subject: Case, flow: JoinedFlow): SizeLimit | null {
  return limitsOf(subject).byFlow.get(flow) ?? null;
}

function limitsOf(subject: Case): Limits {
  let found = limits.get(subject);
  if (found === undefined) {
    const all = find(subject);
    found = { all, byFlow: new Map(all.flatMap((limit) => limit.flows.map((flow) => [flow, limit]))) };
    limits.set(subject, found);
  }
  return found;
}

/** True when the lost packets were too large, as far as one can tell. */
export function isTooLarge(subject: Case, flow: JoinedFlow, loss: JoinedLoss): boolean {
  const limit = limitOf(subject, flow);
  return limit !== null && loss.smallest > limit.passed;
}

function find(subject: Case): SizeLimit[] {
  const errors = tooBigErrors(subject);
  const found: SizeLimit[] = [];
  for (const flows of suspects(subject)) {
    const limit = judge(subject, flows, errors);
    if (limit !== null) found.push(limit);
  }
  return found;
}

/**
 * Echo flows by VNI and addresses, where one of them has lost what is larger than all that it got
 * answered. What was never seen encapsulated belongs to the only VNI of the same addresses.
 */
function suspects(subject: Case): JoinedFlow[][] {
  const ends = new Set(subject.flows.filter(isSuspect).map(endsOf));
  if (ends.size === 0) return [];
  const byEnds = new Map<string, Map<number | null, JoinedFlow[]>>();
  for (const flow of subject.flows) {
    if (!isEcho(flow)) continue;
    const key = endsOf(flow);
    if (!ends.has(key)) continue;
    const byVni = byEnds.get(key) ?? new Map<number | null, JoinedFlow[]>();
    byEnds.set(key, byVni);
    const group = byVni.get(flow.vni);
    if (group === undefined) byVni.set(flow.vni, [flow]);
    else group.push(flow);
  }
  return [...byEnds.values()].flatMap((byVni) =>
    byVni.has(null) && byVni.size === 2 ? [[...byVni.values()].flat()] : [...byVni.values()],
  );
}

function isSuspect(flow: JoinedFlow): boolean {
  if (flow.unanswered === 0 || !isEcho(flow)) return false;
  const lost = flow.smallestUnanswered;
  return lost > 0 && lost > largestAnswered(flow);
}

function isEcho({ protocol }: JoinedFlow): boolean {
  return protocol === 'icmp-echo' || protocol === 'icmpv6-echo';
}

function endsOf({ source, destination }: JoinedFlow): string {
  return `${source} ${destination}`;
}

function judge(subject: Case, flows: readonly JoinedFlow[], errors: readonly TooBig[]): SizeLimit | null {
  const silent = flows.filter((flow) => flow.smallestUnanswered > 0);
  const failed = Math.min(...silent.map((flow) => flow.smallestUnanswered));
  const passed = Math.max(...flows.map(largestAnswered));
  if (silent.length === 0 || failed <= passed || passed === 0) return null;
  const [{ source, destination }] = silent;
  const vni = flows.find((flow) => flow.vni !== null)?.vni ?? null;
  const direction = directionOf(subject, silent) ?? directionOf(subject, flows);
  const overhead = OVERHEAD[direction?.ipVersion ?? 4];
  const tooBig =
    errors.find(({ error }) => concerns(error, silent[0], direction) && failed > innerLimit(error, overhead)) ?? null;
  const sights = direction === null ? [] : fragmentsOf(subject, direction);
  const fragments = sights.some((sight) => sight.whole < sight.first) ? sights : [];
  const stated = direction === null ? null : hostMtu(subject, direction);
  const lost = silent.reduce((sum, flow) => sum + flow.unanswered, 0);
  const isStated = stated !== null && failed + overhead > stated;
  const isUnfragmented =
    vni !== null && lost >= ENOUGH && failed + overhead > LEAST_MTU && silent.some((flow) => hasDontFragment(flow));
  if (tooBig === null && fragments.length === 0 && !isStated && !isUnfragmented) return null;
  let underlayMtu: SizeLimit['underlayMtu'] = null;
  if (tooBig !== null && isAboutTunnel(tooBig.error)) underlayMtu = { bytes: tooBig.error.mtu, known: 'icmp' };
  else if (isStated) underlayMtu = { bytes: stated, known: 'host-file' };
  const limit =
    underlayMtu !== null
      ? underlayMtu.bytes - overhead
      : tooBig !== null
        ? tooBig.error.mtu
        : passed + overhead >= LEAST_MTU
          ? passed
          : null;
  const innerMtu =
    limit !== null && limit >= passed && limit < failed ? limit : passed + overhead >= LEAST_MTU ? passed : limit;
  return {
    source,
    destination,
    vni,
    flows: silent,
    passed,
    failed,
    lost,
    direction,
    tooBig,
    fragments,
    underlayMtu,
    innerMtu,
  };
}

/** Largest answered request, as the asker's end knows it: at the other end a lost reply counts as one. */
function largestAnswered(flow: JoinedFlow): number {
  if (flow.answered === 0) return 0;
  const nearest = flow.path[0];
  let largest = 0;
  for (const sighting of flow.sightings) {
    if (sighting.vantage === nearest) largest = Math.max(largest, sighting.word(Word.LargestAnswered));
  }
  return largest === 0 ? flow.largestAnswered : largest;
}

function directionOf(subject: Case, flows: readonly JoinedFlow[]): TunnelDirection | null {
  const index = directionIndex(subject);
  for (const flow of flows) {
    for (const sighting of flow.sightings) {
      const direction = index.ofRequests(sighting);
      if (direction !== null) return direction;
    }
  }
  return null;
}

function hasDontFragment(flow: JoinedFlow): boolean {
  return flow.sightings.some((sighting) => new LinkView(sighting).dontFragment);
}

/** "Fragmentation needed" and "packet too big" errors that name an MTU. */
export function tooBigErrors(subject: Case): TooBig[] {
  return subject.vantages.flatMap((vantage) =>
    vantage.observations.errors.errors
      .filter(({ ipVersion, type, code, mtu }) => mtu > 0 && (ipVersion === 6 ? type === 2 : type === 3 && code === 4))
      .map((error) => ({ error, vantage })),
  );
}

/** True when the error is about an encapsulated packet. */
export function isAboutTunnel(error: QuotedError): boolean {
  return error.quotedVni >= 0;
}

/** True when the error quotes a packet between the flow's addresses, or one of the tunnel it takes. */
function concerns(error: QuotedError, flow: JoinedFlow, direction: TunnelDirection | null): boolean {
  const quoted = [error.quotedSource, error.quotedDestination].sort().join(' ');
  if (quoted === [flow.source, flow.destination].sort().join(' ')) {
    return error.quotedVni < 0 || error.quotedVni === flow.vni;
  }
  return (
    isAboutTunnel(error) && direction !== null && error.quotedVni === direction.vni && error.to === direction.source
  );
}

function innerLimit(error: QuotedError, overhead: number): number {
  return isAboutTunnel(error) ? error.mtu - overhead : error.mtu;
}

/** The smaller MTU of the two interfaces that a tunnel's packets leave and arrive by; null when no host says. */
export function hostMtu(subject: Case, { source, destination }: TunnelDirection): number | null {
  const sizes = [source, destination].flatMap((address) => {
    const own = hostWith(subject, address)?.interfaces.find((candidate) => carries(candidate, address));
    return own?.mtu == null ? [] : [own.mtu];
  });
  return sizes.length === 0 ? null : Math.min(...sizes);
}

/** Fragments of a direction's outer packets, by capture. */
export function fragmentsOf(
  subject: Case,
  { source, destination, ipVersion }: TunnelDirection,
): readonly FragmentSight[] {
  return allFragments(subject).get(fragmentKey(ipVersion, source, destination)) ?? NO_SIGHTS;
}

const NO_SIGHTS: readonly FragmentSight[] = [];

function fragmentKey(ipVersion: number, source: string, destination: string): string {
  return `${ipVersion} ${source} ${destination}`;
}

/** All fragments of a case, by the outer addresses. */
const allFragments = perCase(({ vantages }): ReadonlyMap<string, FragmentSight[]> => {
  const sights = new Map<string, FragmentSight[]>();
  for (const vantage of vantages) {
    const { observations } = vantage;
    const { fragments } = observations;
    for (let pair = 0; pair < fragments.count; pair++) {
      if (fragments.field(pair, FragmentField.Vni) < 0) continue;
      const ipVersion = fragments.table.word(pair, 0);
      const address = (word: 1 | 2): string =>
        addressOfVersion(observations, ipVersion, fragments.table.word(pair, word));
      const key = fragmentKey(ipVersion, address(1), address(2));
      const sight = {
        vantage,
        first: fragments.field(pair, FragmentField.First),
        later: fragments.field(pair, FragmentField.Later),
        whole: fragments.field(pair, FragmentField.Whole),
        firstFrame: fragments.field(pair, FragmentField.FirstFrame),
      };
      const same = sights.get(key);
      if (same === undefined) sights.set(key, [sight]);
      else same.push(sight);
    }
  }
  return sights;
});
