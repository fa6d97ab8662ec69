/**
 * A unicast frame reached the end that owns its destination address, with a destination MAC that is
 * not the owner's: the kernel drops it as meant for another host, without a word to anyone.
 *
 * Judged only at the vantage point where unanswered requests ended, which is the end that owns the
 * address; bridges and redirects on the way legitimately see foreign MACs. So do gateways: what is known
 * from claims alone counts for nothing where frames with that MAC are answered all the same.
 */
import { Double, Word } from '../../flow/flow-table.ts';
import type { JoinedFlow, JoinedLoss } from '../../flow/joined-flow.ts';
import { LinkView } from '../../flow/link.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import type { Evidence, Finding } from '../finding.ts';
import { hostAt, isGroup, OTHER_HOST, ownerOf, type Verdict } from '../mac-verdict.ts';
import { describeMismatch, type Mismatch, NO_MISMATCHES, type WrongTime } from '../mismatch.ts';
import type { Owner } from '../owners.ts';
import { Relays, type Suspect } from '../relays.ts';
import { RequestTimes } from '../request-times.ts';
import { MOST_EVIDENCE, plural, question } from '../wording.ts';
import { judgeOwnerTimes, judgeTimes } from '../wrong-times.ts';

/** Findings listed one by one; the worst come first. */
const MOST_FINDINGS = 20;

export function innerDestinationMacMismatch(subject: Case): Finding[] {
  const mismatches = new Map<string, Mismatch>();
  const times = new RequestTimes(subject.replyTimeoutSeconds);
  const judged: Mismatch[] = [];
  for (const flow of subject.flows) {
    const own = flow.losses.length === 0 ? NO_MISMATCHES : judgeFlow(subject, times, flow);
    if (own.length > 0) judged.push(...own);
  }
  const relays = new Relays(subject, judged.filter(isHearsay).map(suspectIn));
  for (const mismatch of judged) {
    if (isHearsay(mismatch) && relays.has(suspectIn(mismatch))) continue;
    const key = `${mismatch.vantage.index} ${mismatch.address} ${mismatch.frameMac}`;
    const known = mismatches.get(key);
    if (known === undefined) mismatches.set(key, mismatch);
    else merge(known, mismatch);
  }
  const sorted = [...mismatches.values()].sort((a, b) => b.count - a.count);
  const worst = sorted.slice(0, MOST_FINDINGS);
  for (const mismatch of worst) mismatch.time ??= curedLater(subject, mismatch);
  const findings = worst.map((mismatch) => describeMismatch(subject, mismatch));
  const rest = sorted.length - findings.length;
  if (rest > 0)
    findings[findings.length - 1].explanation +=
      ` ${plural(rest, 'further address')} ${rest === 1 ? 'is' : 'are'} asked for with a wrong MAC in the same way.`;
  return findings;
}

/** True when nothing but claims says that the MAC is wrong, and it was the same all the time. */
function isHearsay({ source, time }: Mismatch): boolean {
  return (source === 'arp' || source === 'ndp') && time === null;
}

function suspectIn({ vantage, flows: [{ vni }], frameMac }: Mismatch): Suspect {
  return { vantage, vni, mac: frameMac };
}

/** Judges where a flow's requests ended at an end that did not answer them. */
function judgeFlow(subject: Case, times: RequestTimes, flow: JoinedFlow): readonly Mismatch[] {
  let judged = NO_MISMATCHES;
  const { losses } = flow;
  for (let i = 0; i < losses.length; i++) {
    const loss = losses[i];
    if (loss.stage !== 'no-reply') continue;
    const own = judgeLoss(subject, times, flow, loss);
    if (own.length > 0) judged = judged.length === 0 ? own : [...judged, ...own];
  }
  return judged;
}

function judgeLoss(subject: Case, times: RequestTimes, flow: JoinedFlow, loss: JoinedLoss): readonly Mismatch[] {
  const senders = judgeTimes(subject, times, flow, loss);
  const judged = senders.length > 0 ? senders : judgeOwnerTimes(subject, times, flow, loss);
  if (judged.length > 0 || flow.answered > 0) return judged;
  const mismatch = judge(subject, flow, loss);
  return mismatch === null ? NO_MISMATCHES : [mismatch];
}

function judge(subject: Case, flow: JoinedFlow, loss: JoinedLoss): Mismatch | null {
  const vantage = loss.after;
  // Only an overlay interface's frames tell of its MAC where nobody else does.
  if (vantage.kind === 'underlay' && !subject.owners.mayKnow(flow.destinationKey)) return null;
  const host = hostAt(subject, vantage, flow);
  const address = flow.destination;
  const owners = subject.owners.at(vantage, host, address, flow.vni);
  if (owners.length === 0 && vantage.kind === 'underlay') return null;
  for (const sighting of flow.sightings) {
    if (sighting.vantage !== vantage) continue;
    const link = new LinkView(sighting);
    const frameMac = link.requestDestination;
    if (frameMac !== null && isGroup(frameMac)) return null;
    const told = ownerOf(owners, frameMac);
    if (told === 'right') return null;
    const verdict = told ?? kernelVerdict(link, vantage) ?? senderEvidence(subject, vantage, flow, frameMac);
    if (verdict === null) continue;
    const mac = frameMac ?? askedMac(flow, vantage);
    if (mac === null) continue;
    return {
      flows: [flow],
      vantage,
      address,
      frameMac: mac,
      owner: verdict.owner,
      source: verdict.source,
      count: loss.count,
      evidence: proof(flow, loss, mac, link),
      time: null,
    };
  }
  return null;
}

