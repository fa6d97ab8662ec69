/**
 * The scenarios built anew in network namespaces: captured with tcpdump and analysed, and watched live on all
 * their capture points by the program itself. Without CI a few of them, since each takes some seconds;
 * VXTRACE_LAB=all makes it all.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../src/report/model.ts';
import { isCurable, runScenario, scenarios } from './lab/lab.ts';
import type { Scenario } from './lab/scenario.ts';
import { buildProgram } from './live/program.ts';
import { activeErrors, type Means, raisedErrors, ScenarioWatch } from './live/scenario-watch.ts';
import { requirement } from './requirements.ts';
import { analyzeScenario, errorCodes, readScenario, type ShippedScenario, sorted, sumLosses } from './scenarios.ts';

const FEW = ['peer-pods-broken', 'peer-pods-fixed', 'reply-lost', 'vni-mismatch'];
const isAll = process.env['CI'] !== undefined || process.env['VXTRACE_LAB'] === 'all';
const chosen = scenarios.filter(({ name }) => isAll || FEW.includes(name));
const lab = requirement('lab');
const dumpcap = requirement('dumpcap');

/** What captures where it is not dumpcap. */
const MEANS: Record<string, Means> = {
  'reply-lost': 'tcpdump',
  'mtu-black-hole': 'tcpdump',
  'peer-pods-broken-any': 'tcpdump',
  'tcp-syn-unanswered': 'tcpdump',
  'wrong-remote': 'tcpdump',
  'vni-mismatch': 'exec',
  'lossy-wire': 'exec',
};
/** Milliseconds from the first frame that proves a fault until it is told; on a machine that has no time, more. */
const PROMPT = 2000;
const PROMPT_WHEN_BUSY = 5000;
/** A machine has time when its processors have nothing to do for this part of it. */
const IDLE = 0.25;

describe.skipIf(!lab.available || !dumpcap.available)(`scenarios made live ${lab.reason} ${dumpcap.reason}`, () => {
  const root = mkdtempSync(join(tmpdir(), 'live-scenarios-'));
  let program: Awaited<ReturnType<typeof buildProgram>>;
  beforeAll(async () => {
    program = await buildProgram();
  });
  afterAll(() => {
    program?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  test.concurrent.each(chosen)('$name', { timeout: 90_000, retry: 2 }, async (made) => {
    const { name } = made;
    const folder = mkdtempSync(join(root, `${name}-`));
    const written = join(folder, 'live');
    mkdirSync(written);
    const watch = new ScenarioWatch(program.path, written, MEANS[name] ?? 'dumpcap');
    try {
      await runScenario(name, folder, watch);
      const scenario = readScenario(folder);
      expect(summary(await analyzeScenario(folder, scenario))).toEqual(wanted(scenario));
      expect(watch.stderr).toBe('');
      const { report } = watch;
      expect(summary(report)).toEqual(wanted(scenario));
      expect(comparable(await watch.analysis())).toEqual(comparable(report));
      await checkEvents(watch, report, scenario);
      if (isCurable(made)) checkCure(watch, made, scenario);
    } finally {
      watch.kill();
    }
  });
});

/** Every error of the report was told at once, and nothing else was. */
async function checkEvents(watch: ScenarioWatch, report: Report, { expected }: ShippedScenario): Promise<void> {
  const raised = raisedErrors(watch.events);
  const delays: Record<string, number> = {};
  for (const finding of report.findings.filter(({ severity }) => severity === 'error')) {
    const first = raised.find(({ code }) => code === finding.code)?.time ?? Number.POSITIVE_INFINITY;
    const delay = first - (await watch.firstProof(finding));
    delays[finding.code] = Math.min(delay, delays[finding.code] ?? Number.POSITIVE_INFINITY);
  }
  const limit = watch.idleShare < IDLE ? PROMPT_WHEN_BUSY : PROMPT;
  const tardy = Object.entries(delays).filter(([, delay]) => !(delay < limit));
  expect(tardy).toEqual([]);
  expect(activeErrors(watch.events)).toEqual([...expected.findings].sort());
  // A reply that is late is missing until it comes.
  if (expected.verdict === 'late-reply') return;
  expect(raised.filter(({ code }) => !(expected.findings as string[]).includes(code))).toEqual([]);
}

/** The errors lasted until the cure, where the fault does not come and go by itself, and are over after it. */
function checkCure(watch: ScenarioWatch, { cure }: Scenario, { expected }: ShippedScenario): void {
  const told = new Set(raisedErrors(watch.briefEvents).map(({ code }) => code));
  expect([...expected.findings].filter((code) => !told.has(code))).toEqual([]);
  if (cure !== undefined && watch.errorsBeforeCure !== null)
    expect(watch.errorsBeforeCure).toEqual([...expected.findings].sort());
  for (const { command, sent, received } of watch.traffic) expect([command, received]).toEqual([command, sent]);
  expect(activeErrors(watch.briefEvents)).toEqual([]);
}

/** Verdict, losses and errors, as a scenario names them; live labels have a colon where file names have none. */
function summary(report: Report): ShippedScenario['expected'] {
  const losses = sumLosses(report).map((loss) => ({
    ...loss,
    after: loss.after.replace(':', '-'),
    before: loss.before?.replace(':', '-') ?? null,
  }));
  return { verdict: report.verdict.code, losses: sorted(losses), findings: errorCodes(report) };
}

function wanted({ expected }: ShippedScenario): ShippedScenario['expected'] {
  return { ...expected, losses: sorted(expected.losses), findings: [...expected.findings].sort() };
}

/** What the report of a run and that of its files have in common; only the source of what is known of hosts differs. */
function comparable({ verdict, tunnels, flows, segments, clocks, findings, captures }: Report): unknown {
  return {
    ...{ verdict, tunnels, flows, segments, clocks },
    captures: captures.map(({ label, packets, bytes, start, end, vantage, warnings, counts }) => ({
      ...{ label, packets, bytes, start, end, vantage, warnings, counts },
    })),
    findings: findings.map(({ code, severity, confidence, title, subject, evidence, causes }) => ({
      ...{ code, severity, confidence, title, evidence, causes },
      subject: subject['source'] === 'interface' ? { ...subject, source: 'host-file' } : subject,
    })),
  };
}
