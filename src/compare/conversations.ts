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
  /** Connection attempts answered with a reset. */
  refused: number;
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

/**
 * Flows with the same protocol, VNI, addresses and service port, added up. Flows that were never seen
 * encapsulated belong to the only VNI in which the same addresses talk, if there is exactly one.
 */
export function conversations(flows: readonly JoinedFlow[]): Conversation[] {
  const groups = new Map<string, Map<number | null, JoinedFlow[]>>();
  for (const flow of flows) {
    if (flow.requests === 0) continue;
    const key = `${flow.protocol} ${flow.source} ${flow.destination} ${servicePort(flow)}`;
    const group = groups.get(key) ?? new Map<number | null, JoinedFlow[]>();
    groups.set(key, group);
    const own = group.get(flow.vni);
    if (own === undefined) group.set(flow.vni, [flow]);
    else own.push(flow);
  }
  return [...groups.values()].flatMap((group) => {
    if (group.size === 2 && group.has(null)) return [conversation([...group.values()].flat())];
    return [...group.values()].map(conversation);
  });
}

function conversation(flows: JoinedFlow[]): Conversation {
  const first = flows.find(({ vni }) => vni !== null) ?? flows[0];
  const sum = (field: 'requests' | 'answered' | 'unanswered' | 'pending' | 'late' | 'refused'): number =>
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
    refused: sum('refused'),
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

/** True for what the underlay's own addresses say to each other, outside any tunnel. */
function isOutside({ vni, path }: Conversation): boolean {
  return vni === null && path.some(({ kind }) => kind === 'underlay');
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
  const layer = (each: Conversation): string => `${service(each)} ${isOutside(each)}`;
  return align(good, bad, [
    { by: 'name', key: (each) => `${service(each)} ${each.vni} ${each.source} ${each.destination}` },
    { by: 'name', key: (each) => `${service(each)} ${each.source} ${each.destination}` },
    { by: 'role', key: (each) => `${layer(each)} ${each.destination}`, admits },
    { by: 'role', key: (each) => `${layer(each)} ${each.source}`, admits },
    { by: 'role', key: layer, admits },
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
