/** Flows with unanswered requests, put together by their ends. There may be one for every flow, and few are told of. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import { EndsTable } from './ends-table.ts';

/** Flows between the same two addresses in the same VNI, with their unanswered requests. */
export interface Silence {
  flows: JoinedFlow[];
  unanswered: number;
  requests: number;
}

export class Silences {
  /** The silent flows, and the number of the silence that each is part of. */
  private readonly flows: readonly JoinedFlow[];
  private readonly silenceOf: number[] = [];
  /** By silence, in the order of its first flow. */
  private readonly unanswered: number[] = [];
  private readonly requests: number[] = [];

  /** Those among `flows` that have one of the protocols. */
  constructor(flows: readonly JoinedFlow[], protocols: readonly JoinedFlow['protocol'][]) {
    const ends = new EndsTable();
    this.flows = flows.filter(({ unanswered, protocol }) => unanswered > 0 && protocols.includes(protocol));
    for (let i = 0; i < this.flows.length; i++) {
      const flow = this.flows[i];
      const silence = ends.number(flow, flow.protocol === 'tcp-connect' ? flow.identifier : null);
      this.silenceOf.push(silence);
      if (silence === this.count) {
        this.unanswered.push(flow.unanswered);
        this.requests.push(flow.requests);
      } else {
        this.unanswered[silence] += flow.unanswered;
        this.requests[silence] += flow.requests;
      }
    }
  }

  get count(): number {
    return this.unanswered.length;
  }

  /** All unanswered requests and all requests. */
  total(): Pick<Silence, 'unanswered' | 'requests'> {
    const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
    return { unanswered: sum(this.unanswered), requests: sum(this.requests) };
  }

  /** Those with most unanswered requests, at most as many as `most`; of equals the first comes first. */
  worst(most: number): Silence[] {
    const numbers = this.worstNumbers(most);
    const silences = new Map<number, Silence>();
    for (const number of numbers)
      silences.set(number, { flows: [], unanswered: this.unanswered[number], requests: this.requests[number] });
    if (numbers.length > 0) {
      for (let i = 0; i < this.flows.length; i++) silences.get(this.silenceOf[i])?.flows.push(this.flows[i]);
    }
    return [...silences.values()];
  }

  private worstNumbers(most: number): number[] {
    const { unanswered, count } = this;
    const worst: number[] = [];
    for (let number = 0; number < count; number++) {
      const own = unanswered[number];
      if (worst.length === most && unanswered[worst[most - 1]] >= own) continue;
      let at = Math.min(worst.length, most - 1);
      for (; at > 0 && unanswered[worst[at - 1]] < own; at--) worst[at] = worst[at - 1];
      worst[at] = number;
    }
    return worst;
  }
}
