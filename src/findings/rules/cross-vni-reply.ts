/** A request went in one VNI and its reply came in another, or only one of them was in a tunnel. */

import type { JoinedFlow } from '../../flow/joined-flow.ts';
import { linkView } from '../../flow/link.ts';
import type { Case } from '../case.ts';
import type { Evidence, Finding } from '../finding.ts';
import { MOST_EVIDENCE, plural } from '../wording.ts';

const MOST = 20;

export function crossVniReply(subject: Case): Finding[] {
  const found = new Map<string, JoinedFlow[]>();
  for (const flow of subject.flows) {
    if (flow.replyVni === undefined) continue;
    const key = `${flow.vni} ${flow.replyVni} ${flow.source} ${flow.destination}`;
    found.set(key, [...(found.get(key) ?? []), flow]);
  }
  return [...found.values()].slice(0, MOST).map(describe);
}

function describe(flows: readonly JoinedFlow[]): Finding {
  const [{ source, destination, vni, replyVni = null }] = flows;
  const answered = flows.reduce((sum, flow) => sum + flow.answered, 0);
  const evidence: Evidence[] = [];
  for (const { sightings } of flows) {
    for (const sighting of sightings) {
      const { firstFrame, firstReplyFrame } = linkView(sighting);
      const capture = sighting.vantage.label;
      if (evidence.length + 2 > MOST_EVIDENCE) break;
      if (firstFrame > 0) evidence.push({ capture, frame: firstFrame, note: `request ${where(vni)}` });
      if (firstReplyFrame > 0) evidence.push({ capture, frame: firstReplyFrame, note: `reply ${where(replyVni)}` });
    }
  }
  return {
    code: 'cross-vni-reply',
    severity: 'warning',
    confidence: 'likely',
    title: `Requests from ${source} to ${destination} go ${where(vni)}, and their replies come ${where(replyVni)}`,
    explanation: `The two directions take different paths; ${plural(answered, 'request')} of these flows ${answered === 1 ? 'was' : 'were'} answered that way. It works as long as every device on both paths allows it; routes or policies that were meant to agree may not.`,
    subject: { source, destination, vni, replyVni, flows: flows.length },
    evidence,
    remedy: [
      {
        text: `Compare the routes of both ends: how do packets reach ${source} from ${destination}?`,
        command: `ip route get ${source}`,
        host: null,
      },
    ],
    causes: [],
  };
}

function where(vni: number | null): string {
  return vni === null ? 'outside any tunnel' : `in VNI ${vni}`;
}
