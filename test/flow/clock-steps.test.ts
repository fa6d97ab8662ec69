import { describe, expect, test } from 'vitest';
import { estimateClock, offsetBounds } from '../../src/flow/clock.ts';
import { captured, type Packet, samples, type Truth } from './two-clocks.ts';

const SECOND = 1e9;
const MILLISECOND = 1e6;

/** Packets both ways every 100 ms, 0.2 to 0.6 ms on the way. */
function traffic(seconds: number, phase: number): Packet[] {
  return Array.from({ length: seconds * 10 }, (_, i) => ({
    time: i * 100 * MILLISECOND + phase,
    delay: 200_000 + ((i * 7919 + phase) % 400_000),
  }));
}

function clockOf(truth: Truth, seconds: number) {
  const forth = captured(traffic(seconds, 0), 'a-to-b', truth);
  const back = captured(traffic(seconds, 50 * MILLISECOND), 'b-to-a', truth);
  return estimateClock(forth, back, 1);
}

describe('steps', () => {
  test('one step: between which packets, and by how much', () => {
    const clock = clockOf((time) => (time > 30.02 * SECOND ? 40 * MILLISECOND : 0), 60);
    expect(clock.steps).toHaveLength(1);
    const [step] = clock.steps;
    expect(step.after).toBeLessThan(30.02 * SECOND);
    expect(step.before).toBeGreaterThan(30.02 * SECOND);
    expect(step.before - step.after).toBeLessThanOrEqual(200 * MILLISECOND);
    expect(Math.abs(step.size! - 40 * MILLISECOND)).toBeLessThan(MILLISECOND);
    expect(clock.segments[0].before).toBe(step.before);
    expect(clock.segments[1].after).toBe(step.after);
    expect(offsetBounds(clock, 10 * SECOND).atMost).toBeLessThan(MILLISECOND);
    expect(offsetBounds(clock, 50 * SECOND).atLeast).toBeGreaterThan(39 * MILLISECOND);
    const unsure = offsetBounds(clock, 30.02 * SECOND);
    expect(unsure.atLeast).toBeLessThan(0);
    expect(unsure.atMost).toBeGreaterThan(40 * MILLISECOND);
  });

  test('a step of hours, back again, and a third: each has its own size', () => {
    const sizes = [3.6e12, -3.6e12, 12 * MILLISECOND];
    const truth = (time: number) =>
      (time > 20.01 * SECOND ? sizes[0] : 0) +
      (time > 40.01 * SECOND ? sizes[1] : 0) +
      (time > 60.01 * SECOND ? sizes[2] : 0);
    const clock = clockOf(truth, 80);
    expect(clock.steps.map((step) => Math.round(step.size! / MILLISECOND))).toEqual([3.6e6, -3.6e6, 12]);
    clock.steps.forEach((step, i) => {
      expect(step.atLeast).toBeLessThanOrEqual(sizes[i]);
      expect(step.atMost).toBeGreaterThanOrEqual(sizes[i]);
      expect(step.doubtful).toBe(false);
    });
    for (let time = 0; time < 80 * SECOND; time += SECOND / 4) {
      const { atLeast, atMost } = offsetBounds(clock, time);
      expect(truth(time)).toBeGreaterThanOrEqual(atLeast!);
      expect(truth(time)).toBeLessThanOrEqual(atMost!);
    }
  });

  test('the size covers every moment at which the step may have been', () => {
    const early = (time: number) => 400e-6 * time;
    const late = (time: number) => SECOND - 400e-6 * (time - 100 * SECOND);
    const undelayed = (phase: number) =>
      [0, 10, 100, 110].map((seconds): [number, number] => {
        const time = seconds * SECOND + phase;
        return [time, seconds < 50 ? early(time) : late(time)];
      });
    const [step, ...others] = estimateClock(samples(...undelayed(1)), samples(...undelayed(0)), 0).steps;
    expect(others).toEqual([]);
    expect(step).toMatchObject({ after: 10 * SECOND + 1, before: 100 * SECOND });
    expect(step.atLeast! / MILLISECOND).toBeCloseTo(1000 - 40, 4);
    expect(step.atMost! / MILLISECOND).toBeCloseTo(1000 + 36 - 4, 4);
  });

  test('a change that drift can explain is no step', () => {
    expect(clockOf((time) => (time > 30 * SECOND ? 300_000 : 0), 60).steps).toEqual([]);
    expect(clockOf((time) => 450e-6 * time, 60).steps).toEqual([]);
  });

  test('drift beyond what clocks do is told as steps', () => {
    expect(clockOf((time) => 700e-6 * time, 60).steps.length).toBeGreaterThan(0);
  });

  test('one packet matched wrongly looks like two steps, both doubtful', () => {
    const forth = captured(traffic(60, 0), 'a-to-b', () => 0);
    const back = captured(traffic(60, 50 * MILLISECOND), 'b-to-a', () => 0);
    forth.difference[300] -= SECOND;
    const clock = estimateClock(forth, back, 1);
    expect(clock.steps.map((step) => step.doubtful)).toEqual([true, true]);
    expect(clock.segments[1].estimate).toMatchObject({ kind: 'one-sided', samples: 1 });
    expect(clock.steps[0].size).toBeNull();
    expect(clock.steps[0].atMost).toBeLessThan(-990 * MILLISECOND);
    expect(clock.steps[1].atLeast).toBeGreaterThan(990 * MILLISECOND);
    expect(offsetBounds(clock, 20 * SECOND).atMost).toBeLessThan(MILLISECOND);
    expect(offsetBounds(clock, 50 * SECOND).atLeast).toBeGreaterThan(-MILLISECOND);
  });

  test('samples that contradict each other at one and the same time', () => {
    const clock = estimateClock(samples([5, 10]), samples([5, 20]), 0);
    expect(clock.steps).toHaveLength(1);
    expect(clock.steps[0]).toMatchObject({ after: 5, before: 5, time: 5 });
    expect(offsetBounds(clock, 5)).toEqual({ atLeast: null, atMost: null });
  });

  test('the order in which samples are given does not matter', () => {
    const truth: Truth = (time) => (time > 30.02 * SECOND ? 40 * MILLISECOND : 0);
    const reversed = (phase: number, direction: 'a-to-b' | 'b-to-a') =>
      captured(traffic(60, phase).reverse(), direction, truth);
    expect(estimateClock(reversed(0, 'a-to-b'), reversed(50 * MILLISECOND, 'b-to-a'), 1)).toEqual(clockOf(truth, 60));
  });
});
