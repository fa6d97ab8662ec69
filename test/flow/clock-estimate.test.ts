import { describe, expect, test } from 'vitest';
import { type ClockSegments, delayBounds, estimateClock, offsetBounds } from '../../src/flow/clock.ts';
import { captured, line, NO_SAMPLES, type Packet, samples } from './two-clocks.ts';

const SECOND = 1e9;
const HOUR = 3600 * SECOND;

function twoSided(clock: ClockSegments) {
  const { estimate } = clock.segments[0];
  if (estimate.kind !== 'two-sided') throw new Error(estimate.kind);
  return estimate;
}

/** One packet each way per second, `forth` and `back` nanoseconds on the way. */
function ping(seconds: number, forth: number, back: number): [Packet[], Packet[]] {
  const times = Array.from({ length: seconds }, (_, i) => i * SECOND);
  return [times.map((time) => ({ time, delay: forth })), times.map((time) => ({ time: time + 1000, delay: back }))];
}

describe('clocks that do not drift', () => {
  test('largest lower and smallest upper limit, and half their distance', () => {
    const [forth, back] = ping(10, 300, 100);
    const truth = line(-7 * HOUR, 0);
    const clock = estimateClock(captured(forth, 'a-to-b', truth), captured(back, 'b-to-a', truth), 0);
    const estimate = twoSided(clock);
    expect(estimate.withoutSkew!.atMost).toBeCloseTo(-7 * HOUR + 300, 0);
    expect(estimate.withoutSkew!.atLeast).toBeCloseTo(-7 * HOUR - 100, 0);
    expect(estimate.skew).toBe(0);
    expect(estimate.offset).toBeCloseTo(-7 * HOUR + 100, 0);
    expect(estimate.uncertainty).toBeGreaterThan(199.9);
    expect(estimate.uncertainty).toBeLessThan(201);
    expect(estimate.samples).toBe(20);
  });

  test('one packet each way at the same time: exact there, wider by the largest drift elsewhere', () => {
    const clock = estimateClock(samples([SECOND, 50]), samples([SECOND, 10]), 0);
    expect(twoSided(clock)).toMatchObject({ at: SECOND, skewAtLeast: -500e-6, skewAtMost: 500e-6 });
    const there = offsetBounds(clock, SECOND);
    expect(there.atLeast).toBeCloseTo(10, 4);
    expect(there.atMost).toBeCloseTo(50, 4);
    for (const time of [0, 2 * SECOND]) {
      const { atLeast, atMost } = offsetBounds(clock, time);
      expect(atLeast).toBeCloseTo(10 - 500_000, 4);
      expect(atMost).toBeCloseTo(50 + 500_000, 4);
    }
  });

  test('no drift is claimed where a constant offset is possible', () => {
    const clock = estimateClock(samples([0, 300], [SECOND, 400]), samples([0, 0], [SECOND, 100]), 0);
    const estimate = twoSided(clock);
    expect(estimate.skew).toBe(0);
    expect(estimate.skewAtLeast).toBeCloseTo(-200e-9, 12);
    expect(estimate.skewAtMost).toBeCloseTo(400e-9, 12);
  });

  test('the timestamp resolution widens the bound by one unit on both sides', () => {
    const forth = samples([0, 5000]);
    const back = samples([0, 5000]);
    expect(twoSided(estimateClock(forth, back, 0)).uncertainty).toBeLessThan(1e-6);
    const coarse = twoSided(estimateClock(forth, back, 1000));
    expect(coarse.offset).toBe(5000);
    expect(coarse.uncertainty).toBeGreaterThanOrEqual(1000);
    expect(coarse.uncertainty).toBeLessThan(1002);
  });

  test('limits that contradict each other by less than the resolution are no step', () => {
    expect(estimateClock(samples([0, 4000]), samples([0, 5000]), 1000).steps).toEqual([]);
    expect(estimateClock(samples([0, 4000]), samples([0, 5000]), 100).steps).toHaveLength(1);
  });
});

describe('clocks that drift', () => {
  const [forth, back] = ping(60, 120_000, 180_000);
  const truth = line(2 * HOUR, 20e-6);
  const clock = estimateClock(captured(forth, 'a-to-b', truth), captured(back, 'b-to-a', truth), 1);

  test('a constant offset is ruled out and the drift is bounded', () => {
    const estimate = twoSided(clock);
    expect(estimate.withoutSkew).toBeNull();
    expect(estimate.skewAtLeast).toBeGreaterThan(0);
    expect(estimate.skewAtLeast).toBeLessThanOrEqual(20e-6);
    expect(estimate.skewAtMost).toBeGreaterThanOrEqual(20e-6);
    expect(estimate.skew).toBeCloseTo(20e-6, 7);
    expect(estimate.uncertainty).toBeLessThan(151_000);
  });

  test('delays are intervals around the truth, as narrow as the round trip', () => {
    const { atLeast, atMost } = delayBounds(clock, 30 * SECOND, truth(30 * SECOND) + 120_000);
    expect(atLeast).toBe(0);
    expect(atMost).toBeGreaterThanOrEqual(300_000);
    expect(atMost).toBeLessThan(301_000);
    const slow = delayBounds(clock, 30 * SECOND, truth(30 * SECOND) + 5_000_000);
    expect(slow.atLeast).toBeGreaterThan(4_870_000);
    expect(slow.atLeast).toBeLessThanOrEqual(5_000_000);
    expect(slow.atMost).toBeLessThan(5_190_000);
    const slowBack = delayBounds(clock, 30 * SECOND, truth(30 * SECOND) - 5_000_000, 'b-to-a');
    expect(slowBack.atLeast).toBeGreaterThan(4_810_000);
    expect(slowBack.atLeast).toBeLessThanOrEqual(5_000_000);
    expect(slowBack.atMost).toBeGreaterThanOrEqual(5_000_000);
  });
});

