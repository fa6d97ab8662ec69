import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClockSegments, delayBounds, estimateClock, offsetBounds } from '../../src/flow/clock.ts';
import { captured, line, NO_SAMPLES, type Packet, samples, type Truth } from './two-clocks.ts';

const SECOND = 1e9;
const RUNS = { numRuns: 800, seed: 20_231_020 };

/** Two clocks and the packets between them. */
const scenario: fc.Arbitrary<Scenario> = fc.integer({ min: 1, max: 600 }).chain((seconds) =>
  fc.tuple(fc.constantFrom(1e3, 1e5, 1e6, 1e8), fc.constantFrom(0, 0, 1e15, 1e17)).chain(([slowest, start]) => {
    const packet = fc.record({
      time: fc.integer({ min: 0, max: seconds * SECOND }).map((time) => start + time),
      delay: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: slowest })),
    });
    return fc.record({
      offset: fc.double({ min: -1e13, max: 1e13, noNaN: true }),
      skew: fc.oneof(fc.constant(0), fc.double({ min: -400e-6, max: 400e-6, noNaN: true })),
      unit: fc.constantFrom(1, 1000),
      start: fc.constant(start),
      seconds: fc.constant(seconds),
      forth: fc.array(packet, { minLength: 1, maxLength: 60 }),
      back: fc.array(packet, { minLength: 1, maxLength: 60 }),
    });
  }),
);

interface Scenario {
  offset: number;
  skew: number;
  unit: number;
  /** When the captures start, on A's clock. */
  start: number;
  seconds: number;
  forth: Packet[];
  back: Packet[];
}

function truthOf({ offset, skew, start }: Scenario): Truth {
  return line(offset, skew, start);
}

function expectInside(clock: ClockSegments, truth: Truth, time: number): void {
  const { atLeast, atMost } = offsetBounds(clock, time);
  if (atLeast !== null) expect(truth(time)).toBeGreaterThanOrEqual(atLeast);
  if (atMost !== null) expect(truth(time)).toBeLessThanOrEqual(atMost);
}

/** Plain data only: JSON would turn NaN and Infinity into null. */
function expectFinite(value: unknown): void {
  if (typeof value === 'number') expect(value).toSatisfy(Number.isFinite);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) expectFinite(part);
  else expect(['string', 'boolean', 'object']).toContain(typeof value);
}

