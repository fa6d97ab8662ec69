/** What is advised about requests that nobody answered: what fits their protocol and place, and each once. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '../../src/report/model.ts';
import { analyzeScenario, CAPTURES, readScenario } from '../scenarios.ts';

function reportOf(name: string): Promise<Report> {
  const folder = join(CAPTURES, name);
  return analyzeScenario(folder, readScenario(folder));
}

/** Text and command of all that is advised about findings of a code. */
function advice({ findings }: Report, code: string): string[] {
  return findings
    .filter((finding) => finding.code === code)
    .flatMap(({ remedy }) => remedy.map(({ text, command }) => `${text} ${command}`));
}

test('nobody is told to look for ARP where neighbour discovery is silent', async () => {
  const checks = advice(await reportOf('ns-unanswered'), 'unanswered-neighbor-solicitation');
  expect(checks).not.toEqual([]);
  expect(checks.join('\n')).not.toMatch(/\barp|ipv4/i);
});

test('an address that the host does not list is asked after once', async () => {
  const checks = advice(await reportOf('arp-unanswered'), 'unanswered-arp');
  expect(checks.filter((text) => text.includes('ip addr') || text.includes('ip -d addr'))).toHaveLength(1);
});

test('what was never in a tunnel is not looked for behind one', async () => {
  const checks = advice(await reportOf('wrong-remote'), 'unanswered-arp');
  expect(checks).not.toEqual([]);
  expect(checks.join('\n')).not.toContain('decapsulated');
});

test('of requests some of which were answered, none is said to have come further than the others', async () => {
  const { findings } = await reportOf('peer-pods-cured');
  const { title } = findings.find(({ code }) => code === 'unanswered-echo')!;
  expect(title).toMatch(/^6 of 12 echo requests .* were not answered, though they reached podvm-vxlan0$/);
});

test('where the cause is known nothing is to be checked any more', async () => {
  const { findings } = await reportOf('vni-mismatch');
  const segment = findings.find(({ code }) => code === 'not-decapsulated')!;
  expect(segment.causes).toEqual(['vni-mismatch']);
  expect(segment.remedy).toEqual([]);
});
