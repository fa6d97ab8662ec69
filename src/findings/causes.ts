/** Which findings explain which others: a silence follows from what befell the packets of the very flows that are silent. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { Case } from './case.ts';
import { directionIndex } from './direction-index.ts';
import type { Finding, FindingCode } from './finding.ts';
import { explainsSilence, outerTimesExceeded } from './outer-time-to-live.ts';
import { limitOf } from './size-limit.ts';

const ROOTS: readonly FindingCode[] = [
  'inner-destination-mac-mismatch',
  'vni-mismatch',
  'vxlan-port-mismatch',
  'reserved-bits',
  'bad-outer-checksum',
  'mtu-black-hole',
];
const SEGMENTS: readonly FindingCode[] = ['encapsulation-missing', 'not-decapsulated', 'lost-in-underlay'];
const SILENCES: readonly FindingCode[] = [
  ...ROOTS,
  'duplicate-address',
  'asymmetric-endpoints',
  ...SEGMENTS,
  'icmp-error',
];
/** Questions for a MAC: without an answer nothing can be sent to that address. */
const RESOLUTIONS: readonly FindingCode[] = ['unanswered-arp', 'unanswered-neighbor-solicitation'];

/** Which codes can explain which others. */
const CAUSES: Partial<Record<FindingCode, readonly FindingCode[]>> = {
  'not-decapsulated': ['vni-mismatch', 'vxlan-port-mismatch', 'bad-outer-checksum', 'reserved-bits', 'mtu-black-hole'],
  'encapsulation-missing': ['mtu-black-hole'],
  'lost-in-underlay': ['mtu-black-hole', 'vxlan-port-mismatch', 'icmp-error'],
  'unanswered-arp': SILENCES,
  'unanswered-neighbor-solicitation': SILENCES,
  'unanswered-echo': [...SILENCES, ...RESOLUTIONS],
  'unanswered-syn': [...SILENCES, ...RESOLUTIONS],
  'unanswered-dns': [...SILENCES, ...RESOLUTIONS],
  'icmp-error': ['vxlan-port-mismatch', 'mtu-black-hole'],
};

/** Findings whose advice is what to check. */
const CHECKED = new Set<FindingCode>([
  ...SEGMENTS,
  ...RESOLUTIONS,
  'unanswered-echo',
  'unanswered-syn',
  'unanswered-dns',
]);

/** Gives each finding the codes of those that explain it. */
export function explainAll(subject: Case, findings: readonly Finding[]): void {
  const errors = new Map<FindingCode, Finding[]>();
  for (const finding of findings) {
    if (finding.severity === 'error' || finding.code === 'icmp-error')
      errors.set(finding.code, [...(errors.get(finding.code) ?? []), finding]);
  }
  const explanations = new Explanations(subject);
  for (const finding of findings) {
    finding.causes = (CAUSES[finding.code] ?? []).filter((code) =>
      errors.get(code)?.some((cause) => explanations.has(cause, finding)),
    );
    // What to check is for what nothing explains; the cause says what to do.
    if (finding.causes.length === 0 || !CHECKED.has(finding.code)) continue;
    // An ICMP error is only a warning, and stands far below: what it explains says what to do about it.
    const isError = finding.causes.every((code) => code === 'icmp-error');
    const error = isError ? errors.get('icmp-error')?.find((cause) => explanations.has(cause, finding)) : undefined;
    finding.remedy = [...(error?.remedy ?? [])];
  }
}

class Explanations {
  private readonly subject: Case;
  /** Flows with unanswered requests, by what a finding says of them; null until they are asked for. */
  private silent: Map<string, JoinedFlow[]> | null = null;

  constructor(subject: Case) {
    this.subject = subject;
  }

