/** What the correlation says of simulated traffic is what became of it. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/flow/observations.ts';
import { type Parcel, pack, unpack } from '../../src/flow/transfer.ts';
import { accounts, type Capture, joined, observe, truth } from './correlating.ts';
import {
  type Frame,
  flowOf,
  INTERVAL,
  points,
  type Random,
  random,
  type SimulatedFlow,
  type Simulation,
  simulate,
  type Troubles,
} from './simulation.ts';

const QUIET = { loss: 0, duplication: 0, reordering: 0, late: 0, windows: false };

function traffic(draw: Random, { late, duplication }: Troubles): SimulatedFlow[] {
  const count = 12 + Math.floor(draw() * 12);
  const first = draw() < 0.5 ? 65525 + Math.floor(draw() * 10) : 1 + Math.floor(draw() * 100);
  const echo = flowOf('icmp-echo', 5001, [2, 46], 7, first, count);
  // The identifier and its numbers are used again by another process. A second answer that comes that late
  // cannot be told from the answer to a request that was not captured: identity does not decide it.
  if (draw() < 0.4 && (late === 0 || duplication === 0)) {
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

/** Every selection of captures that is looked at. */
const SELECTIONS = [[0, 1, 2, 3, 4], [0], [4], [2], [2, 3], [1, 4], [0, 2], [3, 4], [1, 2, 3, 4]];

/** The captures of a simulation, each observed once. */
function captured({ points: places, frames }: Simulation, slab = 64): Capture[] {
  return frames.map((list, i) => ({ label: places[i].label, host: places[i].host, observations: observe(list, slab) }));
}

function check(seed: number, troubles: Troubles): void {
  const draw = random(seed);
  const simulation = simulate(draw, points(draw), traffic(draw, troubles), troubles);
  const captures = captured(simulation);
  for (const indices of SELECTIONS) {
    const said = accounts(joined(indices.map((i) => captures[i])));
    expect({ indices, ...said }, `seed ${seed}`).toEqual({ indices, ...truth(simulation, indices) });
  }
}

// Comparing takes a while where cores are shared.
const PATIENCE = 60_000;

describe('what is said of simulated traffic is what happened', () => {
  const cases = [
    ['nothing is wrong', QUIET],
    ['packets are lost', { ...QUIET, loss: 0.05 }],
    ['packets are lost and doubled', { ...QUIET, loss: 0.05, duplication: 0.05 }],
    ['packets are late and overtake one another', { ...QUIET, loss: 0.03, reordering: 0.04, late: 0.05 }],
    ['captures start late and stop early', { ...QUIET, loss: 0.03, windows: true }],
    ['all of it', { loss: 0.03, duplication: 0.03, reordering: 0.03, late: 0.03, windows: true }],
  ] as const;

  test.each(cases)(
    '%s',
    (_, troubles) => {
      for (let seed = 1; seed <= 12; seed++) check(seed, troubles);
    },
    PATIENCE,
  );
});

describe('what is said does not depend on', () => {
  const troubles = { loss: 0.04, duplication: 0.03, reordering: 0.03, late: 0.03, windows: false };

  const simulated = (seed: number): Simulation => {
    const draw = random(seed);
    return simulate(draw, points(draw), traffic(draw, troubles), troubles);
  };

  test('the order of the captures', () => {
    for (let seed = 100; seed < 105; seed++) {
      const captures = captured(simulated(seed));
      const said = accounts(joined(captures));
      for (const order of [
        [4, 3, 2, 1, 0],
        [2, 0, 4, 1, 3],
        [1, 4, 0, 3, 2],
      ]) {
        expect(accounts(joined(order.map((i) => captures[i])))).toEqual(said);
      }
    }
  });

  test('where slabs of bytes end', () => {
    const simulation = simulated(110);
    const said = accounts(joined(captured(simulation)));
    for (const slab of [1, 3, 17, 1000]) expect(accounts(joined(captured(simulation, slab)))).toEqual(said);
  });

  test('what the clocks show', () => {
    const simulation = simulated(111);
    const said = accounts(joined(captured(simulation)));
    for (const hours of [-1, 5, 9000]) {
      const frames = simulation.frames.map((list, i) =>
        simulation.points[i].host === 'a'
          ? list.map((frame) => ({ ...frame, time: frame.time + hours * 3600e9 }))
          : list,
      );
      expect(accounts(joined(captured({ ...simulation, frames })))).toEqual(said);
    }
  });

  test('whether observations came from another thread', async () => {
    const captures = captured(simulated(112));
    const said = accounts(joined(captures));
    const { port1, port2 } = new MessageChannel();
    const handedOver = [];
    for (const capture of captures) {
      const { parcel, buffers } = pack(capture.observations);
      const arrived = new Promise<Parcel>((resolve) => port2.once('message', resolve));
      port1.postMessage(parcel, buffers);
      handedOver.push({ ...capture, observations: unpack(await arrived) });
      expect(buffers.every(({ byteLength }) => byteLength === 0)).toBe(true);
    }
    port1.close();
    expect(accounts(joined(handedOver))).toEqual(said);
  });
});

