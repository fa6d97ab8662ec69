/** Quantiles, against sorting. */
import { describe, expect, test } from 'vitest';
import { Ranking } from '../../src/flow/ranking.ts';
import { random } from './simulation.ts';

const CAPACITY = 136;
const ranking = new Ranking();

function ranked(numbers: Float32Array): Ranking {
  const middle = numbers.length >> 1;
  const bits = new Int32Array(numbers.buffer);
  ranking.begin(Math.min(...numbers), Math.max(...numbers));
  ranking.take(bits, 0, middle);
  ranking.take(bits, middle, numbers.length);
  return ranking;
}

const draw = random(11);
const SHAPES: Record<string, () => number> = {
  even: () => draw() * 1e6,
  'all alike': () => 250,
  'two values': () => (draw() < 0.5 ? 1 : 2),
  'one far out': () => (draw() < 0.02 ? 1e9 : 100 + draw()),
  'long tail': () => -Math.log(1 - draw()) * 4e4,
  'none at all, and some': () => (draw() < 0.5 ? 0 : draw()),
};

describe.each(Object.entries(SHAPES))('%s', (_, shape) => {
  test('every rank, in any order of asking', () => {
    for (let count = 2; count <= CAPACITY; count += 3) {
      const numbers = Float32Array.from({ length: count }, shape);
      const sorted = numbers.slice().sort();
      const places = ranked(numbers);
      for (let i = 0; i < count; i++) {
        const rank = (i * 89) % count;
        expect(places.quantile(rank / (count - 1))).toBeCloseTo(sorted[rank], 3);
      }
    }
  });

  test('quantiles lie between two ranks', () => {
    for (let count = 1; count <= CAPACITY; count++) {
      const numbers = Float32Array.from({ length: count }, shape);
      const sorted = numbers.slice().sort();
      for (const share of [0, 0.3, 0.5, 0.75, 0.99, 1]) {
        const position = share * (count - 1);
        const below = Math.floor(position);
        const above = Math.min(count - 1, below + 1);
        const expected = sorted[below] + (sorted[above] - sorted[below]) * (position - below);
        expect(ranked(numbers).quantile(share)).toBe(below === position ? sorted[below] : expected);
      }
    }
  });
});
