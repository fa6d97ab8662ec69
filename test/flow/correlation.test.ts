/** What the correlation says of simulated traffic is what became of it. */
import { describe, expect, test } from 'vitest';
import { accounts, joined, observe, truth } from './correlating.ts';
import {
  flowOf,
  INTERVAL,
  points,
  type Random,
  random,
  type SimulatedFlow,
  type Simulation,
  simulate,
} from './simulation.ts';

const QUIET = { loss: 0, duplication: 0, reordering: 0, late: 0, windows: false };

function traffic(draw: Random): SimulatedFlow[] {
  const count = 12 + Math.floor(draw() * 12);
  const first = draw() < 0.5 ? 65525 + Math.floor(draw() * 10) : 1 + Math.floor(draw() * 100);
  const echo = flowOf('icmp-echo', 5001, [2, 46], 7, first, count);
  // The identifier and its numbers are used again by another process.
  if (draw() < 0.4) {
    const again = flowOf('icmp-echo', 5001, [2, 46], 7, first, count - Math.floor(draw() * 5));
    echo.exchanges.push(...again.exchanges);
  }
  return [
    echo,
    flowOf('icmp-echo', 5002, [2, 46], 7, first, count),
    flowOf('icmp-echo', 5001, [2, 46], 8, 1, count),
    flowOf('icmpv6-echo', 5001, [2, 46], 9, first, count),
    flowOf('tcp-connect', 5001, [2, 46], 443, 1, count),
    flowOf('dns', 5001, [2, 46], 53, 1, count),
  ];
}

function correlate(simulation: Simulation, indices: readonly number[], slab = 64) {
  const captures = indices.map((i) => {
    const { label, host } = simulation.points[i];
    return { label, host, observations: observe(simulation.frames[i], slab) };
  });
  return accounts(joined(captures));
}

function check(seed: number, troubles: typeof QUIET): void {
  const draw = random(seed);
  const simulation = simulate(draw, points(draw), traffic(draw), troubles);
  for (const indices of [[0, 1, 2, 3, 4], [0], [4], [2], [2, 3], [1, 4], [0, 2], [3, 4], [1, 2, 3, 4]]) {
    expect({ indices, ...correlate(simulation, indices) }, `seed ${seed}`).toEqual({
      indices,
      ...truth(simulation, indices),
    });
  }
}

describe('what is said of simulated traffic is what happened', () => {
  const cases = [
    ['nothing is wrong', QUIET],
    ['packets are lost', { ...QUIET, loss: 0.05 }],
    ['packets are lost and doubled', { ...QUIET, loss: 0.05, duplication: 0.05 }],
    ['packets are late and overtake one another', { ...QUIET, loss: 0.03, reordering: 0.04, late: 0.05 }],
    ['captures start late and stop early', { ...QUIET, loss: 0.03, windows: true }],
    ['all of it', { loss: 0.03, duplication: 0.03, reordering: 0.03, late: 0.03, windows: true }],
  ] as const;

  test.each(cases)('%s', (_, troubles) => {
    for (let seed = 1; seed <= 25; seed++) check(seed, troubles);
  });
});
void INTERVAL;
