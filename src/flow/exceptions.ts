/** The exchanges of one capture that stand out, by flow: what its waiting table holds, and the requests still open. */
import { Double, Word } from './flow-table.ts';
import { Protocol } from './observations.ts';
import type { Run } from './runs.ts';
import type { Sighting } from './sighting.ts';
import type { Vantage } from './vantage.ts';
import { ExchangeState, type WaitingTable } from './waiting-table.ts';

/** An exchange that stands out: unanswered, a reply without a request, or (TCP, DNS) remembered one by one. */
export interface Exception {
  /** Tells it from the flow's others; of an echo the extended sequence number. */
  key: number;
  state: ExchangeState;
  frame: number;
  /** Nanoseconds since the capture's epoch. */
  time: number;
  size: number;
}

/** The exchanges of a flow at one capture, as sets that can be compared with those of other captures. */
export interface ExchangeSet {
  sighting: Sighting;
  /** Requests that were seen, in ascending order. */
  runs: Run[];
  /** The exchanges among them, and besides them, that stand out, by ascending key. */
  exceptions: Exception[];
  /** How far the capture's own numbers are from those above; none when they are the same. */
  steps: readonly Step[];
}

/** From the number `from` on, a capture's own count of sequence numbers is moved by `shift`. */
export interface Step {
  from: number;
  shift: number;
}

const NO_STEPS: readonly Step[] = [];

/** Positions in a waiting table by flow; see `WaitingTable.byFlow`. */
type Positions = ReturnType<WaitingTable['byFlow']>;

export class ExceptionIndex {
  private readonly vantage: Vantage;
  private everything: Positions | null = null;
  private unanswered: Positions | null = null;

  constructor(vantage: Vantage) {
    this.vantage = vantage;
  }

  /** The sets of one flow. */
  exchanges(sighting: Sighting): ExchangeSet {
    const { waiting, flows } = this.vantage.observations;
    this.everything ??= waiting.byFlow(flows.count);
    const exceptions: Exception[] = [];
    this.visit(sighting, this.everything, null, (exception) => exceptions.push(exception));
    if (exceptions.length > 1) exceptions.sort((a, b) => a.key - b.key);
    return { sighting, runs: runsOf(sighting), exceptions, steps: NO_STEPS };
  }

  /** The requests of one flow that still wait, in no promised order. */
  waiting(sighting: Sighting): Exception[] {
    const exceptions: Exception[] = [];
    this.visitWaiting(sighting, (exception) => exceptions.push(exception));
    return exceptions;
  }

  /** The same one by one, for when there are very many flows: no list is made. */
  visitWaiting(sighting: Sighting, visit: (exception: Exception) => void): void {
    const { waiting, flows } = this.vantage.observations;
    this.unanswered ??= this.everything ?? waiting.byFlow(flows.count, ExchangeState.Answered);
    this.visit(sighting, this.unanswered, ExchangeState.Waiting, visit);
  }

  private visit(
    { flow, protocol }: Sighting,
    { start, positions }: Positions,
    only: ExchangeState | null,
    visit: (exception: Exception) => void,
  ): void {
    const { flows, waiting } = this.vantage.observations;
    for (let i = start[flow]; i < start[flow + 1]; i++) {
      if (only !== null && waiting.state(positions[i]) !== only) continue;
      const { sequence, detail, state, frame, time, size } = waiting.at(positions[i]);
      visit({ key: keyOf(protocol, sequence, detail), state, frame, time, size });
    }
    flows.select(flow);
    const { words, doubles, word, double } = flows;
    if (words[word + Word.OpenFrame] !== 0) {
      visit({
        key: words[word + Word.Newest],
        state: ExchangeState.Waiting,
        frame: words[word + Word.OpenFrame],
        time: doubles[double + Double.LastTime],
        size: words[word + Word.NewestSize],
      });
    }
  }
}

/** True when a flow's requests are runs of numbers, of which only those that stand out are kept one by one. */
export function isNumbered(protocol: number): boolean {
  return protocol === Protocol.Echo || protocol === Protocol.Arp || protocol === Protocol.Neighbor;
}

function runsOf({ vantage, flow, protocol }: Sighting): Run[] {
  const { flows, runs } = vantage.observations;
  flows.select(flow);
  const { words, doubles, word, double } = flows;
  if (!isNumbered(protocol) || words[word + Word.Requests] === 0) return [];
  const list = runs.list(words[word + Word.Runs]);
  list.push({
    start: protocol === Protocol.Echo ? words[word + Word.RunStart] : 0,
    end: words[word + Word.Newest],
    firstTime: doubles[double + Double.RunTime],
    lastTime: doubles[double + Double.LastTime],
    firstFrame: words[word + Word.RunFrame],
  });
  return list.length === 1 ? list : list.sort((a, b) => a.start - b.start);
}

/** The sequence number, port or message that a key of `keyOf` was made of, as sampled packets have it. */
export function sequenceOf(protocol: number, key: number): number {
  return protocol === Protocol.TcpConnect ? Math.floor(key / 2 ** 32) : key | 0;
}

/** One number that tells the exchanges of a flow apart: 16 bits of port and 32 of sequence number fit a double. */
function keyOf(protocol: number, sequence: number, detail: number): number {
  if (protocol === Protocol.TcpConnect) return sequence * 2 ** 32 + (detail >>> 0);
  return protocol === Protocol.Dns ? sequence >>> 0 : sequence;
}