describe('too little to go by', () => {
  test('no samples', () => {
    const clock = estimateClock(NO_SAMPLES, NO_SAMPLES, 1);
    expect(clock).toEqual({
      segments: [{ after: null, before: null, estimate: { kind: 'none' } }],
      steps: [],
      margin: 1.001,
    });
    expect(offsetBounds(clock, 0)).toEqual({ atLeast: null, atMost: null });
    expect(delayBounds(clock, 0, 5)).toEqual({ atLeast: 0, atMost: null });
  });

  test('samples without a time are left out', () => {
    const clock = estimateClock(samples([NaN, 1], [5, NaN], [Infinity, 3], [1, 1e300]), NO_SAMPLES, 1);
    expect(clock.segments[0].estimate.kind).toBe('none');
    const one = estimateClock(samples([NaN, -9], [7, 3]), NO_SAMPLES, 0);
    expect(one.segments[0].estimate).toMatchObject({ kind: 'one-sided', atLeast: null, at: 7, samples: 1 });
  });

  test('entries behind `count` are not read', () => {
    const forth = samples([0, 100], [1, -100]);
    forth.count = 1;
    expect(estimateClock(forth, samples([0, 50]), 0).steps).toEqual([]);
    forth.count = 1000;
    expect(estimateClock(forth, samples([0, 50]), 0).steps).toHaveLength(1);
  });

  test('one direction: a packet that took longer than another is known to have taken that much', () => {
    const clock = estimateClock(samples([0, 1000], [10, 1400]), NO_SAMPLES, 0);
    const { atLeast, atMost } = delayBounds(clock, 10, 1400);
    expect(atLeast).toBeCloseTo(400, 1);
    expect(atMost).toBeNull();
  });

  test('a time or difference that is not a number has no bound', () => {
    const clock = estimateClock(samples([0, 10]), samples([0, 5]), 0);
    expect(offsetBounds(clock, NaN)).toEqual({ atLeast: null, atMost: null });
    expect(delayBounds(clock, 0, NaN)).toEqual({ atLeast: 0, atMost: null });
  });
});

describe('large numbers', () => {
  test('times of 1e17 ns and an offset of years', () => {
    const start = 1e17;
    const years = 3 * 365 * 24 * HOUR;
    const [forth, back] = ping(60, 2000, 2000).map((way) => way.map((p) => ({ ...p, time: start + p.time })));
    const truth = line(years, 0);
    const clock = estimateClock(captured(forth, 'a-to-b', truth), captured(back, 'b-to-a', truth), 1000);
    const estimate = twoSided(clock);
    expect(Math.abs(estimate.offset - years)).toBeLessThanOrEqual(estimate.uncertainty);
    expect(estimate.uncertainty).toBeLessThan(3500);
  });

  test('many thousands of equal samples', () => {
    const count = 50_000;
    const forth = { time: new Float64Array(count).fill(7), difference: new Float64Array(count).fill(90), count };
    const back = { time: new Float64Array(count).fill(7), difference: new Float64Array(count).fill(30), count };
    const estimate = twoSided(estimateClock(forth, back, 0));
    expect(estimate.offset).toBeCloseTo(60, 6);
    expect(estimate.uncertainty).toBeCloseTo(30, 6);
    expect(estimate.upper.time).toEqual([7]);
    expect(estimate.samples).toBe(2 * count);
  });

  test('a hundred thousand samples with a hundred steps take no quadratic time', () => {
    const count = 50_000;
    const truth = (time: number) => Math.floor(time / (600 * SECOND)) * 50_000_000;
    const packets = Array.from({ length: count }, (_, i) => ({ time: i * 1.2 * SECOND, delay: (i * 7919) % 400_000 }));
    const started = performance.now();
    const clock = estimateClock(captured(packets, 'a-to-b', truth), captured(packets, 'b-to-a', truth), 1);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(clock.steps).toHaveLength(99);
    for (const step of clock.steps) {
      expect(step.atLeast).toBeLessThanOrEqual(50_000_000);
      expect(step.atMost).toBeGreaterThanOrEqual(50_000_000);
    }
  });
});
