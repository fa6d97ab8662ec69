/**
 * Whole reports on shipped captures, as they were when somebody read them and found them good.
 *
 * `VXTRACE_UPDATE_GOLDEN=1 npx vitest run test/golden-reports.test.ts` writes them anew; read the difference before it is kept.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ReportFormat } from '../src/report/options.ts';
import { render } from '../src/report/render.ts';
import { closedValidator, openValidator } from './report/schema.ts';
import { analyzeScenario, readScenario } from './scenarios.ts';

const FOLDER = join(import.meta.dirname, 'golden/scenarios');
const UPDATE = process.env['VXTRACE_UPDATE_GOLDEN'] !== undefined;
const EXTENSIONS: Partial<Record<ReportFormat, string>> = { text: 'txt', markdown: 'md', json: 'json' };

const SCENARIOS = [
  'peer-pods-broken',
  'peer-pods-fixed',
  'peer-pods-cured',
  'request-lost',
  'reply-lost',
  'host-firewall',
  'arp-unanswered',
  'duplicates',
  'late-replies',
  'underlay-drop',
  'last-request-pending',
  'geneve-broken',
  'snapped',
  'two-vnis',
];

/** The report with paths as they are given on the command line in a checkout, so that it is the same everywhere. */
function reportOf(name: string) {
  const folder = join('captures', name);
  return analyzeScenario(folder, readScenario(folder));
}

describe.each(SCENARIOS)('%s', (name) => {
  test.each(Object.entries(EXTENSIONS))('as %s', async (format, extension) => {
    const report = await reportOf(name);
    const written = [...render(format as ReportFormat, report, { color: false, width: 80 })].join('');
    const file = join(FOLDER, `${name}.${extension}`);
    if (UPDATE) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, written);
    }
    expect(written).toBe(readFileSync(file, 'utf8'));
  });

  test('its JSON is as the schema says, and holds nothing that the schema does not name', async () => {
    const json = [...render('json', await reportOf(name), { color: false, width: 80 })].join('');
    for (const validate of [openValidator(), closedValidator()]) {
      validate(JSON.parse(json));
      expect(validate.errors ?? []).toEqual([]);
    }
  });
});
