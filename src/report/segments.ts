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
  for (const [path, load] of loadsOf(flows)) {
    let left = load.asked;
    for (let i = 0; i + 1 < path.length; i++) left -= tallies.add(path[i], path[i + 1], left, load.requestsLost[i]);
    left = load.replied;
    for (let i = path.length - 1; i > 0; i--) left -= tallies.add(path[i], path[i - 1], left, load.repliesLost[i]);
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

/** What was sent along a path by all flows that took it. */
interface Load {
  asked: number;
  /** What was answered at the far end: also what was lost on the way back. */
  replied: number;
  /** By place on the path: what was seen there last. */
  requestsLost: number[];
  repliesLost: number[];
}

/** By path, which flows that go the same way share. */
function loadsOf(flows: readonly JoinedFlow[]): Map<readonly Vantage[], Load> {
  const loads = new Map<readonly Vantage[], Load>();
  for (const flow of flows) {
    const { path, losses } = flow;
    if (path.length < 2) continue;
    let load = loads.get(path);
    if (load === undefined) {
      load = { asked: 0, replied: 0, requestsLost: path.map(() => 0), repliesLost: path.map(() => 0) };
      loads.set(path, load);
    }
    load.asked += flow.requests - flow.pending;
    load.replied += flow.answered;
    for (const { stage, after, count } of losses) {
      if (stage === 'request') load.requestsLost[path.indexOf(after)] += count;
      if (stage !== 'reply') continue;
      load.replied += count;
      load.repliesLost[path.indexOf(after)] += count;
    }
  }
  return loads;
}

function inMicroseconds(delay: Delay | null): Segment['delayMicroseconds'] {
  if (delay === null) return null;
  const micro = (nanoseconds: number) => Math.round(nanoseconds) / 1000;
  return { atLeast: delay.atLeast === null ? null : micro(delay.atLeast), atMost: micro(delay.atMost) };
}
