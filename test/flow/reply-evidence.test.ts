/** The packets that are shown for a lost reply are those of a lost reply. */
import { describe, expect, test } from 'vitest';
import type { JoinedFlow, JoinedLoss, LossFrame } from '../../src/flow/joined-flow.ts';
import { joined, observe } from './correlating.ts';
import {
  flowOf,
  points,
  random,
  type SimulatedExchange,
  type SimulatedFlow,
  type Simulation,
  simulate,
  type Troubles,
} from './simulation.ts';

/** What is kept of each kind. */
const EVIDENCE = 3;
const LOSSY: Troubles = { loss: 0.12, duplication: 0.03, reordering: 0, late: 0, windows: false };

interface Packet {
  exchange: SimulatedExchange;
  isReply: boolean;
}

/** What the packets of a simulation are, by the index of their point and their time there. */
function packetsOf({ points: places, flows }: Simulation): Map<string, Packet> {
  const packets = new Map<string, Packet>();
  for (const exchange of flows.flatMap(({ exchanges }) => exchanges)) {
    places.forEach(({ offset, skew }, point) => {
      const put = (times: readonly number[], isReply: boolean): void => {
        for (const time of times)
          packets.set(`${point} ${Math.round(offset + time * (1 + skew))}`, { exchange, isReply });
      };
      put(exchange.requests[point], false);
      put(exchange.replies[point], true);
    });
  }
  return packets;
}

/** Where an exchange that was not answered has its reply last and the request that waits for it, and where the reply should have come next. */
function lossOf({ requests, replies }: SimulatedExchange, indices: readonly number[]): number[] {
  const asked = indices.filter((i) => requests[i].length > 0);
  const [after] = indices.filter((i) => replies[i].length > 0);
  return [after, asked[0], asked.filter((i) => i < after).at(-1) ?? -1];
}

/** Checks all that is shown of lost replies in the captures at `indices`; how many replies that are. */
function check(simulation: Simulation, indices: readonly number[]): number {
  const { points: places, frames } = simulation;
  const packets = packetsOf(simulation);
  const captures = indices.map((i) => ({
    label: places[i].label,
    host: places[i].host,
    observations: observe(frames[i]),
  }));
  let replies = 0;
  const checkLoss = (loss: JoinedLoss): void => {
    const pointOf = (label: string | undefined) => places.findIndex((place) => place.label === label);
    const [after, before] = [loss.after.label, loss.before?.label].map(pointOf);
    const shown = { request: new Set<SimulatedExchange>(), reply: new Set<SimulatedExchange>() };
    for (const { vantage, frame, isReply } of loss.frames) {
      const point = pointOf(vantage.label);
      const packet = packets.get(`${point} ${frames[point][frame - 1].time}`);
      expect(packet?.isReply).toBe(isReply);
      if (packet === undefined) continue;
      const [last, first, next] = lossOf(packet.exchange, indices);
      expect([isReply ? last : first, last, next]).toEqual([point, after, before]);
      shown[isReply ? 'reply' : 'request'].add(packet.exchange);
    }
    const count = Math.min(EVIDENCE, loss.count);
    expect([shown.request.size, shown.reply.size, loss.frames.length]).toEqual([count, count, 2 * count]);
    replies += count;
  };
  for (const flow of joined(captures)) for (const loss of repliesLost(flow)) checkLoss(loss);
  return replies;
}

function repliesLost({ losses }: JoinedFlow): JoinedLoss[] {
  return losses.filter(({ stage }) => stage === 'reply');
}

function traffic(first: number): SimulatedFlow[] {
  const echo = flowOf('icmp-echo', 5001, [2, 46], 7, first, 40);
  // The identifier and its numbers are used again.
  echo.exchanges.push(...flowOf('icmp-echo', 5001, [2, 46], 7, first, 30).exchanges);
  return [
    echo,
    flowOf('icmpv6-echo', 5001, [2, 46], 9, first, 40),
    flowOf('tcp-connect', 5001, [2, 46], 443, 1, 40),
    flowOf('dns', 5001, [2, 46], 53, 1, 40),
  ];
}

describe('of a lost reply the request that waits is shown, and the reply where it was seen last', () => {
  test.each([
    ['in all captures', [0, 1, 2, 3, 4], LOSSY],
    ['at two ends', [0, 3], LOSSY],
    ['at both ends of the wire', [2, 3], LOSSY],
    ['where captures started late and stopped early', [0, 1, 2, 3, 4], { ...LOSSY, windows: true }],
  ])('%s', (_, indices, troubles) => {
    let replies = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const draw = random(seed);
      replies += check(simulate(draw, points(draw), traffic(seed % 2 === 0 ? 65520 : 1), troubles), indices);
    }
    expect(replies).toBeGreaterThan(50);
  });

  test('in a flow so long that only some of its packets are kept', () => {
    const draw = random(5);
    const simulation = simulate(draw, points(draw, [2, 3]), [flowOf('icmp-echo', 5001, [2, 46], 7, 1, 60_000)], LOSSY);
    const frames = simulation.frames.map((list, i) => ({
      label: `${i}`,
      host: null,
      observations: observe(list),
    }));
    for (const { observations } of frames) expect(observations.trajectory.selection).not.toBe(0);
    const [flow] = joined(frames);
    const [loss] = repliesLost(flow);
    const packets = packetsOf(simulation);
    const shown = (wanted: boolean): LossFrame[] => loss.frames.filter(({ isReply }) => isReply === wanted);
    expect([shown(false).length, shown(true).length]).toEqual([EVIDENCE, EVIDENCE]);
    for (const { frame } of shown(true)) {
      const packet = packets.get(`1 ${simulation.frames[1][frame - 1].time}`);
      expect(packet?.isReply).toBe(true);
      expect(packet?.exchange.replies[0]).toEqual([]);
    }
  });

  test('of address resolution, where none came through', () => {
    const draw = random(6);
    const simulation = simulate(draw, points(draw, [2, 3]), [flowOf('arp', 5001, [2, 46], 0, 1, 5)], {
      ...LOSSY,
      loss: 0,
      duplication: 0,
    });
    const packets = packetsOf(simulation);
    const [asker, target] = simulation.frames;
    const isReply = (time: number): boolean => packets.get(`0 ${time}`)?.isReply === true;
    const heard = asker.filter(({ time }) => !isReply(time));
    const [flow] = joined([
      { label: 'asker', host: null, observations: observe(heard) },
      { label: 'target', host: null, observations: observe(target) },
    ]);
    const [loss] = repliesLost(flow);
    expect(loss.count).toBe(5);
    const [last, ...asked] = [...loss.frames].sort((a, b) => Number(b.isReply) - Number(a.isReply));
    // The first thing that is seen of an exchange at the target is the question.
    expect([last.vantage.label, last.frame, last.isReply]).toEqual(['target', 2, true]);
    expect(asked.map(({ vantage, isReply }) => [vantage.label, isReply])).toEqual(
      Array(EVIDENCE).fill(['asker', false]),
    );
    expect(new Set(asked.map(({ frame }) => frame)).size).toBe(EVIDENCE);
  });
});
