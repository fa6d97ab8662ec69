/** The tables that observations are kept in, each against a plain one of the language. */
import { describe, expect, test } from 'vitest';
import type { ExchangeSet } from '../../src/flow/exceptions.ts';
import { stretches } from '../../src/flow/exchange-sets.ts';
import { FlowFlag, FlowTable, Word } from '../../src/flow/flow-table.ts';
import { FragmentField, FragmentTable } from '../../src/flow/fragment-table.ts';
import { KeyTable } from '../../src/flow/key-table.ts';
import { LinkChanges } from '../../src/flow/link-changes.ts';
import { RunPool } from '../../src/flow/runs.ts';
import { Talkers } from '../../src/flow/talkers.ts';
import { Trajectory } from '../../src/flow/trajectory.ts';
import { ExchangeState, WaitingTable } from '../../src/flow/waiting-table.ts';
import { pointsOf } from './sample.ts';
import { random } from './simulation.ts';

const draw = random(42);
const below = (limit: number): number => Math.floor(draw() * limit);

describe.each([
  ['KeyTable', (limit: number) => new KeyTable(limit, 2)],
  ['FlowTable', (limit: number) => new FlowTable(limit)],
])('%s', (_, make) => {
  test('numbers keys in the order they came, finds them again, and takes no more than its limit', () => {
    const table = make(3000);
    const known = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const key = [below(3), below(4) - 1, below(30) - 15, below(20), below(2)] as const;
      const name = key.join();
      const expected = known.get(name) ?? (known.size < 3000 ? known.size : -1);
      expect(table.find(...key)).toBe(known.get(name) ?? -1);
      expect(table.add(...key)).toBe(expected);
      if (expected >= 0) known.set(name, expected);
    }
    expect(table.count).toBe(known.size);
    for (const [name, index] of known) {
      const [a, b, c, d, e] = name.split(',').map(Number);
      expect(table.find(a, b, c, d, e)).toBe(index);
    }
  });
});

test('records of flows stay where they are while the table grows', () => {
  const flows = new FlowTable(10_000);
  for (let i = 0; i < 10_000; i++) {
    flows.add(0, -1, i, 1, 2);
    flows.words[flows.word + Word.Requests] = i;
  }
  flows.increment(77, Word.Requests);
  for (let i = 0; i < 10_000; i++) {
    flows.select(i);
    expect(flows.words[flows.word + Word.Requests]).toBe(i === 77 ? 78 : i);
    expect(flows.words[flows.word + Word.Source]).toBe(i);
  }
});

