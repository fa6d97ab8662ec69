/** Replies come from, or go to, a tunnel endpoint that is not the one the requests went to, or came from. */
import type { JoinedFlow } from '../../flow/joined-flow.ts';
import { LinkView } from '../../flow/link.ts';
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Case } from '../case.ts';
import { type DirectionIndex, directionEvidence, directionIndex } from '../direction-index.ts';
import type { Evidence, Finding } from '../finding.ts';
import { MOST_EVIDENCE, share } from '../wording.ts';

const MOST = 20;

interface Asymmetry {
  request: TunnelDirection;
  reply: TunnelDirection;
  flows: JoinedFlow[];
  evidence: Evidence[];
}

export function asymmetricEndpoints(subject: Case): Finding[] {
  const index = directionIndex(subject);
  const found = new Map<string, Asymmetry>();
  const asymmetryOf = (request: TunnelDirection, reply: TunnelDirection): Asymmetry | null => {
    if (!isAsymmetric(index, request, reply)) return null;
    const key = `${request.source} ${request.destination} ${reply.source} ${reply.destination}`;
    const known = found.get(key) ?? { request, reply, flows: [], evidence: [] };
    found.set(key, known);
    return known;
  };
  const { flows, tunnels } = subject;
  const { count, sightings, flowOf, requests, replies } = index.passages;
  // Very many flows take few pairs of directions.
  const judged = new Map<number, Asymmetry | null>();
  for (let number = 0; number < count; number++) {
    const request = requests[number];
    const reply = replies[number];
    if (request < 0 || reply < 0) continue;
    const pair = request * tunnels.length + reply;
    const known = judged.get(pair);
    if (known === null) continue;
    const flow = flows[flowOf[number]];
    // Requests for a MAC go to every endpoint at once, so their answers may come from any.
    if (flow.protocol === 'arp' || flow.protocol === 'ndp') continue;
    const asymmetry = known ?? asymmetryOf(tunnels[request], tunnels[reply]);
    if (known === undefined) judged.set(pair, asymmetry);
    if (asymmetry === null) continue;
    if (asymmetry.flows.at(-1) !== flow) asymmetry.flows.push(flow);
    if (asymmetry.evidence.length < MOST_EVIDENCE)
      asymmetry.evidence.push(...proof(sightings[number], tunnels[request], tunnels[reply]));
  }
  return [...found.values()].slice(0, MOST).map(describe);
}

function isAsymmetric(index: DirectionIndex, request: TunnelDirection, reply: TunnelDirection): boolean {
  if (isGroup(request.destination) || isGroup(reply.destination)) return false;
  if (request.destination === reply.source && request.source === reply.destination) return false;
  // A mirror or a middlebox sends both directions of the inner traffic the same way.
  if (request.source === reply.source) return false;
  // A frame whose place is not known yet is sent to all; the reply then comes from one of them.
  return index.vnisBetween(reply.destination, reply.source).size === 0;
}

function proof(
  sighting: JoinedFlow['sightings'][number],
  request: TunnelDirection,
  reply: TunnelDirection,
): Evidence[] {
  const { firstFrame, firstReplyFrame } = new LinkView(sighting);
  const at = (frame: number, direction: TunnelDirection, what: string): Evidence => ({
    ...directionEvidence(direction, `${what} from ${direction.source} to ${direction.destination}`),
    ...(frame > 0 ? { frame } : {}),
  });
  return [at(firstFrame, request, 'request'), at(firstReplyFrame, reply, 'reply')];
}

function describe({ request, reply, flows, evidence }: Asymmetry): Finding {
  const answered = flows.reduce((sum, flow) => sum + flow.answered, 0);
  const unanswered = flows.reduce((sum, flow) => sum + flow.unanswered, 0);
  const isSource = request.destination !== reply.source;
  const title = isSource
    ? `${request.source} sends to ${request.destination}, but the replies come from ${reply.source}`
    : `${request.source} sends to ${request.destination}, but the replies go to ${reply.destination}`;
  const effect =
    unanswered === 0
      ? `${answered === 1 ? 'The one request of these flows was' : `All ${answered} requests of these flows were`} answered all the same; a firewall or a receiver that checks the sender's address would drop the replies.`
      : `${share(unanswered, answered + unanswered, 'request')} of these flows ${unanswered === 1 ? 'was' : 'were'} not answered; a firewall that knows only the other address may be why.`;
  return {
    code: 'asymmetric-endpoints',
    severity: 'warning',
    confidence: 'certain',
    title,
    explanation: `The outer addresses of the replies are not those of the requests, turned round. A host with several addresses or cards that picks another one, or address translation on the way, does this. ${effect}`,
    subject: {
      vni: request.vni,
      requestSource: request.source,
      requestDestination: request.destination,
      replySource: reply.source,
      replyDestination: reply.destination,
      flows: flows.length,
    },
    evidence,
    remedy: [
      {
        text: `See which address the replying end takes for packets to ${request.source}, and give its VXLAN device the local address ${request.destination}`,
        command: `ip route get ${request.source}; ip -d link show type vxlan`,
        host: reply.vantage.host !== request.vantage.host ? reply.vantage.host : null,
      },
    ],
    causes: [],
  };
}

function isGroup(address: string): boolean {
  if (address.includes(':')) return address.startsWith('ff');
  const first = Number.parseInt(address, 10);
  return first >= 224;
}
