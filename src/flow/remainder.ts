/** What records count of a flow besides the exchanges that are known by their numbers. */
import { isNumbered } from './exceptions.ts';
import { Word } from './flow-table.ts';
import type { Sighting } from './sighting.ts';
import type { Tally } from './tally.ts';
import type { Vantage } from './vantage.ts';

export class Remainder {
  private requests = 0;
  private forgotten = 0;
  private gap = 0;

  /** Adds what one vantage point counted; `numbers` are those in the runs of its requests. */
  add(sighting: Sighting, numbers: number): void {
    const { requests } = sighting;
    this.requests = Math.max(this.requests, requests);
    this.forgotten = Math.max(this.forgotten, sighting.word(Word.Forgotten));
    this.gap = Math.max(this.gap, numbers - requests);
  }

  /**
   * Exchanges that a full table gave up: the unanswered are lost where most of the flow's others were, or else at
   * `last`. Of protocols whose exchanges are kept one by one the answered were given up, too.
   */
  addTo(tally: Tally, protocol: number, last: Vantage): void {
    if (!isNumbered(protocol)) tally.answered += Math.max(0, this.requests - tally.counted);
    // Runs that were joined hold numbers that were never sent.
    else tally.answered -= Math.min(tally.answered, this.gap);
    tally.forget(this.forgotten, last);
  }
}
