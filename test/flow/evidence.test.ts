/** What decides where a flow belongs and how its vantage points are ordered, piece by piece. */
import { describe, expect, test } from 'vitest';
import type { Exception, ExchangeSet } from '../../src/flow/exceptions.ts';
import { FlowTable, Word } from '../../src/flow/flow-table.ts';
import { type FlowEnds, route, type Waypoint } from '../../src/flow/path.ts';
import { RecentPackets, Sighting } from '../../src/flow/recent.ts';
import { alignRounds } from '../../src/flow/round-alignment.ts';
import { RoundTrips } from '../../src/flow/round-trips.ts';
import type { PacketSamples } from '../../src/flow/sampled-packets.ts';
import { Sighting as FlowSighting } from '../../src/flow/sighting.ts';
import type { Vantage } from '../../src/flow/vantage.ts';
import { ExchangeState } from '../../src/flow/waiting-table.ts';
import { accounts, joined, observe } from './correlating.ts';
import { arp, ethernet, icmpEcho, ipv4, mac, vxlan } from './encoding.ts';
import { type Frame, random } from './simulation.ts';

describe('route', () => {
  const ENDS: FlowEnds = { source: 's', destination: 'd', outerSource: 'S', outerDestination: 'D' };

  interface Known {
    label: string;
    host?: string;
    kind?: string;
    requests?: number;
    hops?: number;
    types?: number;
  }

  function waypoint({ label, host, kind = 'overlay', requests = 1, hops = 64, types = 0 }: Known): Waypoint {
    const flows = new FlowTable(1);
    flows.add(0, -1, 1, 2, 3);
    flows.words[flows.word + Word.TimesToLive] = hops;
    flows.words[flows.word + Word.Flags] = types;
    flows.words[flows.word + Word.Requests] = requests;
    const observations = { flows, tunnels: { field: () => 0 } };
    const vantage = { label, host: host ?? null, kind, observations } as unknown as Vantage;
    return { vantage, sightings: [new FlowSighting(vantage, 0)] };
  }

  const NONE = {
    owns: () => false,
    travelTime: () => null,
    pooledOrder: () => 0,
    roundTripOrder: () => 0,
    reachesBeyond: () => false,
  };
  const isFirst = (label: string) => (from: Waypoint) => (from.vantage.label === label ? 1 : -1);

  test.each([
    ['round trips of the same exchanges', {}, {}, { roundTripOrder: isFirst('b') }, true],
    ['the clock of one host', { host: 'h' }, { host: 'h' }, { travelTime: isFirst('b') }, true],
    [
      'who owns the ends',
      { host: 'y' },
      { host: 'x' },
      { owns: (host: string, address: string) => host === 'x' && address === 'S' },
      true,
    ],
    ['other flows of the same ends', {}, {}, { pooledOrder: (from: Vantage) => (from.label === 'b' ? 1 : -1) }, true],
    ['packet types', { types: 1 }, { types: 16 }, {}, true],
    ['time to live', { hops: 63 }, { hops: 64 }, {}, true],
    ['who saw more', { requests: 3 }, { requests: 5 }, {}, false],
    ['clocks at their word', {}, {}, { travelTime: isFirst('b') }, false],
    ['what people doubt', { kind: 'overlay' }, { kind: 'underlay' }, {}, false],
  ] as const)('%s puts b before a', (_, a, b, evidence, certain) => {
    const known = { ...NONE, ...evidence } as typeof NONE;
    const points = [waypoint({ label: 'a', ...a }), waypoint({ label: 'b', ...b })];
    for (const order of [points, [...points].reverse()]) {
      const { order: sorted, certain: isCertain } = route(order, ENDS, known, known);
      expect(sorted.map(({ vantage }) => vantage.label)).toEqual(['b', 'a']);
      expect(isCertain).toBe(certain);
    }
  });

  test('evidence that goes round in circles gives one order whatever the order of the captures', () => {
    const points = ['a', 'b', 'c'].map((label) => waypoint({ label }));
    const circle = (from: Waypoint, to: Waypoint) => ('abca'.includes(from.vantage.label + to.vantage.label) ? 1 : -1);
    const orders = [points, [points[2], points[0], points[1]], [...points].reverse()].map((given) =>
      route(given, ENDS, NONE, { ...NONE, roundTripOrder: circle })
        .order.map(({ vantage }) => vantage.label)
        .join(''),
    );
    expect(orders).toEqual(['abc', 'abc', 'abc']);
  });
});