describe('captures without times, without requests, out of order', () => {
  const frames = (): Simulation => {
    const draw = random(7);
    return simulate(draw, points(draw), [flowOf('icmp-echo', 5001, [2, 46], 7, 65530, 20)], { ...QUIET, loss: 0.1 });
  };

  test('packets without times are counted all the same', () => {
    const simulation = frames();
    const timed = accounts(joined(captured(simulation)));
    const untimed = {
      ...simulation,
      frames: simulation.frames.map((list) => list.map((f) => ({ ...f, time: Number.NaN }))),
    };
    const [[, one], [, other]] = [Object.entries(timed)[0], Object.entries(accounts(joined(captured(untimed))))[0]];
    expect(other.requests).toBe(one.requests);
    expect(other.answered).toBe(one.answered);
    expect(other.unanswered + other.pending).toBe(one.unanswered + one.pending);
    expect(other.late).toBe(0);
  });

  test('replies alone are no requests', () => {
    const simulation = simulate(random(1), points(random(1)), [flowOf('icmp-echo', 5001, [2, 46], 7, 1, 20)], QUIET);
    const isReply = ({ bytes }: Frame): boolean => bytes[bytes.length - 16] === 0;
    const replies = { ...simulation, frames: simulation.frames.map((list) => list.filter(isReply)) };
    for (const indices of [[0], [0, 2, 4]]) {
      const [flow] = joined(indices.map((i) => captured(replies)[i]));
      expect(flow).toMatchObject({
        requests: 0,
        answered: 0,
        unanswered: 0,
        pending: 0,
        late: 0,
        unmatchedReplies: 20,
      });
      expect(flow.losses).toEqual([]);
    }
  });

  test.each(['icmp-echo', 'icmpv6-echo', 'tcp-connect', 'dns'] as const)(
    '%s: a reply that was captured before its request answers it',
    (protocol) => {
      const simulation = simulate(random(3), points(random(3)), [flowOf(protocol, 5001, [2, 46], 7, 1, 6)], QUIET);
      const swapped = simulation.frames[0].flatMap((_, i, list) => (i % 2 === 0 ? [list[i + 1], list[i]] : []));
      const [flow] = joined([{ label: 'a', host: null, observations: observe(swapped) }]);
      expect(flow).toMatchObject({ requests: 6, answered: 6, unmatchedReplies: 0, late: 0 });
    },
  );

  test('questions of address resolution are judged by their number, with a capture that started later, too', () => {
    const flow = flowOf('arp', 5001, [2, 46], 0, 1, 20);
    const draw = random(5);
    const path = points(draw, [1, 2, 3, 4]);
    path[2].start = 6.5 * INTERVAL;
    path[3].stop = 14.5 * INTERVAL;
    const other = flowOf('icmp-echo', 5001, [2, 46], 7, 1, 20);
    const simulation = simulate(draw, path, [flow, other], QUIET);
    const isArp = ({ bytes }: Frame): boolean => bytes.length < 50 || (bytes[50 + 12] === 8 && bytes[50 + 13] === 6);
    const isAnswer = (frame: Frame): boolean => isArp(frame) && frame.bytes[frame.bytes.length - 21] === 2;
    const unanswered = { ...simulation, frames: simulation.frames.map((list) => list.filter((f) => !isAnswer(f))) };
    const said = accounts(joined(captured(unanswered)));
    const arp = Object.entries(said).find(([name]) => name.startsWith('arp'))?.[1];
    expect(arp).toMatchObject({ requests: 20, answered: 0 });
    expect(arp?.losses.map((loss) => loss.split(' ')[0])).toEqual(['no-reply']);
  });
});

describe('limits', () => {
  const LIMITS = { flows: 100, waiting: 50, answered: 50 };

  test('a capture that is not compared with others needs to remember few of its answered exchanges', () => {
    let forgot = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const draw = random(seed);
      const flows = [flowOf('dns', 5001, [2, 46], 53, 1, 200), flowOf('tcp-connect', 5001, [2, 46], 443, 1, 200)];
      const { points: places, frames } = simulate(draw, points(draw), flows, { ...QUIET, loss: 0.05, late: 0.02 });
      for (const [i, list] of frames.entries()) {
        const { label, host } = places[i];
        const all = { label, host, observations: observe(list) };
        const few = { label, host, observations: observe(list, 64, { ...DEFAULT_LIMITS, answered: 20 }) };
        forgot += all.observations.waiting.count - few.observations.waiting.count;
        expect(few.observations.waiting.forgotten).toBe(0);
        expect(accounts(joined([few]))).toEqual(accounts(joined([all])));
      }
    }
    expect(forgot).toBeGreaterThan(5000);
  });

  test('sums hold when tables are full, and the captures say that they were', () => {
    const draw = random(9);
    const flows = Array.from({ length: 150 }, (_, i) =>
      flowOf(i % 3 === 0 ? 'dns' : 'icmp-echo', 5001, [i, 200], i, 1, 6),
    );
    const simulation = simulate(draw, points(draw), flows, { ...QUIET, loss: 0.3 });
    const captures = simulation.frames.map((list, i) => ({
      label: simulation.points[i].label,
      host: null,
      observations: observe(list, 64, LIMITS),
    }));
    for (const { observations } of captures) {
      expect(observations.flows.count).toBeLessThanOrEqual(100);
      expect(observations.waiting.count).toBeLessThanOrEqual(50);
      expect(observations.flows.overflowed).toBeGreaterThan(0);
      expect(observations.waiting.forgotten).toBeGreaterThan(0);
    }
    for (const indices of [[0], [4], [0, 2, 4], [0, 1, 2, 3, 4]]) {
      for (const flow of joined(indices.map((i) => captures[i]))) {
        expect(flow.answered + flow.unanswered + flow.pending).toBe(flow.requests);
        expect(flow.losses.reduce((sum, { count }) => sum + count, 0)).toBe(flow.unanswered);
        expect(flow.requests).toBeLessThanOrEqual(6);
      }
    }
  });
});
