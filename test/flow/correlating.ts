/** From simulated frames to joined flows, by the way the product goes; and the truth in the same words. */
import { portTable } from '../../src/decode/ports.ts';
import { FlowJoin } from '../../src/flow/join.ts';
import type { JoinedFlow } from '../../src/flow/joined-flow.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { DEFAULT_LIMITS, type Limits, type Observations } from '../../src/flow/observations.ts';
import { Observer } from '../../src/flow/observer.ts';
import type { Vantage } from '../../src/flow/vantage.ts';
import { tunnelEndpoints, vantageKind } from '../../src/flow/vantage-kind.ts';
import { GlancedBatch } from '../../src/glanced-batch.ts';
import type { Frame, Point, SimulatedFlow, Simulation } from './simulation.ts';
import { passes, TIMEOUT } from './simulation.ts';

const ports = portTable([]);

/** Observes frames as a capture of Ethernet; `slab` is how many frames share a buffer, which is overwritten after use. */
export function observe(
  frames: readonly Frame[],
  slab = 64,
  limits: Limits = DEFAULT_LIMITS,
  linkType = 1,
): Observations {
  const kernel = Kernel.start(ports)!;
  const observer = new Observer({ replyTimeoutNanoseconds: TIMEOUT, ports, vnis: null, limits }, kernel);
  const batch = new GlancedBatch(kernel.memory);
  batch.bytes = kernel.memory.bytes(slab * 2048);
  batch.view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
  const epoch = Math.floor((frames.find(({ time }) => !Number.isNaN(time))?.time ?? 0) / 1e9);
  for (let from = 0; from < frames.length; from += slab) {
    let at = 0;
    const here = frames.slice(from, from + slab);
    here.forEach(({ bytes, time }, i) => {
      batch.bytes.set(bytes, at);
      batch.offset[i] = at;
      batch.captured[i] = bytes.length;
      batch.original[i] = bytes.length;
      batch.time[i] = time - epoch * 1e9;
      at += bytes.length;
    });
    batch.count = here.length;
    kernel.glance(batch, [{ linkType }]);
    observer.observeFrames(batch, [{ linkType }], from + 1);
    batch.bytes.fill(0xa5);
  }
  observer.observations.epochSeconds = epoch;
  return observer.observations;
}

export interface Capture {
  label: string;
  host: string | null;
  observations: Observations;
}

/** The captures as the correlation sees them. */
export function vantagesOf(captures: readonly Capture[]): Vantage[] {
  const endpoints = new Set(captures.flatMap(({ observations }) => [...tunnelEndpoints(observations)]));
  return captures.map(({ label, host, observations }, index) => {
    return { index, label, host, interfaceName: null, kind: vantageKind(observations, endpoints), observations };
  });
}

/** Joins what was observed in captures; flows of which nothing was seen are left out. */
export function joined(captures: readonly Capture[]): JoinedFlow[] {
  const join = new FlowJoin(vantagesOf(captures), {
    replyTimeoutNanoseconds: TIMEOUT,
    ownership: { owns: () => false },
  });
  return [...join.flows()].filter((flow) => flow.requests > 0 || flow.unmatchedReplies > 0);
}

export interface Account {
  requests: number;
  answered: number;
  unanswered: number;
  pending: number;
  late: number;
  duplicateRequests: number;
  duplicateReplies: number;
  losses: string[];
}

/** What the product says, flow by flow, in an order of its own. */
export function accounts(flows: readonly JoinedFlow[]): Record<string, Account> {
  const result: Record<string, Account> = {};
  for (const flow of flows) {
    const { requests, answered, unanswered, pending, late, duplicateRequests, duplicateReplies } = flow;
    const losses = flow.losses
      .map((loss) => `${loss.stage} ${loss.after.label} ${loss.before?.label} ${loss.count}`)
      .sort();
    const name = `${flow.protocol} ${flow.source} ${flow.destination} ${flow.identifier} ${flow.vni}`;
    result[name] = { requests, answered, unanswered, pending, late, duplicateRequests, duplicateReplies, losses };
  }
  return result;
}

