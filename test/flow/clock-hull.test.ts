import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateClock, offsetBounds } from '../../src/flow/clock.ts';
import { MAXIMUM_SKEW } from '../../src/flow/clock-hull.ts';
import { samples } from './two-clocks.ts';

interface Line {
  offset: number;
  skew: number;
}

/**
 * Reference by exhaustion: every corner of the region of allowed (offset, skew) is where two
 * constraints hold with equality, so trying all pairs finds all corners.
 */
function corners(above: [number, number][], below: [number, number][]): Line[] {
  const points = [...above, ...below];
  const candidates: Line[] = [];
  points.forEach(([t, d], i) => {
    for (const skew of [-MAXIMUM_SKEW, MAXIMUM_SKEW]) candidates.push({ offset: d - skew * t, skew });
    for (const [time, difference] of points.slice(i + 1)) {
      if (time === t) continue;
      const skew = (difference - d) / (time - t);
      if (Math.abs(skew) <= MAXIMUM_SKEW) candidates.push({ offset: d - skew * t, skew });
    }
  });
  const slack = 1e-6;
  return candidates.filter(
    ({ offset, skew }) =>
      above.every(([t, d]) => offset + skew * t <= d + slack) &&
      below.every(([t, d]) => offset + skew * t >= d - slack),
  );
}

const point = fc.tuple(fc.integer({ min: 0, max: 2_000_000 }), fc.integer({ min: -600, max: 1400 }));

describe('bounds against all corners of the allowed region', () => {
  test('are the exact extremes, and a step is found exactly when the region is empty', () => {
    let possible = 0;
    let impossible = 0;
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1, maxLength: 9 }),
        fc.array(point, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 0, max: 1200 }),
        fc.array(fc.integer({ min: -500_000, max: 2_500_000 }), { minLength: 5, maxLength: 5 }),
        (above, raised, drop, times) => {
          const below = raised.map(([t, d]): [number, number] => [t, d - drop]);
          const allowed = corners(above, below);
          const clock = estimateClock(samples(...above), samples(...below), 0);
          if (allowed.length === 0) {
            impossible++;
            expect(clock.steps).not.toEqual([]);
            return;
          }
          possible++;
          expect(clock.steps).toEqual([]);
          for (const time of [...times, ...above.map(([t]) => t), ...below.map(([t]) => t)]) {
            const values = allowed.map(({ offset, skew }) => offset + skew * time);
            const { atLeast, atMost } = offsetBounds(clock, time);
            expect(Math.abs(atLeast! - Math.min(...values))).toBeLessThan(0.01);
            expect(Math.abs(atMost! - Math.max(...values))).toBeLessThan(0.01);
          }
        },
      ),
      { numRuns: 1500, seed: 7348 },
    );
    expect(possible).toBeGreaterThan(200);
    expect(impossible).toBeGreaterThan(200);
  });
});