/** Packet type "other host" is the kernel's own verdict; it counts where nothing was answered. */
function kernelVerdict(link: LinkView, vantage: Vantage): Verdict | null {
  const isOnlyOtherHost = link.requestTypes === 8;
  return isOnlyOtherHost && vantage.kind !== 'underlay' ? { owner: null, source: 'packet-type' } : null;
}

/**
 * The MAC by which the owner's end speaks: the only one that named itself at the last overlay
 * interface (router solicitations and the like) while the frames' MAC never did.
 */
function senderEvidence(subject: Case, vantage: Vantage, flow: JoinedFlow, frameMac: string | null): Verdict | null {
  if (frameMac === null || vantage.kind !== 'overlay') return null;
  const asking = new Set(flow.sightings.map((sighting) => new LinkView(sighting).request?.source));
  const own = subject.owners.namedAt(vantage).filter(({ mac }) => !asking.has(mac));
  const macs = new Set(own.map((claim) => claim.mac));
  if (macs.size !== 1 || macs.has(frameMac)) return null;
  const [{ mac, firstFrame }] = own;
  const evidence = { vantage, frame: firstFrame };
  const owner: Owner = { mac, source: 'sent-frames', host: vantage.host, interface: null, namespace: null, evidence };
  return { owner, source: 'sent-frames' };
}

/** The destination MAC as another capture of the same flow shows it, where this one keeps none (Linux cooked). */
function askedMac(flow: JoinedFlow, vantage: Vantage): string | null {
  for (const sighting of flow.sightings) {
    const mac = new LinkView(sighting).requestDestination;
    if (mac !== null && sighting.vantage !== vantage) return mac;
  }
  return null;
}

function proof(flow: JoinedFlow, loss: JoinedLoss, frameMac: string, link: LinkView): Evidence[] {
  const name = question(flow.protocol);
  const kind = link.requestTypes === 8 ? OTHER_HOST : '';
  const evidence = loss.frames.map(({ frame }) => ({
    capture: loss.after.label,
    frame,
    note: `${name} to ${flow.destination} with destination MAC ${frameMac}${kind}; no reply follows`,
  }));
  for (const sighting of flow.sightings) {
    if (sighting.vantage === loss.after || evidence.length >= MOST_EVIDENCE) continue;
    const view = new LinkView(sighting);
    if (view.firstFrame === 0 || view.request === null) continue;
    const note = `the same ${name} on its way, destination MAC ${view.request.destination}`;
    evidence.push({ capture: sighting.vantage.label, frame: view.firstFrame, note });
  }
  return evidence;
}

function merge(known: Mismatch, other: Mismatch): void {
  known.time = mergeTimes(known, other);
  known.flows.push(...other.flows);
  known.count += other.count;
  for (const evidence of other.evidence) {
    if (known.evidence.length < MOST_EVIDENCE) known.evidence.push(evidence);
  }
}

/** The time of a fault after which other flows to the same address came with another MAC, and were answered; null for none. */
function curedLater(subject: Case, { flows, vantage, frameMac }: Mismatch): WrongTime | null {
  const [{ destinationKey, vni }] = flows;
  const wrong = flows.flatMap(({ sightings }) => sightings.filter((sighting) => sighting.vantage === vantage));
  const from = wrong.reduce((first, sighting) => Math.min(first, sighting.double(Double.FirstTime)), Infinity);
  const until = wrong.reduce((last, sighting) => Math.max(last, sighting.double(Double.LastTime)), -Infinity);
  let cured = 0;
  for (const flow of subject.flows) {
    if (flow.answered === 0 || flow.vni !== vni || flow.destinationKey !== destinationKey) continue;
    for (const sighting of flow.sightings) {
      if (sighting.vantage !== vantage || !(sighting.double(Double.FirstTime) > until)) continue;
      const { requestDestination, firstFrame } = new LinkView(sighting);
      if (requestDestination === null || requestDestination === frameMac) continue;
      if (cured === 0 || firstFrame < cured) cured = firstFrame;
    }
  }
  if (cured === 0) return null;
  const frames = wrong.map((sighting) => new LinkView(sighting).firstFrame);
  const first = frames.reduce((least, frame) => Math.min(least, frame), Infinity);
  // Nothing of these flows was answered, so their newest requests are open.
  const last = wrong.reduce((most, sighting) => Math.max(most, sighting.word(Word.OpenFrame)), first);
  return { first, last, seconds: (until - from) / 1e9, cured, worked: null, ownerBefore: null };
}

/** A flow that had no other MAC says nothing of the end of the fault, unless it is a later one. */
function mergeTimes(a: Mismatch, b: Mismatch): WrongTime | null {
  const [one, other] = [a.time, b.time];
  if (one === null || other === null) {
    const time = one ?? other;
    const frames = (one === null ? a : b).evidence.filter(({ capture }) => capture === a.vantage.label);
    const cured = time?.cured ?? null;
    return cured !== null && frames.some(({ frame }) => frame !== null && frame > cured) ? null : time;
  }
  const [early, late] = one.last <= other.last ? [one, other] : [other, one];
  return {
    first: Math.min(one.first, other.first),
    last: late.last,
    seconds: Math.max(one.seconds, other.seconds),
    cured: late.cured,
    worked: early.worked,
    ownerBefore: late.ownerBefore,
  };
}
