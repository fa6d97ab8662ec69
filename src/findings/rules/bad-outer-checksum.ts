/**
 * Tunnel packets that arrived with an outer UDP checksum that is wrong: the receiver drops them silently.
 *
 * At the sender's own interface a wrong checksum is one that the network card has still to fill in, and on
 * virtual networks it may stay so all the way. So only captures at the receiving end count, and only where
 * the checksum was right before, or where packets vanish behind the capture.
 */
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Case } from '../case.ts';
import { type DirectionIndex, directionEvidence, directionIndex, type LossBehind } from '../direction-index.ts';
import type { Confidence, Evidence, Finding, Remedy } from '../finding.ts';
import { segmentOf } from '../segment.ts';
import { inNamespace, shellWord } from '../shell.ts';
import { hostWith, vxlanDevices } from '../tunnel-device.ts';
import { endsAt, knownEnds, MOST_EVIDENCE, plural, undeliveredEvidence } from '../wording.ts';

const MOST = 20;

export function badOuterChecksum(subject: Case): Finding[] {
  const index = directionIndex(subject);
  const findings: Finding[] = [];
  for (const direction of subject.tunnels) {
    if (findings.length >= MOST) break;
    if (direction.checksums.wrong === 0 || index.standing(direction) !== 'receiver') continue;
    const earlier = rightBefore(index, direction);
    const losses = index.lossesBehind(direction).filter(({ flow, loss }) => isAtReceiver(flow, loss));
    const isProven = losses.some(({ loss }) => endsAt(loss, direction.vantage, direction.checksums.firstWrongFrame));
    const isPossible = losses.some(({ loss }) => knownEnds(loss) < loss.count);
    if (earlier === null && !isProven && !isPossible) continue;
    const confidence: Confidence = isProven || earlier !== null ? 'certain' : 'likely';
    findings.push(describe(subject, direction, earlier, isProven || isPossible ? losses : [], confidence));
  }
  return findings;
}

/** The same direction at a capture before this one, where checksums were right that are wrong here. */
function rightBefore(index: DirectionIndex, direction: TunnelDirection): TunnelDirection | null {
  const { wrong } = direction.checksums;
  const before = index.elsewhere(direction).filter((other) => index.standing(other) === 'sender');
  return before.find(({ checksums }) => checksums.right > 0 && checksums.wrong + checksums.offloaded < wrong) ?? null;
}

function isAtReceiver(flow: LossBehind['flow'], loss: LossBehind['loss']): boolean {
  const segment = segmentOf(flow, loss);
  return segment === 'decapsulation' || (loss.after.kind === 'underlay' && (segment === null || segment === 'tunnel'));
}

function describe(
  subject: Case,
  direction: TunnelDirection,
  earlier: TunnelDirection | null,
  losses: readonly LossBehind[],
  confidence: Confidence,
): Finding {
  const { vantage, source, destination, vni, checksums } = direction;
  const { wrong, right, firstWrongFrame } = checksums;
  const verified = wrong + right;
  const lost = losses.reduce((sum, { loss }) => sum + loss.count, 0);
  const before =
    earlier === null
      ? 'No capture at the sender shows what they were when they left.'
      : `At ${earlier.vantage.label} the same packets had right ones, so they were changed on the way.`;
  const evidence: Evidence[] = [
    { capture: vantage.label, frame: firstWrongFrame, note: 'the first wrong outer UDP checksum' },
  ];
  for (const { loss } of losses) {
    for (const entry of undeliveredEvidence(loss)) {
      if (evidence.length < MOST_EVIDENCE && entry.frame !== firstWrongFrame) evidence.push(entry);
    }
  }
  if (earlier !== null) {
    evidence.push(directionEvidence(earlier, 'the direction where it was sent, with right checksums'));
  }
  return {
    code: 'bad-outer-checksum',
    severity: 'error',
    confidence,
    title: `${wrong} of ${plural(verified, 'tunnel packet')} from ${source} to ${destination} reached ${vantage.label} with a wrong outer UDP checksum`,
    explanation:
      `The receiver drops such packets before its VXLAN device sees them, and counts them as UDP checksum errors. ${before} ` +
      (lost === 0
        ? 'No exchange that was followed is known to be lost by it.'
        : `${plural(lost, 'packet')} that came this far ${lost === 1 ? 'was' : 'were'} not delivered.`),
    subject: { capture: vantage.label, sender: source, receiver: destination, vni, wrong, verified, lost },
    evidence,
    remedy: remedies(subject, direction, earlier !== null),
    causes: [],
  };
}

function remedies(subject: Case, direction: TunnelDirection, isChangedOnWay: boolean): Remedy[] {
  const { source, destination, vni, vantage } = direction;
  const sender = hostWith(subject, source);
  const device = sender === null ? undefined : vxlanDevices(sender)?.find(({ vxlan }) => vxlan.vni === vni);
  const offload: Remedy = {
    text: `Let the kernel of ${sender?.host ?? source} compute checksums itself; old kernels and some cards get those of tunnel packets wrong`,
    command: `${inNamespace(device?.namespace ?? null)}ethtool -K ${device === undefined ? '<vxlan interface>' : shellWord(device.name)} tx-checksum-ip-generic off`,
    host: sender?.host ?? null,
  };
  const way: Remedy = {
    text: `Look for what changes packets between ${source} and ${destination}: address translation, a middlebox, a faulty card or cable`,
    command: null,
    host: null,
  };
  const counter: Remedy = {
    text: 'See whether the receiver counts checksum errors meanwhile',
    command: 'nstat -az UdpInCsumErrors',
    host: vantage.host ?? hostWith(subject, destination)?.host ?? null,
  };
  return isChangedOnWay ? [way, offload, counter] : [offload, way, counter];
}
