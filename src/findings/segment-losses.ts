/** Losses added up by the segment they happened in: the ground for every "lost between" finding. */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Confidence, Evidence, Finding, FindingCode, Remedy } from './finding.ts';
import { type SegmentKind, segmentOf } from './segment.ts';
import { listed, lossEvidence, MOST_EVIDENCE, plural, plurals, question, questions } from './wording.ts';

/** All losses between the same two vantage points, in the same direction of travel. */
export interface SegmentLoss {
  segment: SegmentKind;
  /** True when replies were lost, which travel from the asked to the asker. */
  isReply: boolean;
  after: Vantage;
  before: Vantage;
  count: number;
  flows: JoinedFlow[];
  losses: JoinedLoss[];
}

/** Losses in segments of the given kinds, most packets first; without those that `isExplained` says have another cause. */
export function segmentLosses(
  subject: Case,
  kinds: readonly SegmentKind[],
  isExplained: (flow: JoinedFlow, loss: JoinedLoss) => boolean = () => false,
): SegmentLoss[] {
  if (subject.vantages.length < 2) return [];
  const found = new Map<string, SegmentLoss>();
  for (const flow of subject.flows) {
    for (const loss of flow.losses) {
      if (loss.before === null) continue;
      const segment = segmentOf(flow, loss);
      if (segment === null || !kinds.includes(segment)) continue;
      if (isExplained(flow, loss)) continue;
      const key = `${loss.stage} ${loss.after.index} ${loss.before.index}`;
      let entry = found.get(key);
      if (entry === undefined) {
        const { after, before, stage } = loss;
        entry = { segment, isReply: stage === 'reply', after, before, count: 0, flows: [], losses: [] };
        found.set(key, entry);
      }
      entry.count += loss.count;
      entry.flows.push(flow);
      entry.losses.push(loss);
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

/**
 * Another capture of the host that packets went missing behind, which was awake and shows nothing of
 * them, while no capture of the run shows a tunnel packet: they never left. Null when there is none.
 */
export function silentUnderlay(subject: Case, flow: JoinedFlow, { after }: JoinedLoss): Vantage | null {
  if (subject.tunnels.length > 0 || after.host === null) return null;
  const found = subject.vantages.find(
    (vantage) =>
      vantage !== after &&
      vantage.host === after.host &&
      vantage.observations.counts.packets > 0 &&
      !flow.sightings.some((sighting) => sighting.vantage === vantage) &&
      subject.surroundings.overlaps(after, vantage),
  );
  return found ?? null;
}

/** A finding about a segment's losses, with evidence taken from them. */
export function segmentFinding(
  loss: SegmentLoss,
  code: FindingCode,
  confidence: Confidence,
  words: { title: string; explanation: string; remedy: Remedy[] },
): Finding {
  const evidence: Evidence[] = [];
  for (const [index, single] of loss.losses.entries()) {
    const name = question(loss.flows[index].protocol);
    const request = loss.isReply ? `${name} that waits for its reply` : `${name}, not seen at ${loss.before.label}`;
    const reply = `reply to ${name}, not seen at ${loss.before.label}`;
    for (const entry of lossEvidence(single, request, reply)) {
      if (evidence.length < MOST_EVIDENCE) evidence.push(entry);
    }
  }
  return {
    code,
    severity: 'error',
    confidence,
    title: words.title,
    explanation: words.explanation,
    subject: {
      from: loss.after.label,
      to: loss.before.label,
      direction: loss.isReply ? 'reply' : 'request',
      packets: loss.count,
      vni: loss.flows[0].vni,
    },
    evidence,
    remedy: words.remedy,
    causes: [],
  };
}

/** "3 echo requests", "1 reply to one ARP request": what was lost, by protocol. */
export function lostPackets({ flows, losses, isReply }: SegmentLoss): string {
  const counts = new Map<JoinedFlow['protocol'], number>();
  for (const [index, { protocol }] of flows.entries()) {
    counts.set(protocol, (counts.get(protocol) ?? 0) + losses[index].count);
  }
  const parts = [...counts].map(([protocol, count]) => {
    if (!isReply) return questions(protocol, count);
    return `${plural(count, 'reply')} to ${count === 1 ? `one ${question(protocol)}` : plurals(question(protocol))}`;
  });
  return listed(parts);
}
