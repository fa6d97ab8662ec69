/** The whole analysis over the captures of others, against tshark's counts of them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { exitStatus } from '../../src/cli/analyze.ts';
import { VxtraceError } from '../../src/errors.ts';
import type { Report } from '../../src/report/model.ts';
import { CORPUS } from '../requirements.ts';
import { DIFFERENCES, UNREADABLE } from './differences.ts';
import { MEASURES, measuredReport, measuredTruth } from './measures.ts';
import { corpus, corpusFiles } from './truth.ts';

function analyzeFile(name: string): Promise<Report> {
  const path = join(CORPUS, 'files', name);
  return analyze({ captures: [{ path, label: name, host: null, interfaceName: null }] });
}

/** The exit status that the command would end with. */
async function statusOf(name: string): Promise<number> {
  try {
    return exitStatus(await analyzeFile(name));
  } catch (error) {
    if (error instanceof VxtraceError) return 2;
    throw error;
  }
}

const readable = corpusFiles.filter(([, { readable }]) => readable);
const unreadable = corpusFiles.filter(([, { readable }]) => !readable);

describe.skipIf(!corpus.available)(`captures of others ${corpus.reason}`, () => {
  test.each(readable)(
    '%s: counts are those of tshark, or the difference is known',
    async (name, { packets, truth }) => {
      const report = await analyzeFile(name);
      expect(report.captures[0].packets).toBe(packets);
      expect(report.captures[0].complete).toBe(true);
      if (truth === null || truth === undefined) return;
      const expected = measuredTruth(truth);
      const seen = measuredReport(report);
      const known = DIFFERENCES[name];
      for (const measure of MEASURES) {
        const position = known?.measures.indexOf(measure) ?? -1;
        expect(expected[measure], `tshark: ${measure}`).toEqual(
          position < 0 ? expected[measure] : known.theirs[position],
        );
        expect(seen[measure], measure).toEqual(position < 0 ? expected[measure] : known.ours[position]);
      }
    },
  );

  test.each(corpusFiles)('%s: exchanges add up', async (name) => {
    if (name.endsWith('.xz')) return;
    const { flows, flowsSummarised } = await analyzeFile(name);
    for (const flow of flows) {
      const { requests, answered, unanswered, pending, losses } = flow;
      expect(answered + unanswered + pending, JSON.stringify(flow)).toBe(requests);
      expect(losses.reduce((sum, { count }) => sum + count, 0)).toBe(unanswered);
    }
    if (flowsSummarised === null) return;
    const { requests, answered, unanswered, pending } = flowsSummarised;
    expect(answered + unanswered + pending).toBe(requests);
  });

  test.each(corpusFiles)('%s: ends with status 0, 1 or 2', async (name, { readable: isReadable }) => {
    const status = await statusOf(name);
    // Cut or damaged captures are analysed up to there; only what is no capture at all is not analysed.
    expect(status === 2).toBe(name.endsWith('.xz'));
    if (isReadable) expect([0, 1]).toContain(status);
  });

  test.each(unreadable)('%s: what tshark cannot read is refused or warned of', async (name) => {
    if (name.endsWith('.xz')) {
      const error = await analyzeFile(name).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(VxtraceError);
      expect((error as VxtraceError).code).toBe('input-unrecognised');
      expect((error as VxtraceError).message).toContain(name);
      expect((error as VxtraceError).message).toContain('byte 0');
      return;
    }
    const { warning, packets } = UNREADABLE[name];
    const { warnings, packets: seen } = (await analyzeFile(name)).captures[0];
    expect(seen).toBe(packets);
    if (warning === null) expect(warnings).toEqual([]);
    else expect(warnings.join('\n')).toContain(warning);
  });

  test('no difference is listed of a file that is not there', () => {
    const names = new Set(corpusFiles.map(([name]) => name));
    expect(Object.keys({ ...DIFFERENCES, ...UNREADABLE }).filter((name) => !names.has(name))).toEqual([]);
  });
});

test.each(Object.entries(DIFFERENCES))('%s: the difference is real', (_, { measures, ours, theirs }) => {
  expect([ours.length, theirs.length]).toEqual([measures.length, measures.length]);
  for (const position of measures.keys()) expect(ours[position]).not.toEqual(theirs[position]);
});

test('docs/differences.md lists every file that differs, and who is right', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/differences.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const listed = new Map(
    rows.map((row) => row.split('|').map((cell) => cell.trim())).map((cells) => [cells[1], cells]),
  );
  for (const [name, { right }] of Object.entries(DIFFERENCES)) {
    expect(listed.get(`\`${name}\``)?.[5], name).toBe(right === 'convention' ? 'both' : right);
  }
  const known = new Set(Object.keys({ ...DIFFERENCES, ...UNREADABLE }).map((name) => `\`${name}\``));
  expect([...listed.keys()].filter((name) => !known.has(name) && !name.includes('.xz'))).toEqual([]);
});
