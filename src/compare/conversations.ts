/** All that one address asked another by one protocol: flows without what may differ from run to run. */
import { mergeLosses } from '../findings/unanswered.ts';
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import { type Alignment, align } from './align.ts';

export interface Conversation {
  protocol: JoinedFlow['protocol'];
  vni: number | null;
  source: string;
  destination: string;
  /** Port of the service; null for protocols without ports. */
  port: number | null;
  requests: number;
  answered: number;
  unanswered: number;
  pending: number;
  late: number;
  losses: JoinedLoss[];
  rttMicroseconds: JoinedFlow['rttMicroseconds'];
  /** Bytes of IP packets; 0 when unknown. */
  largestAnswered: number;
  largestRequest: number;
  smallestUnanswered: number;
  /** Vantage points in the order of a request, of the flow that was seen at most of them. */
  path: readonly Vantage[];
  flows: JoinedFlow[];
}

/** Flows with the same protocol, VNI, addresses and service port, added up. */
export function conversations(flows: readonly JoinedFlow[]): Conversation[] {
  const groups = new Map<string, JoinedFlow[]>();
  for (const flow of flows) {
    if (flow.requests === 0) continue;
    const key = `${flow.protocol} ${flow.vni} ${flow.source} ${flow.destination} ${servicePort(flow)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [flow]);
    else group.push(flow);
  }
  return [...groups.values()].map(conversation);
}

function conversation(flows: JoinedFlow[]): Conversation {
  const [first] = flows;
  const sum = (field: 'requests' | 'answered' | 'unanswered' | 'pending' | 'late'): number =>
    flows.reduce((total, flow) => total + flow[field], 0);
  const most = (value: (flow: JoinedFlow) => number): JoinedFlow =>
    flows.reduce((best, flow) => (value(flow) > value(best) ? flow : best));
  const smallest = flows.map((flow) => flow.smallestUnanswered).filter((size) => size > 0);
  return {
    protocol: first.protocol,
    vni: first.vni,
    source: first.source,
    destination: first.destination,
    port: servicePort(first),
    requests: sum('requests'),
    answered: sum('answered'),
    unanswered: sum('unanswered'),
    pending: sum('pending'),
    late: sum('late'),
    losses: mergeLosses(flows),
    rttMicroseconds: most((flow) => (flow.rttMicroseconds === null ? -1 : flow.answered)).rttMicroseconds,
    largestAnswered: most((flow) => flow.largestAnswered).largestAnswered,
    largestRequest: most((flow) => flow.largestRequest).largestRequest,
    smallestUnanswered: smallest.reduce((least, size) => Math.min(least, size), smallest[0] ?? 0),
    path: most((flow) => flow.path.length).path,
    flows,
  };
}

/** For TCP and DNS a flow's identifier is the port of the service; for echo it is the sender's own choice. */
function servicePort({ protocol, identifier }: JoinedFlow): number | null {
  return protocol === 'tcp-connect' || protocol === 'dns' ? identifier : null;
}

/** True for ARP and neighbour discovery. */
export function isResolution({ protocol }: Conversation): boolean {
  return protocol === 'arp' || protocol === 'ndp';
}

/** By addresses where they are equal; else by role, unless the bad run's address has another role in the good one. */
export function alignConversations(
  good: readonly Conversation[],
  bad: readonly Conversation[],
): Alignment<Conversation> {
  const known = new Set(good.flatMap(({ source, destination }) => [source, destination]));
  const admits = (a: Conversation, b: Conversation): boolean =>
    (a.source === b.source || !known.has(b.source)) && (a.destination === b.destination || !known.has(b.destination));
  const service = ({ protocol, port }: Conversation): string => `${protocol} ${port}`;
  return align(good, bad, [
    { by: 'name', key: (each) => `${service(each)} ${each.vni} ${each.source} ${each.destination}` },
    { by: 'name', key: (each) => `${service(each)} ${each.source} ${each.destination}` },
    { by: 'role', key: (each) => `${service(each)} ${each.destination}`, admits },
    { by: 'role', key: (each) => `${service(each)} ${each.source}`, admits },
    { by: 'role', key: service, admits },
  ]);
}

/**
 * True when more goes unanswered in the bad run, and not by chance: a loss where the good run has
 * none, or shares that lie more than two standard errors apart.
 */
export function isWorse(good: Conversation, bad: Conversation): boolean {
  if (bad.unanswered === 0) return false;
  if (good.unanswered === 0) return true;
  const tried = [good, bad].map(({ answered, unanswered }) => answered + unanswered);
  const pooled = (good.unanswered + bad.unanswered) / (tried[0] + tried[1]);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / tried[0] + 1 / tried[1]));
  return bad.unanswered / tried[1] - good.unanswered / tried[0] > 2 * error;
}
