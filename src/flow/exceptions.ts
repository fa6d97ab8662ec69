/** The exchanges of one capture that stand out, by flow: what its waiting table holds, and the requests still open. */
import { Double, Word } from './flow-table.ts';
import { IPV6, Protocol } from './observations.ts';
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

/**
 * There may be very many flows, so no list has to be made: `select` goes to a flow, `read` to one of its
 * exchanges, which the fields then tell of.
 */
export class ExceptionIndex implements Exception {
  state = ExchangeState.Waiting;
  frame = 0;
  time = Number.NaN;
  size = 0;
  private readonly vantage: Vantage;
  private everything: Positions | null = null;
  private unanswered: Positions | null = null;
  /** Of the selected flow: its number, the positions of its exchanges in the waiting table, and what makes their keys. */
  private flow = 0;
  private protocol = 0;
  private positions: Int32Array = new Int32Array(0);
  private first = 0;
  private end = 0;
  /** Of the exchange that was gone to, in the waiting table; -1 for an open request. */
  private position = -1;

  constructor(vantage: Vantage) {
    this.vantage = vantage;
  }

  /** Goes to a flow; how many exchanges of it stand out: by ascending key, but for an open request, which is last. */
  select(sighting: Sighting): number {
    const { waiting, flows } = this.vantage.observations;
    this.everything ??= waiting.byFlow(flows.count);
    const count = this.goTo(sighting, this.everything);
    if (!this.isInOrder()) this.putInOrder();
    return count;
  }

  /** The same in no promised order, where only requests that still wait are asked for; there may be others among them. */
  selectWaiting(sighting: Sighting): number {
    const { waiting, flows } = this.vantage.observations;
    this.unanswered ??= this.everything ?? waiting.byFlow(flows.count, ExchangeState.Waiting);
    return this.goTo(sighting, this.unanswered);
  }

  private goTo({ flow }: Sighting, { start, positions }: Positions): number {
    const { flows } = this.vantage.observations;
    flows.select(flow);
    const { words, word } = flows;
    this.flow = flow;
    this.protocol = flows.protocol & ~IPV6;
    this.positions = positions;
    this.first = start[flow];
    this.end = start[flow + 1];
    return this.end - this.first + (words[word + Word.OpenFrame] !== 0 ? 1 : 0);
  }

  private isInOrder(): boolean {
    let before = Number.NEGATIVE_INFINITY;
    for (let at = this.first; at < this.end; at++) {
      const key = this.keyAt(this.positions[at]);
      if (key < before) return false;
      before = key;
    }
    return true;
  }

  /** Puts the selected flow's exchanges in the order of their keys, in a list of their own. */
  private putInOrder(): void {
    const own = this.positions.subarray(this.first, this.end);
    const keys = new Float64Array(own.length);
    const order = new Int32Array(own.length);
    for (let number = 0; number < own.length; number++) {
      keys[number] = this.keyAt(own[number]);
      order[number] = number;
    }
    order.sort((a, b) => keys[a] - keys[b]);
    this.positions = order.map((number) => own[number]);
    this.first = 0;
    this.end = own.length;
  }

  /** Goes to an exchange of the selected flow, by its number from 0 on. */
  read(number: number): void {
    const { waiting, flows } = this.vantage.observations;
    const at = this.first + number;
    if (at < this.end) {
      const position = this.positions[at];
      this.position = position;
      this.state = waiting.state(position);
      this.frame = waiting.frame(position);
      this.time = waiting.time(position);
      this.size = waiting.size(position);
      return;
    }
    flows.select(this.flow);
    const { words, doubles, word, double } = flows;
    this.position = -1;
    this.state = ExchangeState.Waiting;
    this.frame = words[word + Word.OpenFrame];
    this.time = doubles[double + Double.LastTime];
    this.size = words[word + Word.NewestSize];
  }

  /** Worked out when it is asked for: most exchanges are only counted. */
  get key(): number {
    if (this.position >= 0) return this.keyAt(this.position);
    const { flows } = this.vantage.observations;
    flows.select(this.flow);
    return flows.words[flows.word + Word.Newest];
  }

  private keyAt(position: number): number {
    const { waiting } = this.vantage.observations;
    return keyOf(this.protocol, waiting.sequence(position), waiting.detail(position));
  }

  /** The sets of one flow. */
  exchanges(sighting: Sighting): ExchangeSet {
    const count = this.select(sighting);
    const exceptions: Exception[] = [];
    for (let number = 0; number < count; number++) {
      this.read(number);
      exceptions.push(this.exception());
    }
    if (exceptions.length > 1) exceptions.sort((a, b) => a.key - b.key);
    return { sighting, runs: runsOf(sighting), exceptions, steps: NO_STEPS };
  }

  /** The requests of one flow that still wait, in no promised order. */
  waiting(sighting: Sighting): Exception[] {
    const count = this.selectWaiting(sighting);
    const exceptions: Exception[] = [];
    for (let number = 0; number < count; number++) {
      this.read(number);
      if (this.state === ExchangeState.Waiting) exceptions.push(this.exception());
    }
    return exceptions;
  }

  /** The exchange that was gone to, to be kept. */
  private exception(): Exception {
    const { key, state, frame, time, size } = this;
    return { key, state, frame, time, size };
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
