/**
 * The scenarios built anew in network namespaces, captured with tcpdump and analysed. Without CI a few
 * of them, since each takes some seconds; VXTRACE_LAB=all makes it all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runScenario, scenarios } from './lab/lab.ts';
import { requirement } from './requirements.ts';
import { analyzeScenario, errorCodes, readScenario, sorted, sumLosses } from './scenarios.ts';

const FEW = ['peer-pods-broken', 'peer-pods-fixed', 'reply-lost', 'vni-mismatch'];
const isAll = process.env['CI'] !== undefined || process.env['VXTRACE_LAB'] === 'all';
const chosen = scenarios.map(({ name }) => name).filter((name) => isAll || FEW.includes(name));
const lab = requirement('lab');

describe.skipIf(!lab.available)(`scenarios made live ${lab.reason}`, () => {
  const root = mkdtempSync(join(tmpdir(), 'live-scenarios-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each(chosen)('%s', { timeout: 60_000, retry: 1 }, async (name) => {
    const folder = join(root, name);
    rmSync(folder, { recursive: true, force: true });
    await runScenario(name, folder);
    const scenario = readScenario(folder);
    const report = await analyzeScenario(folder, scenario);
    expect({
      verdict: report.verdict.code,
      losses: sumLosses(report),
      errors: errorCodes(report),
    }).toEqual({
      verdict: scenario.expected.verdict,
      losses: sorted(scenario.expected.losses),
      errors: [...scenario.expected.findings].sort(),
    });
  });
});