  /** True when nothing that is known of both speaks against it that the one explains the other. */
  has(cause: Finding, finding: Finding): boolean {
    const { code, subject } = cause;
    const { address, source, destination } = subject;
    if (code === 'icmp-error') return this.exceeds(cause, finding);
    // Of a sum over many pairs nothing more is known.
    if (typeof finding.subject.destination !== 'string')
      return sharesVni(cause, finding) && !RESOLUTIONS.includes(code);
    // Packets of several VNIs may be lost at one place.
    if (SEGMENTS.includes(code)) return this.flowsOf(finding).some((flow) => isLostBehind(flow, cause));
    if (!sharesVni(cause, finding)) return false;
    if (RESOLUTIONS.includes(code)) return resolves(cause, finding);
    if (typeof address === 'string') return isEnd(address, finding);
    if (code === 'mtu-black-hole') {
      const isItsOwn = isEnd(source, finding) && isEnd(destination, finding);
      return isItsOwn || this.flowsOf(finding).some((flow) => limitOf(this.subject, flow) !== null);
    }
    const a = subject.sender ?? subject.requestSource;
    const b = subject.receiver ?? subject.requestDestination;
    return this.flowsOf(finding).some((flow) => this.mayPass(flow, a, b));
  }

  /** True when an error says that the very packets had used up their outer hops. */
  private exceeds({ subject: { from, quotedSource, quotedDestination } }: Finding, finding: Finding): boolean {
    const errors = outerTimesExceeded(this.subject).filter(
      (error) =>
        error.from === from && error.quotedSource === quotedSource && error.quotedDestination === quotedDestination,
    );
    if (errors.length === 0) return false;
    const flows = finding.code === 'lost-in-underlay' ? this.lostBehind(finding) : this.flowsOf(finding);
    return flows.some((flow) => errors.some((error) => explainsSilence(this.subject, error, flow)));
  }

  private lostBehind(segment: Finding): JoinedFlow[] {
    return [...this.silentFlows.values()].flat().filter((flow) => isLostBehind(flow, segment));
  }

  /** The flows that a finding about a silence is about. */
  private flowsOf({ subject: { protocol, vni, source, destination } }: Finding): readonly JoinedFlow[] {
    return this.silentFlows.get(`${protocol} ${vni} ${source} ${destination}`) ?? [];
  }

  /** False when the flow was seen in tunnels, and in none between those two ends. */
  private mayPass(flow: JoinedFlow, a: unknown, b: unknown): boolean {
    const index = directionIndex(this.subject);
    const directions = flow.sightings
      .flatMap((sighting) => [index.ofRequests(sighting), index.ofReplies(sighting)])
      .filter((direction) => direction !== null);
    const isBetween = ({ source, destination }: TunnelDirection): boolean =>
      (source === a && destination === b) || (source === b && destination === a);
    return directions.length === 0 || directions.some(isBetween);
  }

  private get silentFlows(): Map<string, JoinedFlow[]> {
    if (this.silent !== null) return this.silent;
    this.silent = new Map();
    for (const flow of this.subject.flows) {
      if (flow.unanswered === 0) continue;
      const key = `${flow.protocol} ${flow.vni} ${flow.source} ${flow.destination}`;
      const same = this.silent.get(key);
      if (same === undefined) this.silent.set(key, [flow]);
      else same.push(flow);
    }
    return this.silent;
  }
}

/** False when a finding is about one VNI and the other, which could have caused it, is about others. */
function sharesVni(cause: Finding, { subject }: Finding): boolean {
  const { vni, senderVni, receiverVni } = cause.subject;
  const known = [vni, senderVni, receiverVni].filter((value) => typeof value === 'number');
  return known.length === 0 || typeof subject.vni !== 'number' || known.includes(subject.vni);
}

function isEnd(address: unknown, { subject }: Finding): boolean {
  return subject.destination === address || subject.source === address;
}

/** True when one of both ends was not found, or the one that is to answer did not find its next hop. */
function resolves({ subject: { source, destination } }: Finding, finding: Finding): boolean {
  return typeof destination === 'string' && (isEnd(destination, finding) || source === finding.subject.destination);
}

/** True when packets of the flow got no further than the place behind which packets are lost. */
function isLostBehind(flow: JoinedFlow, { subject: { from, direction } }: Finding): boolean {
  return flow.losses.some(
    ({ after, before, stage }) =>
      before !== null && after.label === from && (stage === 'reply') === (direction === 'reply'),
  );
}
