/** With only some of the captures less can be said, but nothing wrong: no certain cause that is none, no sum that is off. */
import { describe, expect, test } from 'vitest';
import { analyzeScenario, shippedScenarios } from './scenarios.ts';

function subsets<T>(items: readonly T[]): T[][] {
  const masks = Array.from({ length: 2 ** items.length - 1 }, (_, i) => i + 1);
  return masks.map((mask) => items.filter((_, i) => (mask >> i) & 1));
}

describe.each(shippedScenarios())('$scenario.name', ({ folder, scenario }) => {
  const expected = new Set<string>(scenario.expected.findings);
  const isHealthy = expected.size === 0;
  // Its replies come back in another VNI: captures of one VNI alone hold none, and bare ones show no VNI.
  const mayLackReplies = !isHealthy || scenario.name === 'cross-vni-reply';

  test.each([true, false])('any of its captures, host output given: %s', async (withHosts) => {
    for (const captures of subsets(scenario.captures)) {
      const { flows, findings } = await analyzeScenario(folder, { ...scenario, captures }, withHosts);
      const given = captures.map((file) => file.replace(/\.pcap$/, ''));
      for (const { requests, answered, unanswered, pending, losses, path } of flows) {
        expect(answered + unanswered + pending).toBe(requests);
        expect(losses.reduce((sum, { count }) => sum + count, 0)).toBe(unanswered);
        expect(given).toEqual(expect.arrayContaining(path));
      }
      for (const { code, severity, confidence, evidence, title } of findings) {
        const context = `${given.join(' ')}: ${title}`;
        expect(given, context).toEqual(expect.arrayContaining(evidence.map(({ capture }) => capture)));
        if (severity !== 'error') continue;
        // That the captures given hold no answer to a request is an observation and no guess.
        if (mayLackReplies && code.startsWith('unanswered-')) continue;
        const isSaid = expected.has(code) || (mayLackReplies && confidence === 'possible');
        expect(isSaid, `${context} (${code}, ${confidence})`).toBe(true);
      }
    }
  });
});