describe('the truth stays inside the stated bound', () => {
  test('of the offset, at every sample and anywhere else', () => {
    fc.assert(
      fc.property(scenario, fc.double({ min: -1, max: 2, noNaN: true }), (given, elsewhere) => {
        const truth = truthOf(given);
        const forth = captured(given.forth, 'a-to-b', truth, given.unit);
        const back = captured(given.back, 'b-to-a', truth, given.unit);
        const clock = estimateClock(forth, back, given.unit);
        expect(clock.steps).toEqual([]);
        const { estimate } = clock.segments[0];
        if (estimate.kind !== 'two-sided') throw new Error(estimate.kind);
        for (const { time } of [...given.forth, ...given.back]) expectInside(clock, truth, time);
        expectInside(clock, truth, given.start + elsewhere * given.seconds * SECOND);
        expect(Math.abs(truth(estimate.at) - estimate.offset)).toBeLessThanOrEqual(estimate.uncertainty);
        expect(given.skew).toBeGreaterThanOrEqual(estimate.skewAtLeast);
        expect(given.skew).toBeLessThanOrEqual(estimate.skewAtMost);
        expect(estimate.samples).toBe(given.forth.length + given.back.length);
      }),
      RUNS,
    );
  });

  test('of every one-way delay, both ways', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const truth = truthOf(given);
        const forth = captured(given.forth, 'a-to-b', truth, given.unit);
        const back = captured(given.back, 'b-to-a', truth, given.unit);
        const clock = estimateClock(forth, back, given.unit);
        given.forth.forEach((packet, i) => {
          const delay = delayBounds(clock, forth.time[i], forth.difference[i]);
          expect(packet.delay).toBeGreaterThanOrEqual(delay.atLeast);
          expect(packet.delay).toBeLessThanOrEqual(delay.atMost!);
        });
        given.back.forEach((packet, i) => {
          const delay = delayBounds(clock, back.time[i], back.difference[i], 'b-to-a');
          expect(packet.delay).toBeGreaterThanOrEqual(delay.atLeast);
          expect(packet.delay).toBeLessThanOrEqual(delay.atMost!);
        });
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  test('with one direction only, which bounds one side only', () => {
    fc.assert(
      fc.property(scenario, fc.boolean(), (given, forward) => {
        const truth = truthOf(given);
        const clock = forward
          ? estimateClock(captured(given.forth, 'a-to-b', truth, given.unit), NO_SAMPLES, given.unit)
          : estimateClock(NO_SAMPLES, captured(given.back, 'b-to-a', truth, given.unit), given.unit);
        const { estimate } = clock.segments[0];
        if (estimate.kind !== 'one-sided') throw new Error(estimate.kind);
        if (forward) {
          expect(estimate.atLeast).toBeNull();
          expect(truth(estimate.at)).toBeLessThanOrEqual(estimate.atMost!);
        } else {
          expect(estimate.atMost).toBeNull();
          expect(truth(estimate.at)).toBeGreaterThanOrEqual(estimate.atLeast!);
        }
        for (const { time } of forward ? given.forth : given.back) {
          const bounds = offsetBounds(clock, time);
          expect(forward ? bounds.atLeast : bounds.atMost).toBeNull();
          expectInside(clock, truth, time);
        }
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  test('across a step, whose place and size are bounded too', () => {
    const jitter = fc.array(fc.integer({ min: 0, max: 900_000 }), { minLength: 240, maxLength: 240 });
    fc.assert(
      fc.property(
        fc.double({ min: -1e13, max: 1e13, noNaN: true }),
        fc.double({ min: -400e-6, max: 400e-6, noNaN: true }),
        fc.oneof(fc.double({ min: 5e6, max: 1e13, noNaN: true }), fc.double({ min: -1e13, max: -5e6, noNaN: true })),
        fc.integer({ min: 20, max: 100 }),
        jitter,
        (offset, skew, size, position, delays) => {
          const stepTime = position * SECOND + 0.75 * SECOND;
          const before = line(offset, skew);
          const truth: Truth = (time) => before(time) + (time > stepTime ? size : 0);
          const packets = delays.map((delay, i) => ({ time: (i >> 1) * SECOND + (i & 1) * 1_000_000, delay }));
          const forth = packets.filter((_, i) => i % 2 === 0);
          const back = packets.filter((_, i) => i % 2 === 1);
          const clock = estimateClock(captured(forth, 'a-to-b', truth), captured(back, 'b-to-a', truth), 1);
          expect(clock.steps).toHaveLength(1);
          const step = clock.steps[0];
          expect(step.after).toBeLessThan(stepTime);
          expect(step.before).toBeGreaterThanOrEqual(stepTime);
          expect(step.before - step.after).toBeLessThanOrEqual(20 * SECOND);
          expect(step.time).toBe((step.after + step.before) / 2);
          expect(size).toBeGreaterThanOrEqual(step.atLeast!);
          expect(size).toBeLessThanOrEqual(step.atMost!);
          expect(Math.sign(step.size!)).toBe(Math.sign(size));
          expect(step.doubtful).toBe(false);
          for (const { time } of packets) expectInside(clock, truth, time);
        },
      ),
      { ...RUNS, numRuns: 200 },
    );
  });

  test('whatever the samples are, nothing throws and nothing is infinite or NaN', () => {
    const anything = fc.array(
      fc.tuple(
        fc.oneof(fc.double(), fc.integer({ min: 0, max: 100 }), fc.double({ min: -1e17, max: 1e17 })),
        fc.oneof(fc.double({ min: -1e18, max: 1e18 }), fc.integer({ min: -100, max: 100 })),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(anything, anything, fc.double(), fc.double(), (forth, back, resolution, time) => {
        const clock = estimateClock(samples(...forth), samples(...back), resolution);
        expect(clock.steps).toHaveLength(clock.segments.length - 1);
        expectFinite(clock);
        const { atLeast, atMost } = offsetBounds(clock, time);
        expect(atLeast).not.toBeNaN();
        expect(atMost).not.toBeNaN();
      }),
      { ...RUNS, numRuns: 500 },
    );
  });
});
