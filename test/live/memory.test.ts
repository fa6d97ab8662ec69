/** What a live run remembers: generations, lag, held frames, findings, and the default filter. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { FrameBatch } from '../../src/capture/frames.ts';
import { emptyFacts, type HostInterface } from '../../src/host/facts.ts';
import { fileName } from '../../src/live/capture-files.ts';
import { defaultFilter } from '../../src/live/capture-filter.ts';
import { FindingWatch } from '../../src/live/finding-watch.ts';
import { dueFrames, firstSince, HeldFrames } from '../../src/live/held-frames.ts';
import { Lag } from '../../src/live/lag.ts';
import type { Finding } from '../../src/report/model.ts';
import { requirement } from '../requirements.ts';

function finding(code: string, subject: Finding['subject']): Finding {
  return { code, subject, title: code } as Finding;
}

describe('findings', () => {
  test('are raised once, stay while their counts grow, and are cleared', () => {
    const watch = new FindingWatch();
    const first = watch.update([finding('late-reply', { vni: 5, source: 'a', late: 1 })], 1000);
    expect(first.raised).toHaveLength(1);
    expect(watch.update([finding('late-reply', { vni: 5, source: 'a', late: 2 })], 2000)).toEqual({
      raised: [],
      cleared: [],
    });
    const other = watch.update([finding('late-reply', { vni: 6, source: 'a', late: 2 })], 3000);
    expect(other.raised).toHaveLength(1);
    expect(other.cleared).toMatchObject([{ since: 1000, finding: { subject: { vni: 5, late: 2 } } }]);
    expect(watch.update([], 4000).cleared).toHaveLength(1);
    expect(watch.active).toEqual([]);
  });
});

describe('lag', () => {
  test('of our own clock is all delay', () => {
    const lag = new Lag(true);
    lag.note(1e18, 1e18 + 2e8, 1e18 + 2.5e8, true);
    expect(lag.delay).toBeCloseTo(3.75e8, -3);
    expect(lag.captureTime(5e18)).toBe(5e18);
  });

  test('of another clock is its difference, and what comes on top is delay', () => {
    const lag = new Lag(false);
    expect(lag.captureTime(1e18)).toBeNaN();
    const ahead = 3600e9;
    lag.note(1e18 + ahead, 1e18 + ahead, 1e18 + 1e6, true);
    lag.note(1e18 + 1e9 + ahead, 1e18 + 1e9 + ahead, 1e18 + 1.4e9, true);
    expect(lag.captureTime(2e18) - 2e18 - ahead).toBeLessThan(0);
    expect(lag.delay / 1e9).toBeGreaterThan(0.55);
    lag.rotate();
    expect(lag.delay / 1e9).toBeGreaterThan(0.55);
    lag.rotate();
    expect(lag.delay / 1e9).toBeLessThan(0.2);
  });

  test('never waits for longer than a few seconds', () => {
    const lag = new Lag(true);
    lag.note(0, 1e18, 1e18, true);
    expect(lag.delay).toBeLessThanOrEqual(7.5e9);
  });
});

function batchOf(times: readonly number[]): FrameBatch {
  const batch = new FrameBatch();
  batch.bytes = new Uint8Array(times.length * 10).map((_, at) => at);
  batch.view = new DataView(batch.bytes.buffer);
  batch.count = times.length;
  for (const [index, time] of times.entries()) {
    batch.offset[index] = index * 10;
    batch.captured[index] = 4;
    batch.original[index] = 9;
    batch.time[index] = time;
  }
  return batch;
}

describe('held frames', () => {
  test('go in order, when they are due, with their bytes, though the batch is used again', () => {
    const held = new HeldFrames();
    const batch = batchOf([1, 2, Number.NaN, 3, 4]);
    held.hold(batch, 1, 5);
    batch.bytes.fill(255);
    batch.time.fill(0);
    const taken: [number, number][] = [];
    const take = (from: FrameBatch, start: number, end: number): void => {
      for (let i = start; i < end; i++) taken.push([from.time[i], from.view.getUint8(from.offset[i])]);
    };
    held.release(2, take);
    expect(taken).toEqual([
      [2, 10],
      [Number.NaN, 20],
    ]);
    held.release(2.5, take);
    expect(taken).toHaveLength(2);
    expect(held.isEmpty).toBe(false);
    held.release(Number.POSITIVE_INFINITY, take);
    expect(taken.slice(2)).toEqual([
      [3, 30],
      [4, 40],
    ]);
    expect(held.isEmpty).toBe(true);
  });

  test('that are too many go before their time', () => {
    const held = new HeldFrames();
    let taken = 0;
    const large = batchOf([1]);
    large.bytes = new Uint8Array(10 << 20);
    large.captured[0] = 10 << 20;
    for (let i = 0; i < 20; i++) {
      held.hold(large, 0, 1);
      held.release(0, () => taken++);
    }
    expect(taken).toBeGreaterThanOrEqual(13);
  });

  test('are found by time', () => {
    const batch = batchOf([1, 2, 3]);
    expect(dueFrames(batch, 0, 3, 2)).toBe(2);
    expect(dueFrames(batch, 0, 3, Number.NaN)).toBe(3);
    expect(firstSince(batch, 3, 2)).toBe(1);
    expect(firstSince(batch, 3, 9)).toBe(3);
    expect(firstSince(batch, 3, Number.NaN)).toBe(0);
  });
});

describe('default filter', () => {
  const card: HostInterface = {
    ...{
      name: 'ens3',
      index: 2,
      namespace: null,
      mac: null,
      mtu: 1500,
      up: true,
      master: null,
      kind: null,
      vxlan: null,
    },
    addresses: [{ address: '10.0.0.1', prefixLength: 24 }],
  };
  const vxlan = { vni: 5, port: 4799, local: null, remote: null, device: null };
  const facts = (...interfaces: Partial<HostInterface>[]) => ({
    ...emptyFacts('a'),
    interfaces: interfaces.map((one) => ({ ...card, ...one })),
  });

  test.each([
    ['a card', facts({}), true],
    ['nothing known', null, false],
    ['an interface that is not there', facts({ name: 'other' }), false],
    ['a veth', facts({ kind: 'veth' }), false],
    ['a veth with a tunnel on it', facts({ kind: 'veth' }, { name: 'v0', vxlan: { ...vxlan, device: 'ens3' } }), true],
    [
      'a bond whose address a tunnel has',
      facts({ kind: 'bond' }, { name: 'v0', vxlan: { ...vxlan, local: '10.0.0.1' } }),
      true,
    ],
    ['a tunnel', facts({ kind: 'vxlan', vxlan }), false],
    ['a bridge', facts({ kind: 'bridge' }), false],
  ])('%s', (_, given, isFiltered) => {
    const filter = defaultFilter('ens3', null, given, [7777]);
    expect(filter !== null).toBe(isFiltered);
    if (filter !== null) expect(filter).toContain('udp port 7777');
  });

  test.skipIf(!requirement('tcpdump').available)('compiles, and takes what a port alone would lose', () => {
    const filter = defaultFilter('ens3', null, facts({}), [])!;
    const compiled = execFileSync('tcpdump', ['-d', '-y', 'EN10MB', filter], { encoding: 'utf8' });
    expect(compiled).toContain('ret');
    const matched = (file: string): number =>
      execFileSync('tcpdump', ['-r', file, '-nn', filter], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).split('\n').length - 1;
    const all = (file: string, expression: string): number =>
      execFileSync('tcpdump', ['-r', file, '-nn', expression], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).split('\n').length - 1;
    const file = 'captures/mtu-black-hole/worker-ens3.pcap';
    expect(all(file, 'ip[6:2] & 0x1fff != 0')).toBeGreaterThan(0);
    expect(matched(file)).toBe(all(file, ''));
  });
});

test.each([
  ['podvm:vxlan0', 'podvm-vxlan0'],
  ['../../etc/passwd', 'etc-passwd'],
  ['vxlan0@podns', 'vxlan0@podns'],
  ['', 'capture'],
  ['-', 'capture'],
])('file name of %j', (label, expected) => {
  expect(fileName(label)).toBe(expected);
});
