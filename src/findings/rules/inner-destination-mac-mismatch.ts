/**
 * A unicast frame reached the end that owns its destination address, with a destination MAC that is
 * not the owner's: the kernel drops it as meant for another host, without a word to anyone.
 *
 * Judged only at the vantage point where unanswered requests ended, which is the end that owns the
 * address; bridges and redirects on the way legitimately see foreign MACs.
 */
import type { JoinedFlow, JoinedLoss } from '../../flow/joined-flow.ts';
import { type LinkView, linkView } from '../../flow/link.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import type { Evidence, Finding } from '../finding.ts';
import { describeMismatch, type Mismatch, type WrongTime } from '../mismatch.ts';
import type { Owner, OwnerSource } from '../owners.ts';
import { type RequestTime, RequestTimes } from '../request-times.ts';
import { MOST_EVIDENCE, plural, questionName } from '../wording.ts';

/** Findings listed one by one; the worst come first. */
const MOST_FINDINGS = 20;
/** First frames shown of a time in which the MAC was wrong. */
const MOST_SHOWN = 3;
/** `PACKET_OTHERHOST` of Linux's if_packet.h: taken by the kernel for another host's. */
const PACKET_OTHERHOST = 3;
const OTHER_HOST = ', packet type 3 (other host)';

interface Verdict {
  /** Null where the kernel's own verdict names nobody. */
  owner: Owner | null;
  source: OwnerSource;
}

export function innerDestinationMacMismatch(subject: Case): Finding[] {
  const mismatches = new Map<string, Mismatch>();
  const times = new RequestTimes(subject.replyTimeoutSeconds);
  for (const flow of subject.flows) {
    if (flow.unanswered === 0) continue;
    for (const loss of flow.losses) {
      if (loss.stage !== 'no-reply') continue;
      for (const mismatch of judgeAll(subject, times, flow, loss)) {
        const key = `${mismatch.vantage.index} ${mismatch.address} ${mismatch.frameMac}`;
        const known = mismatches.get(key);
        if (known === undefined) mismatches.set(key, mismatch);
        else merge(known, mismatch);
      }
    }
  }
  const sorted = [...mismatches.values()].sort((a, b) => b.count - a.count);
  const findings = sorted.slice(0, MOST_FINDINGS).map((mismatch) => describeMismatch(subject, mismatch));
  const rest = sorted.length - findings.length;
  if (rest > 0)
    findings[findings.length - 1].explanation +=
      ` ${plural(rest, 'further address')} ${rest === 1 ? 'is' : 'are'} asked for with a wrong MAC in the same way.`;
  return findings;
}

function judgeAll(subject: Case, times: RequestTimes, flow: JoinedFlow, loss: JoinedLoss): Mismatch[] {
  const judged = judgeTimes(subject, times, flow, loss);
  if (judged.length > 0 || flow.answered > 0) return judged;
  const mismatch = judge(subject, flow, loss);
  return mismatch === null ? [] : [mismatch];
}

/** Judges the requests of a flow whose destination MAC changed, each MAC's by themselves. */
function judgeTimes(subject: Case, times: RequestTimes, flow: JoinedFlow, loss: JoinedLoss): Mismatch[] {
  const vantage = loss.after;
  const mismatches: Mismatch[] = [];
  for (const sighting of flow.sightings) {
    const own = sighting.vantage === vantage ? times.of(sighting) : [];
    if (own.length === 0) continue;
    const host = hostAt(subject, vantage, flow);
    const owners = subject.owners.at(vantage, host, flow.destination, flow.vni);
    if (owners.length === 0 && vantage.kind === 'underlay') continue;
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
      const name = nameOf(flow);
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
          note: `from here on ${name}s have destination MAC ${cured.destination} and are answered`,
        });
      mismatches.push({
        ...{ flows: [flow], vantage, host, address: flow.destination, frameMac, ...verdict, evidence },
        count: Math.min(time.unanswered.length, loss.count),
        time: {
          first: first.frame,
          last: last.frame,
          seconds: (last.time - first.time) / 1e9,
          cured: cured?.from ?? null,
          worked: worked?.from ?? null,
        },
      });
    }
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
  { destination: address }: JoinedFlow,
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
    .some((claim) => claim.vantage === vantage && (claim.mac === destination || claim.announcementFrame >= from));
  return isMoved ? null : verdict;
}

function judge(subject: Case, flow: JoinedFlow, loss: JoinedLoss): Mismatch | null {
  const vantage = loss.after;
  const host = hostAt(subject, vantage, flow);
  const address = flow.destination;
  const owners = subject.owners.at(vantage, host, address, flow.vni);
  // Only an overlay interface's frames tell of its MAC where nobody else does.
  if (owners.length === 0 && vantage.kind === 'underlay') return null;
  for (const sighting of flow.sightings) {
    if (sighting.vantage !== vantage) continue;
    const link = linkView(sighting);
    const frameMac = link.request?.destination ?? null;
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
      host,
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

/** The host at whose end the capture was taken: its own label, or else the only host that can be meant. */
function hostAt(subject: Case, vantage: Vantage, flow: JoinedFlow): string | null {
  if (vantage.host !== null) return vantage.host;
  const [only, ...others] = subject.owners.hostsOf(flow.destination);
  return others.length === 0 ? (only ?? null) : null;
}

/** The best owner that contradicts the frame; 'right' when a source as good or better agrees with it. */
function ownerOf(owners: readonly Owner[], frameMac: string | null): Verdict | 'right' | null {
  if (frameMac === null || owners.length === 0) return null;
  const [best] = owners;
  const peers = owners.filter((owner) => owner.source === best.source);
  if (peers.some((owner) => owner.mac === frameMac)) return 'right';
  return { owner: best, source: best.source };
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
  const asking = new Set(flow.sightings.map((sighting) => linkView(sighting).request?.source));
  const own = subject.owners.allClaims.filter(
    (claim) => claim.vantage === vantage && claim.source === 'frame' && !asking.has(claim.mac),
  );
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
    const mac = linkView(sighting).request?.destination;
    if (mac !== undefined && sighting.vantage !== vantage) return mac;
  }
  return null;
}

function proof(flow: JoinedFlow, loss: JoinedLoss, frameMac: string, link: LinkView): Evidence[] {
  const name = nameOf(flow);
  const kind = link.requestTypes === 8 ? OTHER_HOST : '';
  const evidence = loss.frames.map(({ frame }) => ({
    capture: loss.after.label,
    frame,
    note: `${name} to ${flow.destination} with destination MAC ${frameMac}${kind}; no reply follows`,
  }));
  for (const sighting of flow.sightings) {
    if (sighting.vantage === loss.after || evidence.length >= MOST_EVIDENCE) continue;
    const view = linkView(sighting);
    if (view.firstFrame === 0 || view.request === null) continue;
    const note = `the same ${name} on its way, destination MAC ${view.request.destination}`;
    evidence.push({ capture: sighting.vantage.label, frame: view.firstFrame, note });
  }
  return evidence;
}

/** "echo request" */
function nameOf({ protocol }: JoinedFlow): string {
  return questionName(protocol).toLowerCase().replace(/s$/, '');
}

function merge(known: Mismatch, other: Mismatch): void {
  known.time = mergeTimes(known, other);
  known.flows.push(...other.flows);
  known.count += other.count;
  for (const evidence of other.evidence) {
    if (known.evidence.length < MOST_EVIDENCE) known.evidence.push(evidence);
  }
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
  };
}

function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