describe('WaitingTable', () => {
  test('agrees with a Map under random additions, removals and replacements', () => {
    const table = new WaitingTable(1 << 20, 1 << 20, () => {});
    const known = new Map<string, number>();
    const answered = new Set<string>();
    for (let i = 0; i < 60_000; i++) {
      const flow = below(40);
      const sequence = below(100);
      const name = `${flow},${sequence}`;
      const position = table.find(flow, sequence, 0);
      expect(position >= 0).toBe(known.has(name));
      if (position < 0) {
        table.setTime(table.add(flow, sequence, 0, i, i, i & 0xffff, ExchangeState.Waiting), i / 3);
        known.set(name, i);
      } else if (draw() < 0.9) {
        expect(table.at(position)).toMatchObject({
          flow,
          sequence,
          frame: known.get(name),
          time: Number(known.get(name)) / 3,
        });
        if (draw() < 0.5) {
          table.remove(position);
          known.delete(name);
          answered.delete(name);
          continue;
        }
        const state = draw() < 0.5 ? ExchangeState.Waiting : ExchangeState.Answered;
        table.replace(position, i, i, i & 0xffff, state);
        table.setTime(position, i / 3);
        known.set(name, i);
        if (state === ExchangeState.Answered) answered.add(name);
        else answered.delete(name);
        expect(table.at(position)).toMatchObject({ flow, sequence, fingerprint: i, size: i & 0xffff, state });
      }
    }
    expect(table.count).toBe(known.size);
    expect(table.answered).toBe(answered.size);
    const { start, positions } = table.byFlow(40);
    for (let flow = 0; flow < 40; flow++) {
      const own = [...positions.subarray(start[flow], start[flow + 1])].map((position) => table.at(position));
      expect(own.every((exchange) => exchange.flow === flow)).toBe(true);
      expect(own.length).toBe([...known.keys()].filter((name) => name.startsWith(`${flow},`)).length);
    }
  });

  test('a full table gives up the answered first, then the older half, and tells whose they were', () => {
    const told: number[] = [];
    const table = new WaitingTable(100, 100, (flow, state) => {
      if (state === ExchangeState.Waiting) told.push(flow);
    });
    for (let i = 0; i < 100; i++) {
      const state = i % 4 === 0 ? ExchangeState.Answered : ExchangeState.Waiting;
      // Without times: age is told by the frame.
      table.setTime(table.add(i, 1, 0, 0, i + 1, 0, state), Number.NaN);
    }
    table.add(500, 1, 0, 0, 500, 0, ExchangeState.Waiting);
    expect(table.count).toBeLessThanOrEqual(51);
    expect(table.count).toBeGreaterThan(30);
    // 25 of them were answered.
    expect(table.forgotten).toBe(76 - table.count);
    expect(Math.max(...told)).toBeLessThan(70);
    expect(table.find(99, 1, 0)).toBeGreaterThanOrEqual(0);
    expect(table.find(500, 1, 0)).toBeGreaterThanOrEqual(0);
  });

  test.each([1, 2 ** 31 - 4000])('half is given up of more exchanges than are sampled, from frame %d on', (first) => {
    const table = new WaitingTable(8192, 8192, () => {});
    for (let i = 0; i <= 8192; i++) table.add(i, 1, 0, 0, first + i, 0, ExchangeState.Waiting);
    expect(Math.abs(table.forgotten - 4096)).toBeLessThan(100);
    expect(table.find(table.forgotten - 1, 1, 0)).toBe(-1);
    expect(table.find(table.forgotten, 1, 0)).toBeGreaterThanOrEqual(0);
  });

  test('half is given up of more answered exchanges than are sampled', () => {
    const table = new WaitingTable(1 << 20, 8192, () => {});
    for (let i = 0; i < 8194; i++) table.add(i, 1, 0, 0, i + 1, 0, ExchangeState.Answered);
    expect(Math.abs(table.count - 4096)).toBeLessThan(100);
  });

  test('of the answered no more are kept than asked for, the newest', () => {
    const table = new WaitingTable(1 << 20, 100, (_, state) => {
      if (state !== ExchangeState.Answered) throw new Error('one that waits was given up');
    });
    for (let i = 0; i < 1000; i++) {
      table.add(1, i, 0, 0, i + 1, 0, ExchangeState.Waiting);
      if (i % 4 !== 0) table.setState(table.find(1, i, 0), ExchangeState.Answered);
    }
    expect(table.count).toBeLessThanOrEqual(2 * 250 + 2);
    expect(table.forgotten).toBe(0);
    for (let i = 0; i < 1000; i += 4) expect(table.find(1, i, 0)).toBeGreaterThanOrEqual(0);
    for (let i = 960; i < 1000; i++) expect(table.find(1, i, 0)).toBeGreaterThanOrEqual(0);
    expect(table.find(1, 1, 0)).toBe(-1);
  });

  test('detail is part of the key', () => {
    const table = new WaitingTable(100, 100, () => {});
    table.add(1, 2, 3, 0, 1, 0, ExchangeState.Waiting);
    expect(table.find(1, 2, 4)).toBe(-1);
    expect(table.find(1, 2, 3)).toBeGreaterThanOrEqual(0);
  });
});

