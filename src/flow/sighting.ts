/**
 * What one capture knows of one flow, as sets of exchanges that can be compared between captures:
 * runs of requests that were seen, and the exchanges among them that stand out.
 */
import { Double, Word } from './flow-table.ts';
import type { LinkView } from './link.ts';
import { IPV6, Protocol } from './observations.ts';
import type { Run } from './runs.ts';
import type { Vantage } from './vantage.ts';
import { ExchangeState } from './waiting-table.ts';

/** An exchange that stands out: unanswered, a reply without a request, or (TCP, DNS) remembered one by one. */
export interface Exception {
  state: ExchangeState;
  frame: number;
  /** Nanoseconds since the capture's epoch. */
  time: number;
  size: number;
}

export interface Sighting {
  vantage: Vantage;
  /** Number of the flow in the vantage's flow table. */
  flow: number;
  vni: number;
  requests: number;
  answered: number;
  unmatchedReplies: number;
  runs: Run[];
  exceptions: Map<number, Exception>;
  /** Filled by `linkView`. */
  link: LinkView | null;
  /** The request that is still open when the capture ends is among the exceptions, too. */
  forgotten: number;
}

/** Exchanges of a vantage by flow, so that a flow's own are found at once. */
export class ExceptionIndex {
  private readonly vantage: Vantage;
  private readonly start: Int32Array;
  private readonly positions: Int32Array;

  constructor(vantage: Vantage) {
    this.vantage = vantage;
    const { waiting, flows } = vantage.observations;
    const { start, positions } = waiting.byFlow(flows.count);
    this.start = start;
    this.positions = positions;
  }

  count(flow: number): number {
    return this.start[flow + 1] - this.start[flow];
  }

  /** The sets of one flow. Keys of an echo are extended sequence numbers, shifted by `shift(key)`. */
  sighting(flow: number): Sighting {
    const { vantage } = this;
    const { observations } = vantage;
    const { flows, waiting, runs } = observations;
    flows.select(flow);
    const { words, doubles, word, double } = flows;
    const protocol = words[word + Word.Protocol] & ~IPV6;
    const exceptions = new Map<number, Exception>();
    for (let i = this.start[flow]; i < this.start[flow + 1]; i++) {
      const { sequence, detail, state, frame, time, size } = waiting.at(this.positions[i]);
      exceptions.set(keyOf(protocol, sequence, detail), { state, frame, time, size });
    }
    const isNumbered = protocol === Protocol.Echo || protocol === Protocol.Arp || protocol === Protocol.Neighbor;
    const requests = words[word + Word.Requests];
    const ranges: Run[] = [];
    if (isNumbered && requests > 0) {
      for (const run of runs.list(words[word + Word.Runs])) ranges.push(run);
      ranges.push({
        start: protocol === Protocol.Echo ? words[word + Word.RunStart] : 0,
        end: words[word + Word.Newest],
        firstTime: doubles[double + Double.RunTime],
        lastTime: doubles[double + Double.LastTime],
        firstFrame: words[word + Word.RunFrame],
      });
      ranges.sort((a, b) => a.start - b.start);
      if (words[word + Word.Open] === 1) {
        exceptions.set(words[word + Word.Newest], {
          state: ExchangeState.Waiting,
          frame: words[word + Word.NewestFrame],
          time: doubles[double + Double.LastTime],
          size: words[word + Word.NewestSize],
        });
      }
    }
    return {
      vantage,
      flow,
      vni: words[word + Word.Vni],
      requests,
      answered: words[word + Word.Answered],
      unmatchedReplies: words[word + Word.UnmatchedReplies],
      runs: ranges,
      exceptions,
      link: null,
      forgotten: words[word + Word.Forgotten],
    };
  }
}

/** One number that tells the exchanges of a flow apart: 16 bits of port and 32 of sequence number fit a double. */
function keyOf(protocol: number, sequence: number, detail: number): number {
  if (protocol === Protocol.TcpConnect) return sequence * 2 ** 32 + (detail >>> 0);
  return protocol === Protocol.Dns ? sequence >>> 0 : sequence;
}
