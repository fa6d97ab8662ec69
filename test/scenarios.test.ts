/** Every shipped capture gives the verdict, the losses and the errors that it was built to show, and no other. */
import { describe, expect, test } from 'vitest';
import { analyzeScenario, errorCodes, shippedScenarios, sorted, sumLosses } from './scenarios.ts';

describe.each(shippedScenarios())('$scenario.name', ({ folder, scenario }) => {
  const { expected } = scenario;

  test(`says ${expected.verdict}, loses what was lost, and errs in nothing else`, async () => {
    const report = await analyzeScenario(folder, scenario);
    expect({
      verdict: report.verdict.code,
      losses: sumLosses(report),
      errors: errorCodes(report),
    }).toEqual({
      verdict: expected.verdict,
      losses: sorted(expected.losses),
      errors: [...expected.findings].sort(),
    });
  });

  test('its flows add up', async () => {
    const report = await analyzeScenario(folder, scenario);
    for (const flow of report.flows) {
      expect(flow.answered + flow.unanswered + flow.pending).toBe(flow.requests);
      expect(flow.losses.reduce((sum, loss) => sum + loss.count, 0)).toBe(flow.unanswered);
    }
  });
});
