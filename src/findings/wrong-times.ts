/** Requests that went to a wrong MAC for a time only: because the sender changed it, or because the owner changed its own. */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import { linkPeriods, PACKET_OTHERHOST } from '../flow/link.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import { hostAt, isGroup, OTHER_HOST, ownerOf, type Verdict } from './mac-verdict.ts';
import { type Mismatch, NO_MISMATCHES } from './mismatch.ts';
import type { Owner } from './owners.ts';
import type { RequestTime, RequestTimes } from './request-times.ts';
import { plurals, question } from './wording.ts';

/** First frames shown of a time in which the MAC was wrong. */
const MOST_SHOWN = 3;

/** Judges the requests of a flow whose destination MAC changed, each MAC's by themselves. */
export function judgeTimes(
  subject: Case,
  times: RequestTimes,
  flow: JoinedFlow,
  loss: JoinedLoss,
): readonly Mismatch[] {
  const { sightings } = flow;
  for (let i = 0; i < sightings.length; i++) {
    if (sightings[i].vantage !== loss.after) continue;
    const own = times.of(sightings[i]);
    const judged = own.length === 0 ? null : judgeEachTime(subject, times, own, flow, loss);
    if (judged !== null) return judged;
  }
  return NO_MISMATCHES;
}

/** The same for the times of a flow at the capture where it was lost; null where nothing tells whose address it is. */
function judgeEachTime(
  subject: Case,
  times: RequestTimes,
  own: readonly RequestTime[],
  flow: JoinedFlow,
  loss: JoinedLoss,
): readonly Mismatch[] | null {
  const vantage = loss.after;
  const mismatches: Mismatch[] = [];
  const host = hostAt(subject, vantage, flow);
  const owners = subject.owners.at(vantage, host, flow.destination, flow.vni);
  if (owners.length === 0 && vantage.kind === 'underlay') return null;
  for (const time of own) {
    const verdict = verdictOn(subject, owners, time, flow, vantage);
    if (verdict === null) continue;
    const [first] = time.unanswered;
    const last = time.unanswered[time.unanswered.length - 1];
    const others = flow.sightings.filter((other) => other.vantage !== vantage);
    const elsewhere = others.flatMap((other) => {
      const seen = times.elsewhere(other, first.key);
      return seen === null ? [] : [{ capture: other.vantage.label, ...seen }];
    });
    const frameMac = time.destination ?? elsewhere[0]?.destination;
    if (frameMac === undefined) continue;
    const working = own.filter((other) => other !== time && !other.isSilent);
    const cured = working.find(({ from }) => from > last.frame);
    const worked = working.find(({ from }) => from < first.frame);
    // What only ARP tells may have become another's.
    if (cured === undefined && (verdict.source === 'arp' || verdict.source === 'ndp')) continue;
    const name = question(flow.protocol);
    const kind = time.packetType === PACKET_OTHERHOST ? OTHER_HOST : '';
    const evidence = [...new Set([...time.unanswered.slice(0, MOST_SHOWN), last])].map(({ frame }) => ({
      capture: vantage.label,
      frame,
      note: `${name} to ${flow.destination} with destination MAC ${frameMac}${kind}; no reply follows`,
    }));
    for (const { capture, frame, destination } of elsewhere)
      evidence.push({ capture, frame, note: `the same ${name} on its way, destination MAC ${destination}` });
    if (cured !== undefined && cured.destination !== null)
      evidence.push({
        capture: vantage.label,
        frame: cured.from,
        note: `from here on ${plurals(name)} have destination MAC ${cured.destination} and are answered`,
      });
    mismatches.push({
      ...{ flows: [flow], vantage, address: flow.destination, frameMac, ...verdict, evidence },
      count: Math.min(time.unanswered.length, loss.count),
      time: {
        first: first.frame,
        last: last.frame,
        seconds: (last.time - first.time) / 1e9,
        cured: cured?.from ?? null,
        worked: worked?.from ?? null,
        ownerBefore: null,
      },
    });
  }
  return mismatches;
}

/** Judges a flow by the MACs that the owner's interface was seen with, one after the other, while it was captured. */
export function judgeOwnerTimes(
  subject: Case,
  times: RequestTimes,
  flow: JoinedFlow,
  loss: JoinedLoss,
): readonly Mismatch[] {
  if (subject.hosts.length === 0) return NO_MISMATCHES;
  const vantage = loss.after;
  const host = hostAt(subject, vantage, flow);
  const seen = subject.owners.facts(host)?.macTimes ?? [];
  if (seen.length === 0) return NO_MISMATCHES;
  const [owner, ...rivals] = subject.owners
    .at(vantage, host, flow.destination, flow.vni)
    .filter((one) => one.interface !== null);
  if (owner === undefined || rivals.length > 0) return NO_MISMATCHES;
  const own = seen.filter((time) => time.interface === owner.interface && time.namespace === owner.namespace);
  const mismatches: Mismatch[] = [];
  for (const sighting of flow.sightings) {
    if (sighting.vantage !== vantage) continue;
    const [frameMac, ...others] = new Set(linkPeriods(sighting).map(({ destination }) => destination));
    if (frameMac == null || others.length > 0 || isGroup(frameMac)) continue;
    const isOwnersNow = owner.mac === frameMac;
    own.forEach(({ mac, from, until }, index) => {
      if (mac === frameMac) return;
      const after = own[index - 1]?.until ?? Number.NEGATIVE_INFINITY;
      const before = own[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      const unanswered = times.silence(sighting, { after, from, until, before });
      if (unanswered.length === 0) return;
      const [first] = unanswered;
      const last = unanswered[unanswered.length - 1];
      mismatches.push({
        ...{ flows: [flow], vantage, address: flow.destination, frameMac, source: owner.source },
        owner: { ...owner, mac },
        count: Math.min(unanswered.length, loss.count),
        evidence: [...new Set([...unanswered.slice(0, MOST_SHOWN), last])].map(({ frame }) => ({
          capture: vantage.label,
          frame,
          note: `${question(flow.protocol)} to ${flow.destination} with destination MAC ${frameMac}; no reply follows`,
        })),
        time: {
          first: first.frame,
          last: last.frame,
          seconds: (last.time - first.time) / 1e9,
          cured: null,
          worked: null,
          ownerBefore: isOwnersNow,
        },
      });
    });
    return mismatches;
  }
  return mismatches;
}

/**
 * Why the MAC of a time was wrong; null when it was not, or when that is not proven: nothing with it may have been
 * answered, and the address must not have been another's with that MAC then.
 */
function verdictOn(
  subject: Case,
  owners: readonly Owner[],
  time: RequestTime,
  { destination: address, vni }: JoinedFlow,
  vantage: Vantage,
): Verdict | null {
  const { destination, packetType, from, until, isSilent, unanswered } = time;
  if (!isSilent || unanswered.length === 0 || (destination !== null && isGroup(destination))) return null;
  const told = ownerOf(owners, destination);
  if (told === 'right') return null;
  const isKernels = packetType === PACKET_OTHERHOST && vantage.kind !== 'underlay';
  const verdict = told ?? (isKernels ? { owner: null, source: 'packet-type' as const } : null);
  if (verdict === null) return null;
  const { owner } = verdict;
  if (owner !== null && owner.evidence !== null) {
    const { vantage: at, frame } = owner.evidence;
    if (at !== vantage || frame >= until) return null;
  }
  const isMoved = subject.owners
    .claimsOf(address)
    .filter((claim) => claim.vantage === vantage && (claim.vni === null || claim.vni === vni))
    .some((claim) => claim.mac === destination || claim.announcementFrame >= from);
  return isMoved ? null : verdict;
}
