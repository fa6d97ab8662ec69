/** The shipped captures: what each was built to show, and how it is analysed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyze, type CaptureInput } from '../src/analyze.ts';
import { readHostFacts } from '../src/host/read.ts';
import type { Report } from '../src/report/model.ts';

export const CAPTURES = join(import.meta.dirname, '../captures');

/** `scenario.json` as the lab writes it. */
export interface ShippedScenario {
  name: string;
  title: string;
  captures: string[];
  hosts: Record<string, string>;
  expected: {
    verdict: string;
    losses: { protocol: string; stage: string; after: string; before: string | null; count: number }[];
    findings: string[];
  };
}

/** Every scenario in a folder of scenarios. */
export function shippedScenarios(root = CAPTURES): { folder: string; scenario: ShippedScenario }[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(root, name))
    .map((folder) => ({ folder, scenario: readScenario(folder) }));
}

export function readScenario(folder: string): ShippedScenario {
  return JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as ShippedScenario;
}

/** Analyses a scenario's captures, with what its hosts print unless `withHosts` is false. */
export function analyzeScenario(folder: string, scenario: ShippedScenario, withHosts = true): Promise<Report> {
  const captures: CaptureInput[] = scenario.captures.map((file) => ({
    path: join(folder, file),
    label: file.replace(/\.pcap$/, ''),
    host: null,
    interfaceName: null,
  }));
  const hosts = withHosts
    ? Object.entries(scenario.hosts).map(([host, file]) =>
        readHostFacts(host, readFileSync(join(folder, file), 'utf8')),
      )
    : [];
  return analyze({ captures, hosts });
}

/** Losses of a report, added up by protocol and place, in a fixed order. */
export function sumLosses(report: Report): ShippedScenario['expected']['losses'] {
  const sums = new Map<string, ShippedScenario['expected']['losses'][number]>();
  for (const { protocol, losses } of report.flows) {
    for (const { stage, after, before, count } of losses) {
      const key = `${protocol} ${stage} ${after} ${before}`;
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { protocol, stage, after, before, count });
      else sum.count += count;
    }
  }
  return sorted([...sums.values()]);
}

export function sorted(losses: ShippedScenario['expected']['losses']): ShippedScenario['expected']['losses'] {
  return [...losses].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Codes of the findings of severity error, each once, sorted. */
export function errorCodes(report: Report): string[] {
  const errors = report.findings.filter((finding) => finding.severity === 'error');
  return [...new Set(errors.map((finding) => finding.code))].sort();
}
