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
  const tallies = new Tallies();
  for (const flow of flows) {
    const { path } = flow;
    if (path.length < 2) continue;
    let left = flow.requests - flow.pending;
    for (let i = 0; i + 1 < path.length; i++)
      left -= tallies.add(path[i], path[i + 1], left, lostAt(flow, 'request', path[i]));
    // The way back: what was answered at the far end less what was lost on the way.
    left = flow.answered;
    for (const { stage, count } of flow.losses) if (stage === 'reply') left += count;
    for (let i = path.length - 1; i > 0; i--)
      left -= tallies.add(path[i], path[i - 1], left, lostAt(flow, 'reply', path[i]));
  }
  return tallies.all
    .filter(({ sent }) => sent > 0)
    .map(({ from, to, sent, lost }) => ({
      from: from.label,
      to: to.label,
      sent,
      lost,
      delayMicroseconds: inMicroseconds(segmentDelay(from, to, clocks, packets)),
    }));
}

class Tallies {
  /** In the order in which they were first met. */
  readonly all: Tally[] = [];

  /** Adds packets that were sent from one vantage point to the next, and how many of them were lost; returns that. */
  add(from: Vantage, to: Vantage, sent: number, lost: number): number {
    let tally = this.all.find((known) => known.from === from && known.to === to);
    if (tally === undefined) {
      tally = { from, to, sent: 0, lost: 0 };
      this.all.push(tally);
    }
    tally.sent += sent;
    tally.lost += lost;
    return lost;
  }
}

function lostAt({ losses }: JoinedFlow, stage: 'request' | 'reply', vantage: Vantage): number {
  let lost = 0;
  for (const loss of losses) if (loss.stage === stage && loss.after === vantage) lost += loss.count;
  return lost;
}

function inMicroseconds(delay: Delay | null): Segment['delayMicroseconds'] {
  if (delay === null) return null;
  const micro = (nanoseconds: number) => Math.round(nanoseconds) / 1000;
  return { atLeast: delay.atLeast === null ? null : micro(delay.atLeast), atMost: micro(delay.atMost) };
}
