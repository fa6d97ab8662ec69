/** What a report says does not depend on the shape its captures come in, their order, or the clocks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyze } from '../src/analyze.ts';
import { readHostFacts } from '../src/host/read.ts';
import type { Report } from '../src/report/model.ts';
import { requirement } from './requirements.ts';
import { analyzeRewritten, asIs, type Rewrite, Rewriter } from './rewriting.ts';
import { analyzeScenario, CAPTURES, errorCodes, readScenario, shippedScenarios, sumLosses } from './scenarios.ts';

const BROKEN = join(CAPTURES, 'peer-pods-broken');
const FIXED = join(CAPTURES, 'peer-pods-fixed');
const FRAME_MAC = '0a:58:0a:84:02:2e';
const OWNER_MAC = '7e:e5:f7:e6:f5:1a';
const CURE =
  `ip netns exec podns ip link set vxlan0 down && ip netns exec podns ip link set dev vxlan0 address ${FRAME_MAC}` +
  ' && ip netns exec podns ip link set vxlan0 up';
const FILES = readScenario(BROKEN).captures;

const rewriter = new Rewriter();
const always = { available: true, reason: '' };
const rewrites: [string, Rewrite, { available: boolean; reason: string }][] = [
  ['as they are', asIs, always],
  ['gzipped', rewriter.gzip, always],
  ['zstd', rewriter.zstd, requirement('zstd')],
  ['as pcapng', rewriter.pcapng, always],
  ['as pcapng of editcap', rewriter.editcap, requirement('capinfos')],
  ['as gzipped pcapng', rewriter.gzippedPcapng, always],
  ['the worker an hour ahead', rewriter.clock('worker', 3600), always],
  ['the worker an hour behind', rewriter.clock('worker', -3600), always],
  ['the pod VM an hour ahead', rewriter.clock('podvm', 3600), always],
  ['the pod VM an hour behind', rewriter.clock('podvm', -3600), always],
  ['the pod VM a year behind', rewriter.clock('podvm', -365 * 86_400), always],
];

function expectTheCause({ verdict, findings }: Report): void {
  expect(verdict.code).toBe('inner-destination-mac-mismatch');
  const [firstSentence] = verdict.headline.split(/\.(?=\s|$)/);
  for (const word of ['10.132.2.46', FRAME_MAC, OWNER_MAC]) expect(firstSentence).toContain(word);
  const [principal] = findings;
  expect(principal).toMatchObject({ code: 'inner-destination-mac-mismatch', severity: 'error' });
  expect(principal.subject).toMatchObject({
    host: 'podvm',
    interface: 'vxlan0',
    address: '10.132.2.46',
    frameMac: FRAME_MAC,
    ownerMac: OWNER_MAC,
    source: 'host-file',
  });
  expect(principal.remedy[0].command).toBe(CURE);
  expect(principal.evidence.length).toBeGreaterThan(0);
}

function expectHealthy({ verdict, findings, flows }: Report): void {
  expect({ code: verdict.code, findings: findings.map(({ title }) => title) }).toEqual({
    code: 'healthy',
    findings: [],
  });
  expect(flows.map(({ unanswered }) => unanswered)).toEqual(flows.map(() => 0));
}

describe.each(rewrites)('%s', (_, rewrite, { available, reason }) => {
  test.skipIf(!available)(`peer-pods-broken: names the cause ${reason}`, async () => {
    const report = await analyzeRewritten(BROKEN, FILES, rewrite);
    expectTheCause(report);
    expect(sumLosses(report)).toEqual(readScenario(BROKEN).expected.losses);
  });

  test.skipIf(!available)(`peer-pods-fixed: healthy ${reason}`, async () => {
    expectHealthy(await analyzeRewritten(FIXED, FILES, rewrite));
  });

  test.skipIf(!available).each(shippedScenarios())('$scenario.name: as ever', async ({ folder, scenario }) => {
    const usual = await analyzeScenario(folder, scenario);
    expect(gist(await analyzeRewritten(folder, scenario.captures, rewrite))).toEqual(gist(usual));
  });
});

/** What must not change with the shape of the captures. */
function gist(report: Report) {
  return {
    verdict: report.verdict.code,
    losses: sumLosses(report),
    errors: errorCodes(report),
    flows: report.flows.map(({ protocol, vni, source, destination, requests, answered, unanswered, pending }) =>
      [protocol, vni, source, destination, requests, answered, unanswered, pending].join(' '),
    ),
  };
}

/** Each item in turn first, the rest in order and in reverse. */
function turns<T>(items: readonly T[]): T[][] {
  const rotations = items.map((_, i) => [...items.slice(i), ...items.slice(0, i)]);
  return rotations.flatMap((turned) => [turned, turned.toReversed()]);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

describe('in every order', () => {
  test.each(permutations(FILES))('%s, %s, %s, %s', async (...files) => {
    const broken = await analyzeRewritten(BROKEN, files, asIs);
    expectTheCause(broken);
    const usual = await analyzeScenario(BROKEN, readScenario(BROKEN));
    expect(broken.verdict).toEqual(usual.verdict);
    expect(broken.flows).toEqual(usual.flows);
    expect(broken.findings.map(({ code, subject }) => ({ code, subject }))).toEqual(
      usual.findings.map(({ code, subject }) => ({ code, subject })),
    );
    expectHealthy(await analyzeRewritten(FIXED, files, asIs));
  });

  test.each(shippedScenarios())('$scenario.name: as ever', async ({ folder, scenario }) => {
    const usual = gist(await analyzeScenario(folder, scenario));
    usual.flows.sort();
    for (const files of turns(scenario.captures)) {
      const report = gist(await analyzeRewritten(folder, files, asIs));
      report.flows.sort();
      expect(report, files.join(' ')).toEqual(usual);
    }
  });
});

describe('a single capture with what the pod VM prints', () => {
  const one = (folder: string, file: string): Promise<Report> =>
    analyze({
      captures: [{ path: join(folder, file), label: 'capture', host: null, interfaceName: null }],
      hosts: [readHostFacts('podvm', readFileSync(join(folder, 'podvm.txt'), 'utf8'))],
    });

  test.each(['podvm-vxlan0.pcap', 'podvm-ens2.pcap'])('%s', async (file) => {
    expectTheCause(await one(BROKEN, file));
    expectHealthy(await one(FIXED, file));
  });
});
