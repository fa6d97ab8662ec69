/** Loss and delay between neighbouring vantage points, all flows together. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { PacketSamples } from '../flow/sampled-packets.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { ClockPair } from './clocks.ts';
import type { Segment } from './model.ts';
import { type Delay, segmentDelay } from './segment-delay.ts';

interface Tally {
  from: Vantage;
  to: Vantage;
  sent: number;
  lost: number;
}

/** Segments in the order of the paths they are part of; those that carried most come first. */
export function segments(
  flows: readonly JoinedFlow[],
  clocks: readonly ClockPair[],
  packets: PacketSamples,
): Segment[] {
  const tallies = new Map<string, Tally>();
  for (const flow of flows) {
    let left = flow.requests - flow.pending;
    for (let i = 0; i + 1 < flow.path.length; i++) {
      const [from, to] = [flow.path[i], flow.path[i + 1]];
      const tally = tallies.get(`${from.index} ${to.index}`) ?? { from, to, sent: 0, lost: 0 };
      tallies.set(`${from.index} ${to.index}`, tally);
      const lost = flow.losses
        .filter((loss) => loss.stage === 'request' && loss.after === from)
        .reduce((sum, loss) => sum + loss.count, 0);
      tally.sent += left;
      tally.lost += lost;
      left -= lost;
    }
    addReplies(flow, tallies);
  }
  return [...tallies.values()]
    .filter(({ sent }) => sent > 0)
    .map(({ from, to, sent, lost }) => ({
      from: from.label,
      to: to.label,
      sent,
      lost,
      delayMicroseconds: inMicroseconds(segmentDelay(from, to, clocks, packets)),
    }));
}

/** The way back: what was answered at the far end less what was lost on the way. */
function addReplies(flow: JoinedFlow, tallies: Map<string, Tally>): void {
  const lostOf = (vantage: Vantage): number =>
    flow.losses
      .filter((loss) => loss.stage === 'reply' && loss.after === vantage)
      .reduce((sum, loss) => sum + loss.count, 0);
  let left = flow.answered + flow.losses.reduce((sum, loss) => sum + (loss.stage === 'reply' ? loss.count : 0), 0);
  for (let i = flow.path.length - 1; i > 0; i--) {
    const [from, to] = [flow.path[i], flow.path[i - 1]];
    const tally = tallies.get(`${from.index} ${to.index}`) ?? { from, to, sent: 0, lost: 0 };
    tallies.set(`${from.index} ${to.index}`, tally);
    const lost = lostOf(from);
    tally.sent += left;
    tally.lost += lost;
    left -= lost;
  }
}

function inMicroseconds(delay: Delay | null): Segment['delayMicroseconds'] {
  if (delay === null) return null;
  const micro = (nanoseconds: number) => Math.round(nanoseconds) / 1000;
  return { atLeast: delay.atLeast === null ? null : micro(delay.atLeast), atMost: micro(delay.atMost) };
}
