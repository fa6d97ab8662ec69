/** The link layers of a flow's requests over time, from packets to periods. */
import { describe, expect, test } from 'vitest';
import { linkPeriods } from '../../src/flow/link.ts';
import type { Observations } from '../../src/flow/observations.ts';
import { Sighting } from '../../src/flow/sighting.ts';
import { pack, unpack } from '../../src/flow/transfer.ts';
import type { Vantage } from '../../src/flow/vantage.ts';
import { observe } from './correlating.ts';
import { ethernet, icmpEcho, ipv4, mac, vxlan } from './encoding.ts';
import type { Frame } from './simulation.ts';

interface Way {
  destination?: number;
  source?: number;
  timeToLive?: number;
  /** Last byte of the outer destination; bare without. */
  remote?: number;
}

/** Requests of one flow, each in its own way. */
function requests(ways: readonly Way[]): Frame[] {
  return ways.map(({ destination = 2, source = 1, timeToLive = 64, remote }, index) => {
    const header = { source: [10, 0, 0, 1], destination: [10, 0, 0, 2], timeToLive };
    const inner = ethernet(mac(source), mac(destination), 0x0800, ipv4(header, 1, icmpEcho(8, 7, index + 1, [1, 2])));
    const bytes = remote === undefined ? inner : vxlan(5, [192, 0, 2, 1], [192, 0, 2, remote], inner);
    return { time: 1e9 + index * 1e8, bytes };
  });
}

function sightingIn(observations: Observations): Sighting {
  return new Sighting({ observations } as Vantage, 0);
}

const times = (count: number, way: Way): Way[] => Array.from({ length: count }, () => way);
const periodsOf = (ways: readonly Way[]) => linkPeriods(sightingIn(observe(requests(ways))));

describe('linkPeriods', () => {
  test('is one as long as nothing changes but the hops', () => {
    const ways = [...times(3, { timeToLive: 64 }), ...times(2, { timeToLive: 63 })];
    expect(periodsOf(ways)).toEqual([
      {
        ...{ source: '0a:58:0a:84:02:01', destination: '0a:58:0a:84:02:02', packetType: -1, tunnel: -1 },
        ...{ from: 1, until: Number.POSITIVE_INFINITY, requests: 5 },
      },
    ]);
  });

  test.each([
    ['destination MAC', {}, { destination: 9 }],
    ['source MAC', {}, { source: 9 }],
    ['tunnel', { remote: 2 }, { remote: 3 }],
  ] as [string, Way, Way][])('begins anew with another %s', (_, before, after) => {
    const periods = periodsOf([...times(3, before), ...times(4, after), ...times(2, before)]);
    expect(periods.map(({ from, until, requests }) => [from, until, requests])).toEqual([
      [1, 4, 3],
      [4, 8, 4],
      [8, Number.POSITIVE_INFINITY, 2],
    ]);
    expect({ ...periods[2], from: 1, until: 4, requests: 3 }).toEqual(periods[0]);
    expect({ ...periods[1], from: 1, until: 4, requests: 3 }).not.toEqual(periods[0]);
  });

  test('ends with what is kept', () => {
    const periods = periodsOf(Array.from({ length: 30 }, (_, index) => ({ destination: index % 2 })));
    expect(periods.map(({ from, until }) => [from, until])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, n + 1]));
  });

  test('is the same in another thread', () => {
    const observations = observe(requests([...times(3, {}), ...times(3, { destination: 9 })]));
    const before = linkPeriods(sightingIn(observations));
    const { parcel, buffers } = pack(observations);
    const arrived = unpack(structuredClone(parcel, { transfer: buffers }));
    expect(linkPeriods(sightingIn(arrived))).toEqual(before);
    expect(before).toHaveLength(2);
  });
});
