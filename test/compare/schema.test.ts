/** Comparisons of shipped captures, held to the shipped schema. */
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/compare.ts';
import { DIFFERENCE_KINDS } from '../../src/report/comparison.ts';
import { renderComparisonJson } from '../../src/report/comparison-json.ts';
import { closedValidator, comparisonSchema, openValidator } from '../report/schema.ts';
import { shippedScenarios } from '../scenarios.ts';
import { run } from './runs.ts';

const GOOD = 'peer-pods-fixed';
const SCENARIOS = shippedScenarios().map(({ folder }) => basename(folder));

describe('comparison.schema.json', () => {
  const open = openValidator(comparisonSchema);
  const closed = closedValidator(comparisonSchema);

  test.each(SCENARIOS)('describes the comparison with %s, either way round', async (scenario) => {
    for (const [good, bad] of [
      [GOOD, scenario],
      [scenario, GOOD],
    ]) {
      const made = await compare({ good: run(good), bad: run(bad) });
      const printed: unknown = JSON.parse([...renderComparisonJson(made)].join(''));
      for (const validate of [open, closed]) expect(validate(printed) || validate.errors).toBe(true);
    }
  });

  test('names every kind of difference, in their order', () => {
    const { kind } = comparisonSchema['$defs'] as { kind: { enum: string[] } };
    expect(kind.enum).toEqual(DIFFERENCE_KINDS);
  });

  test.each<[string, (made: Record<string, unknown>) => void]>([
    ['a property is missing', (made) => delete made['notes']],
    ['a kind is unknown', (made) => (made['verdict'] = { code: 'weather', headline: 'rain' })],
    ['a run has no captures', (made) => (made['good'] = { ...(made['good'] as object), captures: [] })],
  ])('does not take one in which %s', async (_what, spoil) => {
    const made = JSON.parse(JSON.stringify(await compare({ good: run(GOOD), bad: run('vni-mismatch') })));
    expect(open(made)).toBe(true);
    spoil(made);
    expect(open(made)).toBe(false);
  });
});