describe('RunPool', () => {
  test('keeps runs apart by list, extends them at both ends', () => {
    const pool = new RunPool();
    let one = pool.push(1, 5, 0, 0, 1, -1);
    const other = pool.push(100, 200, 0, 0, 2, -1);
    one = pool.push(10, 12, 0, 0, 3, one);
    expect(pool.extend(one, 6)).toBe(true);
    expect(pool.extend(one, 9)).toBe(true);
    expect(pool.extend(one, 20)).toBe(false);
    expect(pool.list(one).map(({ start, end }) => [start, end])).toEqual([
      [9, 12],
      [1, 6],
    ]);
    expect([1, 6, 7, 9, 12, 13, 150].map((n) => pool.includes(one, n))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(pool.includes(other, 150)).toBe(true);
  });

  test('a million runs of one flow are added without looking through all of them each time', () => {
    const pool = new RunPool();
    let list = -1;
    for (let i = 0; i < 1_000_000; i++) {
      const sequence = (i * 40_503) % 1_000_003;
      if (!pool.includes(list, sequence) && !pool.extend(list, sequence))
        list = pool.push(sequence, sequence, 0, 0, i, list);
    }
    expect(pool.includes(list, (999_999 * 40_503) % 1_000_003)).toBe(true);
  });
});

describe('Trajectory', () => {
  test('two captures that share packets sample the same of them', () => {
    const a = new Trajectory();
    const b = new Trajectory();
    const low = (i: number): number => Math.imul(i, 0x9e3779b1) ^ (i >>> 7);
    for (let i = 0; i < 300_000; i++) {
      a.add(low(i), i, 0, false, i, i + 1);
      if (i % 3 !== 0) b.add(low(i), i, 0, false, i, i + 1);
    }
    expect(a.count).toBeLessThanOrEqual(65_536);
    expect(a.count).toBeGreaterThan(16_000);
    const selection = a.selection | b.selection;
    const shared = (t: Trajectory) =>
      pointsOf(t)
        .filter((p) => (p.low & selection) === 0 && p.sequence % 3 !== 0)
        .map((p) => p.sequence);
    expect(shared(b)).toEqual(shared(a));
    for (const point of pointsOf(a))
      expect(point).toMatchObject({ low: low(point.sequence), high: point.sequence, frame: point.sequence + 1 });
  });
});

describe('exchange sets', () => {
  const exchanges = (runs: [number, number][], exceptions: [number, ExchangeState][]): ExchangeSet =>
    ({
      runs: runs.map(([start, end]) => ({ start, end, firstTime: 0, lastTime: 0, firstFrame: 1 })),
      exceptions: exceptions
        .map(([key, state]) => ({ key, state, frame: 1, time: 0, size: 0 }))
        .sort((a, b) => a.key - b.key),
    }) as unknown as ExchangeSet;

  test('stretches say of every number what asking each vantage point for it says', () => {
    for (let round = 0; round < 300; round++) {
      const groups = Array.from({ length: 1 + below(40) }, () =>
        Array.from({ length: 1 + below(2) }, () => {
          const runs: [number, number][] = [];
          for (let at = below(5); at < 50; at += 2 + below(10)) {
            const end = at + below(8);
            runs.push([at, end]);
            at = end;
          }
          const exceptions = new Map<number, ExchangeState>();
          for (let i = 0; i < below(8); i++) {
            const key = below(60);
            const isAsked = runs.some(([start, end]) => start <= key && key <= end);
            exceptions.set(key, isAsked ? ExchangeState.Waiting : ExchangeState.Unmatched);
          }
          return exchanges(runs, [...exceptions]);
        }),
      );
      const { count, from, to, seen } = stretches(groups);
      const said = new Map<number, number[]>();
      for (let i = 0; i < count; i++) {
        for (let key = from[i]; key < to[i]; key++) {
          expect(said.has(key)).toBe(false);
          said.set(key, seen.slice(i * groups.length, (i + 1) * groups.length));
        }
      }
      for (let key = 0; key < 70; key++) {
        const expected = groups.map((sets) =>
          sets.reduce((bits, { runs, exceptions }) => {
            const state = exceptions.find((exception) => exception.key === key)?.state;
            if (state === ExchangeState.Unmatched) return bits | 2;
            if (state === ExchangeState.Waiting) return bits | 1;
            return runs.some(({ start, end }) => start <= key && key <= end) ? bits | 3 : bits;
          }, 0),
        );
        expect(said.get(key) ?? groups.map(() => 0)).toEqual(expected);
      }
    }
  });
});

describe('FragmentTable', () => {
  const add = (table: FragmentTable, offset: number, length: number, more: boolean, id = 7) =>
    table.add(4, 1, 2, id, offset, length, more, -1, 1);

  test.each([
    ['in order', [0, 1480, 2960], 1],
    ['in reverse', [2960, 1480, 0], 1],
    ['one missing', [0, 2960], 0],
    ['one doubled, one missing', [0, 0, 2960], 0],
    ['one doubled', [0, 1480, 1480, 2960], 1],
  ])('%s', (_, offsets, whole) => {
    const table = new FragmentTable();
    for (const offset of offsets) add(table, offset, offset === 2960 ? 500 : 1480, offset !== 2960);
    expect(table.field(0, FragmentField.Whole)).toBe(whole);
    expect(table.field(0, FragmentField.LargestWhole)).toBe(whole === 0 ? 0 : 3480);
  });

  test('datagrams are told apart by their identification', () => {
    const table = new FragmentTable();
    add(table, 0, 1480, true, 1);
    add(table, 1480, 20, false, 2);
    expect(table.field(0, FragmentField.Whole)).toBe(0);
  });
});

test('Talkers: pairs of addresses, each once, also the first numbers and the same numbers of both IP versions', () => {
  const talkers = new Talkers();
  for (const version of [6, 6, 4, 4, 6]) talkers.add(version, 0, 0);
  expect(talkers.table.count).toBe(2);
});

test('Talkers: pairs of addresses, each once, up to a number', () => {
  const talkers = new Talkers();
  for (let i = 0; i < 10_000; i++) talkers.add(4, i >> 1, 5);
  expect(talkers.table.count).toBe(4096);
  expect(talkers.isFull).toBe(true);
});

describe('LinkChanges', () => {
  /** Gives the selected flow a link layer that is told from others by `low`. */
  function link({ words, word }: FlowTable, low: number, packetType = -1): void {
    words[word + Word.Flags] |= FlowFlag.RequestMac;
    words[word + Word.RequestMacHigh] = (0xfffe << 16) | 0x8001;
    words[word + Word.RequestSourceLow] = -1;
    words[word + Word.RequestDestinationLow] = low;
    words[word + Word.RequestTunnel] = low & 3;
    words[word + Word.TimesToLive] = 0x4040 | ((packetType + 1) << 16);
    words[word + Word.Requests] += 10;
  }

  test('keeps the link layers of each flow in their order', () => {
    const flows = new FlowTable(100);
    const changes = new LinkChanges();
    for (let round = 0; round < 5; round++) {
      for (let flow = 0; flow < 100; flow++) {
        flows.add(0, -1, flow, 1, 2);
        link(flows, flow * 10 + round, round - 1);
        changes.add(flows, 1000 * round + flow);
      }
    }
    expect(changes.count).toBe(500);
    flows.select(37);
    const list = changes.list(flows.words[flows.word + Word.LinkChanges]);
    expect(list).toEqual(
      [0, 1, 2, 3, 4].map((round) => ({
        ...{ hasMacs: true, macHigh: (0xfffe << 16) | 0x8001, sourceLow: -1, destinationLow: 370 + round },
        ...{ tunnel: (370 + round) & 3, packetType: round - 1, until: 1000 * round + 37, requests: 10 * (round + 1) },
      })),
    );
    expect(changes.list(0)).toEqual([]);
  });

  test('keeps the first eight of a flow, and says that there were more', () => {
    const flows = new FlowTable(2);
    const changes = new LinkChanges();
    flows.add(0, -1, 1, 1, 2);
    const flags = () => flows.words[flows.word + Word.Flags] & FlowFlag.LinksLeftOut;
    for (let i = 0; i < 20; i++) {
      expect(flags() === 0).toBe(i <= 8);
      link(flows, i);
      changes.add(flows, i + 1);
    }
    const list = changes.list(flows.words[flows.word + Word.LinkChanges]);
    expect(list.map(({ until }) => until)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    flows.add(0, -1, 2, 1, 2);
    link(flows, 1);
    changes.add(flows, 100);
    expect(changes.list(flows.words[flows.word + Word.LinkChanges])).toHaveLength(1);
  });

  test('keeps no more than its limit of all flows together', () => {
    const flows = new FlowTable(40_000);
    const changes = new LinkChanges();
    for (let round = 0; round < 8; round++) {
      for (let flow = 0; flow < 40_000; flow++) {
        flows.add(0, -1, flow, 1, 2);
        link(flows, round);
        changes.add(flows, round + 1);
      }
    }
    expect(changes.count).toBe(1 << 18);
    expect(flows.words[flows.word + Word.Flags] & FlowFlag.LinksLeftOut).not.toBe(0);
    expect(changes.list(flows.words[flows.word + Word.LinkChanges])).toHaveLength(6);
  });
});