describe('alignRounds', () => {
  function aligned(
    seen: [low: number, sequence: number][][],
    waiting: number[][],
  ): { runs: number[][]; keys: number[] }[] {
    const sets = seen.map((points, index) => {
      const runs = points.map(([, sequence]) => ({ start: sequence, end: sequence }));
      const exceptions = waiting[index].map((key) => ({ key, state: ExchangeState.Waiting }) as Exception);
      return { sighting: { vantage: index, flow: 0 }, runs, exceptions } as unknown as ExchangeSet;
    });
    const packets = {
      of: (vantage: unknown) => ({
        requestsOf: () => seen[vantage as number].map(([low, sequence]) => ({ low, sequence })),
      }),
    } as unknown as PacketSamples;
    alignRounds(sets, packets);
    return sets.map(({ runs, exceptions }) => ({
      runs: runs.map((run) => [run.start, run.end]),
      keys: exceptions.map(({ key }) => key),
    }));
  }

  const R = 65536;

  test.each([
    [
      'a later start in the next round',
      [
        [
          [1, 2 * R - 1],
          [2, 2 * R],
          [3, 2 * R + 1],
        ],
        [
          [2, R],
          [3, R + 1],
        ],
      ],
      [[], [R]],
      [2 * R, 2 * R + 1],
      [2 * R],
    ],
    [
      'a reuse taken for overtaken packets',
      [
        [
          [1, R + 5],
          [2, 2 * R + 3],
        ],
        [
          [1, R + 5],
          [2, R + 3],
        ],
      ],
      [[], [R + 3]],
      [R + 5, 2 * R + 3],
      [2 * R + 3],
    ],
    ['other packets with the same numbers', [[[1, R]], [[9, R]]], [[], [R]], [2 * R], [2 * R]],
    [
      'packets that only the second saw stay where they are',
      [
        [[1, R]],
        [
          [1, R],
          [2, R + 1],
        ],
      ],
      [[], []],
      [R, R + 1],
      [],
    ],
    [
      'the same bytes again',
      [
        [
          [1, R],
          [1, 2 * R],
        ],
        [
          [1, R],
          [1, 2 * R],
        ],
      ],
      [[], []],
      [R, 2 * R],
      [],
    ],
  ] as [string, [number, number][][], number[][], number[], number[]][])('%s', (_, seen, waiting, starts, keys) => {
    const [, second] = aligned(seen, waiting);
    expect(second.runs.map(([start]) => start)).toEqual(starts);
    expect(second.keys).toEqual(keys);
  });
});

describe('RoundTrips', () => {
  test.each([
    [1, 1e-6],
    [8, 1e-6],
    [9, 1e-6],
    [100, 1e-6],
    [128, 1e-6],
    [5000, 0.1],
  ])('of %d times the quantiles are right within %d', (count, tolerance) => {
    const draw = random(count);
    const flows = new FlowTable(10);
    const trips = new RoundTrips();
    const times: number[] = [];
    flows.add(0, 0, 0, 0, 0);
    for (let i = 0; i < count; i++) {
      trips.latest = 1e4 * 10 ** (draw() * 4);
      times.push(trips.latest / 1000);
      trips.add(flows, flows.word);
    }
    times.sort((a, b) => a - b);
    const { median, p99 } = trips.quantiles(flows);
    for (const [quantile, value] of [
      [0.5, median],
      [0.99, p99],
    ]) {
      const position = quantile * (count - 1);
      const low = times[Math.floor(position)];
      const exact = low + (times[Math.ceil(position)] - low) * (position % 1);
      // The flow's record has the exact extremes, and the report stays between them.
      const within = Math.min(times[count - 1], Math.max(times[0], value));
      expect(Math.abs(within / exact - 1)).toBeLessThanOrEqual(tolerance + 1e-6);
    }
  });
});

test('RecentPackets tells a copy from the same packet elsewhere and from another', () => {
  const recent = new RecentPackets();
  recent.remember(77, 5, 1);
  expect(recent.sighting(77, 5, 1)).toBe(Sighting.Duplicate);
  expect(recent.sighting(77, 5, 2)).toBe(Sighting.Elsewhere);
  expect(recent.sighting(77, 6, 1)).toBe(Sighting.New);
  expect(recent.sighting(78, 5, 1)).toBe(Sighting.New);
});

describe('a capture that saw nothing of a flow', () => {
  const A = [10, 0, 0, 1];
  const B = [10, 0, 0, 2];
  const C = [10, 0, 0, 3];
  const ask = (sender: number[], target: number[]) =>
    ethernet(mac(1), mac(0xffffff), 0x0806, arp(1, mac(1), sender, mac(0), target));
  const echo = (type: 8 | 0, source: number[], destination: number[], sequence: number) =>
    ethernet(mac(1), mac(2), 0x0800, ipv4({ source, destination }, 1, icmpEcho(type, 7, sequence, [1, 2, 3])));
  const requests: Frame[] = [1, 2, 3].map((n) => ({ time: n * 1e9, bytes: echo(8, A, B, n) }));
  const question: Frame = { time: 5e8, bytes: ask(A, B) };

  /** The losses of the echoes from A to B, which `asked` saw and `other` did not. */
  function losses(other: Frame[]): string[] {
    const late: Frame = { time: 9e9, bytes: ask(C, A) };
    const flows = joined(
      [
        { label: 'asked', frames: [question, ...requests, late] },
        { label: 'other', frames: [...other, late] },
      ].map(({ label, frames }) => ({ label, host: null, observations: observe(frames) })),
    );
    return Object.entries(accounts(flows)).find(([name]) => name.includes('10.0.0.1 10.0.0.2 7'))![1].losses;
  }

  test('is not on its way for having heard the question for the address, as all of the network did', () => {
    const elsewhere: Frame = { time: 6e8, bytes: echo(8, C, [10, 0, 0, 9], 1) };
    expect(losses([question, elsewhere])).toEqual(['no-reply asked undefined 3']);
  });

  test('is on its way where other packets to the address pass', () => {
    const beside: Frame = { time: 6e8, bytes: echo(8, C, B, 1) };
    expect(losses([question, beside])).toEqual(['request asked other 3']);
  });
});

