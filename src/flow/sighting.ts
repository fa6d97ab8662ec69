/** One capture's record of one flow. */

import type { Double } from './flow-table.ts';
import { protocolOf, recordAt, vniOf, Word } from './flow-table.ts';
import { IPV6 } from './observations.ts';
import type { Vantage } from './vantage.ts';

export class Sighting {
  readonly vantage: Vantage;
  /** Number of the flow in the vantage's flow table. */
  readonly flow: number;
  /** The records of all flows, and where this one begins among them. */
  private readonly words: Int32Array;
  private readonly at: number;

  constructor(vantage: Vantage, flow: number) {
    this.vantage = vantage;
    this.flow = flow;
    this.words = vantage.observations.flows.words;
    this.at = recordAt(flow);
  }

  /** One field of the record. */
  word(field: Word): number {
    return this.words[this.at + field];
  }

  /** One 64-bit field of it. */
  double(field: Double): number {
    return this.vantage.observations.flows.doubles[(this.at >> 1) + field];
  }

  /** What is told apart, with the IP version; see `Protocol`. */
  get protocolAndVersion(): number {
    return protocolOf(this.word(Word.Scope));
  }

  /** What is told apart, without the IP version; see `Protocol`. */
  get protocol(): number {
    return this.protocolAndVersion & ~IPV6;
  }

  /** -1 outside any tunnel. */
  get vni(): number {
    return vniOf(this.word(Word.Scope));
  }

  get requests(): number {
    return this.word(Word.Requests);
  }

  get answered(): number {
    return this.word(Word.Answered);
  }

  get unmatchedReplies(): number {
    return this.word(Word.UnmatchedReplies);
  }
}
