/**
 * The flows as a report tells of them, each made when it is asked for: there may be very many, and whoever writes them out
 * needs one at a time. Nearly all lost what others lost, and go a way that many go, so they share these lists.
 */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Flow, Loss } from './model.ts';

/** Losses up to this size are found by it. */
const MOST_SHARED = 256;

export class FlowReports implements Iterable<Flow> {
  private readonly flows: readonly JoinedFlow[];
  private readonly labels = new Map<readonly Vantage[], string[]>();
  private readonly losses = new LossLists();

  constructor(flows: readonly JoinedFlow[]) {
    this.flows = flows;
  }

  *[Symbol.iterator](): Generator<Flow> {
    for (const flow of this.flows) yield this.report(flow);
  }

  private report(flow: JoinedFlow): Flow {
    return {
      protocol: flow.protocol,
      vni: flow.vni,
      source: flow.source,
      destination: flow.destination,
      identifier: flow.identifier,
      requests: flow.requests,
      answered: flow.answered,
      unanswered: flow.unanswered,
      pending: flow.pending,
      late: flow.late,
      duplicateRequests: flow.duplicateRequests,
      duplicateReplies: flow.duplicateReplies,
      losses: this.losses.of(flow.losses),
      rttMicroseconds: flow.rttMicroseconds,
      path: this.labelsOf(flow.path),
    };
  }

  private labelsOf(path: readonly Vantage[]): string[] {
    let labels = this.labels.get(path);
    if (labels === undefined) {
      labels = path.map(({ label }) => label);
      this.labels.set(path, labels);
    }
    return labels;
  }
}

/** One list for all flows that lost as many packets at the same place, and nothing elsewhere. */
class LossLists {
  private readonly none: Loss[] = [];
  private readonly shared = new Map<Vantage, Loss[][]>();

  of(losses: readonly JoinedLoss[]): Loss[] {
    if (losses.length === 0) return this.none;
    const [loss] = losses;
    if (losses.length > 1 || loss.stage !== 'no-reply' || loss.count > MOST_SHARED) return losses.map(lossReport);
    let byCount = this.shared.get(loss.after);
    if (byCount === undefined) {
      byCount = [];
      this.shared.set(loss.after, byCount);
    }
    byCount[loss.count] ??= [lossReport(loss)];
    return byCount[loss.count];
  }
}

function lossReport({ stage, after, before, count }: JoinedLoss): Loss {
  return { stage, after: after.label, before: before?.label ?? null, count };
}
