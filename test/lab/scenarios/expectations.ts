import type { FindingCode, FlowProtocol } from '../../../src/report/model.ts';
import type { Direction, RelayRule } from '../relay.ts';
import type { Expected, Truth } from '../scenario.ts';

type ExpectedLoss = Expected['losses'][number];

/** Where the four captures of the case stand on the way of a request from the worker. */
export const WORKER_OVERLAY_POINT = 'worker-br-int';
export const WORKER_UNDERLAY_POINT = 'worker-ens3';
export const POD_UNDERLAY_POINT = 'podvm-ens2';
export const POD_OVERLAY_POINT = 'podvm-vxlan0';

/** Nothing wrong, or nothing worse than warnings of which `verdict` is the first. */
export function harmless(verdict: Expected['verdict'] = 'healthy'): Expected {
  return { verdict, losses: [], findings: [] };
}

/** The verdict, its consequences, and where exchanges ended. */
export function broken(verdict: FindingCode, consequences: FindingCode[], ...losses: ExpectedLoss[]): Expected {
  return { verdict, losses, findings: [verdict, ...consequences] };
}

export function requestLost(protocol: FlowProtocol, after: string, before: string, count: number): ExpectedLoss {
  return { protocol, stage: 'request', after, before, count };
}

export function replyLost(protocol: FlowProtocol, after: string, before: string, count: number): ExpectedLoss {
  return { protocol, stage: 'reply', after, before, count };
}

export function noReply(protocol: FlowProtocol, after: string, count: number): ExpectedLoss {
  return { protocol, stage: 'no-reply', after, before: null, count };
}

/** Requests that the nth traffic command sent and got no reply to, by its own summary. */
export function unanswered(truth: Truth, at = 0): number {
  const { command, sent, received, output } = truth.traffic[at];
  if (sent === null || received === null) throw new Error(`${command} left no summary: ${output}`);
  return sent - received;
}

/** Frames of a kind that the relay saw on the wire. */
export function seen(truth: Truth, direction: Direction, packet: string): number {
  return truth.relay.seen[direction]?.[packet] ?? 0;
}

/** Frames of a kind to which the relay did something. */
export function acted(truth: Truth, action: RelayRule['action'], direction: Direction, packet: string): number {
  return truth.relay.acted[action]?.[direction]?.[packet] ?? 0;
}
