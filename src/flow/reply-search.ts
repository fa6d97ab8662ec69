/** Finds lost replies where they were seen last. */
import { type ExchangeSet, isNumbered, sequenceOf } from './exceptions.ts';
import { exceptionAt } from './exchange-sets.ts';
import type { JoinedLoss } from './joined-flow.ts';
import { ownNumbers } from './round-alignment.ts';
import type { PacketSamples } from './sampled-packets.ts';
import { isWanted, keep } from './tally.ts';
import { ExchangeState } from './waiting-table.ts';

/** How often replies of one flow are looked for among its sampled packets. */
const MOST_SEARCHES = 64;
/** Nanoseconds within which no port is used for another attempt or query: systems keep them for longer. */
const PORT_REUSE = 30e9;

export class ReplySearch {
  private readonly packets: PacketSamples;
  private left = MOST_SEARCHES;

  constructor(packets: PacketSamples) {
    this.packets = packets;
  }

  /**
   * Keeps the reply of the lost exchange `key` as evidence, where it is known and the loss has none or few yet.
   * `last` is what was seen where the reply was seen last.
   */
  keepReply(loss: JoinedLoss, last: readonly ExchangeSet[], key: number): void {
    if (!isWanted(loss, true) || this.left-- <= 0) return;
    const frame = this.frameOf(last, key);
    if (frame > 0) keep(loss, { vantage: loss.after, frame, isReply: true });
  }

  /** 0 when it is not known: a reply that was seen after its request is found only among the sampled packets. */
  private frameOf(sets: readonly ExchangeSet[], key: number): number {
    for (const { sighting, exceptions, steps } of sets) {
      const { vantage, flow, protocol } = sighting;
      const exception = exceptionAt(exceptions, key);
      if (exception === null && !isNumbered(protocol)) continue;
      if (exception?.state === ExchangeState.Unmatched) return exception.frame;
      if (exception?.state === ExchangeState.Waiting) continue;
      const { frame: from, time } = exception ?? { frame: 0, time: Number.POSITIVE_INFINITY };
      for (const own of ownNumbers(steps, key)) {
        const sequence = sequenceOf(protocol, own);
        const frame = this.packets.of(vantage).replyFrame(flow, sequence, from, time + PORT_REUSE);
        if (frame > 0) return frame;
      }
    }
    return 0;
  }
}
