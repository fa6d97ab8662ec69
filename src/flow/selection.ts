/** Which flows are kept one by one: those in trouble first, the others while there is room; the rest is added up. */
import type { JoinedFlow } from './joined-flow.ts';

/** Flows listed at most. Flows without trouble give way to flows with. */
export const MOST_FLOWS = 50_000;

export interface FlowSelection {
  flows: JoinedFlow[];
  /** Sums over all flows, listed or not. */
  total: FlowTotals;
  /** Sums over the flows that are not listed; `flows` is 0 when all are. */
  rest: FlowTotals;
}

export interface FlowTotals {
  flows: number;
  requests: number;
  answered: number;
  unanswered: number;
  pending: number;
}

/** Takes in all flows and keeps at most `limit`. */
export function selectFlows(flows: Iterable<JoinedFlow>, limit = MOST_FLOWS): FlowSelection {
  const troubled: JoinedFlow[] = [];
  const quiet: JoinedFlow[] = [];
  const total = noFlows();
  const rest = noFlows();
  for (const flow of flows) {
    if (flow.requests === 0 && flow.unmatchedReplies === 0) continue;
    add(total, flow);
    const isTroubled = flow.unanswered > 0 || flow.late > 0 || flow.duplicateRequests + flow.duplicateReplies > 0;
    if (isTroubled && troubled.length < limit) {
      troubled.push(flow);
      const displaced = troubled.length + quiet.length > limit ? quiet.pop() : undefined;
      if (displaced !== undefined) add(rest, displaced);
    } else if (!isTroubled && troubled.length + quiet.length < limit) {
      quiet.push(flow);
    } else {
      add(rest, flow);
    }
  }
  return { flows: [...troubled, ...quiet], total, rest };
}

function noFlows(): FlowTotals {
  return { flows: 0, requests: 0, answered: 0, unanswered: 0, pending: 0 };
}

function add(totals: FlowTotals, flow: JoinedFlow): void {
  totals.flows++;
  totals.requests += flow.requests;
  totals.answered += flow.answered;
  totals.unanswered += flow.unanswered;
  totals.pending += flow.pending;
}
