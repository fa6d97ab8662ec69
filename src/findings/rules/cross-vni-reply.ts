/** A request went in one VNI and its reply came in another, or only one of them was in a tunnel. */

import type { JoinedFlow } from '../../flow/joined-flow.ts';
import { LinkView } from '../../flow/link.ts';
import type { Case } from '../case.ts';
import { directionIndex } from '../direction-index.ts';
import type { Evidence, Finding } from '../finding.ts';
import { MOST_EVIDENCE, plural } from '../wording.ts';

const MOST = 20;

interface Crossing {
  vni: number | null;
  replyVni: number | null;
  flows: JoinedFlow[];
}

export function crossVniReply(subject: Case): Finding[] {
  const found = new Map<string, Crossing>();
  const strays = repliesAlone(subject);
  const candidates = strays.size > 0 ? subject.flows : subject.flows.filter(({ replyVni }) => replyVni !== undefined);
  for (const flow of candidates) {
    const replyVni = flow.replyVni !== undefined ? flow.replyVni : strayVni(subject, flow, strays);
    if (replyVni === undefined) continue;
    // A flow that only its replies show in a tunnel has their VNI.
    const vni = replyVni === flow.vni ? null : flow.vni;
    const key = `${vni} ${replyVni} ${flow.source} ${flow.destination}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { vni, replyVni, flows: [flow] });
    else known.flows.push(flow);
  }
  return [...found.values()].slice(0, MOST).map(describe);
}

/** Flows of which a tunnel carried replies and no request, by what they have in common with the requests' flow. */
function repliesAlone(subject: Case): Map<string, JoinedFlow> {
  const alone = subject.flows.filter(
    (flow) => flow.vni !== null && flow.requests === 0 && flow.unmatchedReplies > 0 && flow.replyVni === undefined,
  );
  return new Map(alone.map((flow) => [keyOf(flow), flow]));
}

/** VNI of the replies to a flow that was answered, though not in the tunnel that its requests took; undefined when that is not so. */
function strayVni(subject: Case, flow: JoinedFlow, strays: ReadonlyMap<string, JoinedFlow>): number | null | undefined {
  const stray = strays.get(keyOf(flow));
  if (stray === undefined || flow.vni === null || stray.vni === flow.vni || flow.answered === 0) return undefined;
  const index = directionIndex(subject);
  const hasOwn = flow.sightings.some((sighting) => index.ofReplies(sighting)?.vni === flow.vni);
  return hasOwn ? undefined : stray.vni;
}

function keyOf({ protocol, source, destination, identifier }: JoinedFlow): string {
  return `${protocol} ${source} ${destination} ${identifier}`;
}

function describe({ flows, vni, replyVni }: Crossing): Finding {
  const [{ source, destination }] = flows;
  const answered = flows.reduce((sum, flow) => sum + flow.answered, 0);
  const evidence: Evidence[] = [];
  for (const { sightings } of flows) {
    for (const sighting of sightings) {
      const { firstFrame, firstReplyFrame } = new LinkView(sighting);
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