/** What became of the exchanges as the captures at `indices` could know it. */
export function truth({ points, flows, frames }: Simulation, indices: readonly number[]): Record<string, Account> {
  const ends = frames.map((list) => (list.length === 0 ? Number.NaN : Math.max(...list.map(({ time }) => time))));
  const result: Record<string, Account> = {};
  for (const flow of flows) {
    const account = accountOf(flow, points, indices, ends);
    if (account === null) continue;
    const vni = indices.some(
      (i) => points[i].encapsulated && flow.exchanges.some((e) => e.requests[i].length > 0 || e.replies[i].length > 0),
    );
    result[`${flowName(flow)} ${vni ? flow.vni : null}`] = account;
  }
  return result;
}

function flowName({ protocol, source, destination, identifier }: SimulatedFlow): string {
  const prefix = protocol === 'icmpv6-echo' ? 'fd00::' : '10.132.2.';
  const address = (last: number): string => `${prefix}${prefix === 'fd00::' ? last.toString(16) : last}`;
  return `${protocol} ${address(source)} ${address(destination)} ${protocol === 'arp' ? null : identifier}`;
}

function accountOf(flow: SimulatedFlow, points: readonly Point[], indices: readonly number[], ends: readonly number[]) {
  const losses = new Map<string, number>();
  let answered = 0;
  let pending = 0;
  let unanswered = 0;
  let unmatched = 0;
  const lates = indices.map(() => 0);
  const answers = indices.map(() => 0);
  const duplicateRequests = indices.map(() => 0);
  const duplicateReplies = indices.map(() => 0);
  for (const { requests, replies, sent } of flow.exchanges) {
    const asked = indices.filter((i) => requests[i].length > 0);
    const replied = indices.filter((i) => replies[i].length > 0);
    indices.forEach((i, position) => {
      duplicateRequests[position] += Math.max(0, requests[i].length - 1);
      duplicateReplies[position] += Math.max(0, replies[i].length - 1);
      if (requests[i].length === 0 || replies[i].length === 0) return;
      answers[position]++;
      if (Math.min(...replies[i]) - Math.min(...requests[i]) > TIMEOUT) lates[position]++;
    });
    if (asked.length === 0) {
      if (replied.length > 0) unmatched++;
      continue;
    }
    const lose = (stage: string, after: number, before: number | undefined): void => {
      const waiting = asked.filter((i) => replies[i].length === 0);
      const isYoung = (i: number): boolean => {
        const { offset, skew } = points[i];
        return ends[i] - Math.round(offset + Math.min(...requests[i]) * (1 + skew)) < TIMEOUT;
      };
      if (waiting.length > 0 && waiting.every(isYoung)) {
        pending++;
        return;
      }
      unanswered++;
      const key = `${stage} ${points[after].label} ${before === undefined ? undefined : points[before].label}`;
      losses.set(key, (losses.get(key) ?? 0) + 1);
    };
    if (replied.length > 0) {
      const before = asked.filter((i) => i < replied[0]).at(-1);
      if (before === undefined) answered++;
      else lose('reply', replied[0], before);
      continue;
    }
    const furthest = asked[asked.length - 1];
    const next = indices.find(
      (i) => i > furthest && passes(points[i], flow) && points[i].start < sent && sent < points[i].stop,
    );
    if (next === undefined) lose('no-reply', furthest, undefined);
    else lose('request', furthest, next);
  }
  if (answered + unanswered + pending + unmatched === 0) return null;
  const first = answers.findIndex((count) => count > 0);
  const isEcho = flow.protocol === 'icmp-echo' || flow.protocol === 'icmpv6-echo';
  return {
    requests: answered + unanswered + pending,
    answered,
    unanswered,
    pending,
    late: first < 0 ? 0 : Math.min(answered, lates[first]),
    duplicateRequests: isEcho ? Math.max(...duplicateRequests) : 0,
    duplicateReplies: flow.protocol === 'tcp-connect' ? 0 : Math.max(...duplicateReplies),
    losses: [...losses].map(([key, count]) => `${key} ${count}`).sort(),
  };
}