test.each([
  [1, { answered: 1, losses: [] }],
  [3, { answered: 0, losses: ['reply owner bystander 3'] }],
])(
  'the answer to a question for all goes to the asker; asked %i times within seconds it did not arrive',
  (times, expected) => {
    const [asker, owner] = [
      [10, 0, 0, 254],
      [10, 0, 0, 1],
    ];
    const questions: Frame[] = Array.from({ length: times }, (_, n) => {
      return {
        time: (n + 1) * 1e9,
        bytes: ethernet(mac(7), mac(0xffffff), 0x0806, arp(1, mac(7), asker, mac(0), owner)),
      };
    });
    const answers = questions.map(({ time }) => {
      return { time: time + 1e5, bytes: ethernet(mac(1), mac(7), 0x0806, arp(2, mac(1), owner, mac(7), asker)) };
    });
    const late: Frame = { time: 9e9, bytes: ethernet(mac(2), mac(3), 0x88cc, [0]) };
    const captures = [
      { label: 'owner', frames: [...questions, ...answers, late].sort((a, b) => a.time - b.time) },
      { label: 'bystander', frames: [...questions, late] },
    ];
    const flows = joined(captures.map(({ label, frames }) => ({ label, host: null, observations: observe(frames) })));
    expect(Object.values(accounts(flows))).toMatchObject([expected]);
  },
);

describe('one capture of all devices', () => {
  const A = [10, 0, 0, 1];
  const B = [10, 0, 0, 2];
  /** Sent by one device, met at a bridge, and in VXLAN at the card. */
  function everywhere(time: number, type: 8 | 0, sequence: number, data: number): Frame[] {
    const isRequest = type === 8;
    const header = { source: isRequest ? A : B, destination: isRequest ? B : A, identification: sequence * 2 + type };
    const packet = ipv4(header, 1, icmpEcho(type, 7, sequence, [data, 1, 2, 3]));
    const at = (source: number, destination: number) => ethernet(mac(source), mac(destination), 0x0800, packet);
    const ends: [number[], number[]] = [
      [192, 168, 0, 1],
      [192, 168, 0, 2],
    ];
    if (!isRequest) ends.reverse();
    return [at(1, 2), at(3, 4), vxlan(5, ...ends, at(3, 4))].map((bytes, i) => ({ time: time + i * 1e3, bytes }));
  }

  test('a packet met at three places is one packet, and no duplicate', () => {
    const frames = [1, 2, 3, 4].flatMap((n) => {
      const reply =
        n === 3
          ? []
          : everywhere(n * 1e8 + 1e6, 0, n, n)
              .reverse()
              .map((frame, i) => ({ ...frame, time: n * 1e8 + 1e6 + i }));
      return [...everywhere(n * 1e8, 8, n, n), ...reply];
    });
    const late = everywhere(9e9, 8, 5, 5);
    const [flow, ...others] = Object.values(
      accounts(joined([{ label: 'any', host: null, observations: observe([...frames, ...late]) }])),
    );
    expect(others).toEqual([]);
    expect(flow).toMatchObject({
      requests: 5,
      answered: 3,
      unanswered: 1,
      pending: 1,
      duplicateRequests: 0,
      duplicateReplies: 0,
    });
  });

  test('the same identifier and numbers in an overlay that was not captured elsewhere are another flow', () => {
    const bare = (data: number, n: number): Frame => everywhere(n * 1e8, 8, n, data)[0];
    const wrapped = (data: number, n: number): Frame => everywhere(n * 1e8, 8, n, data)[2];
    const captures = [
      { label: 'overlay', host: null, observations: observe([1, 2, 3].map((n) => bare(100 + n, n))) },
      { label: 'underlay', host: null, observations: observe([1, 2, 3].map((n) => wrapped(n, n))) },
    ];
    const flows = joined(captures);
    expect(flows.map(({ vni, requests }) => [vni, requests]).sort()).toEqual(
      [
        [5, 3],
        [null, 3],
      ].sort(),
    );
  });
});
