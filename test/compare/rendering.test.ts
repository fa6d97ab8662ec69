/** Comparisons as they are shown. Update golden files with `vitest -u`, and read the difference. */
import { expect, test } from 'vitest';
import { compare } from '../../src/compare.ts';
import type { Comparison } from '../../src/report/comparison.ts';
import { renderComparisonJson } from '../../src/report/comparison-json.ts';
import { renderComparisonMarkdown } from '../../src/report/comparison-markdown.ts';
import { renderComparisonText } from '../../src/report/comparison-text.ts';
import { run } from './runs.ts';

const SCENARIOS = ['peer-pods-broken', 'vni-mismatch'];
const PLAIN = { color: false, width: 80 };

const comparison = (bad: string): Promise<Comparison> => compare({ good: run('peer-pods-fixed'), bad: run(bad) });

test.each(SCENARIOS)('%s as text', async (bad) => {
  const text = [...renderComparisonText(await comparison(bad), PLAIN)].join('');
  await expect(text).toMatchFileSnapshot(`../golden/compare/${bad}.txt`);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test.each(SCENARIOS)('%s as Markdown', async (bad) => {
  const markdown = [...renderComparisonMarkdown(await comparison(bad))].join('');
  await expect(markdown).toMatchFileSnapshot(`../golden/compare/${bad}.md`);
});

test('JSON is the whole comparison', async () => {
  const made = await comparison('mtu-black-hole');
  expect(JSON.parse([...renderComparisonJson(made)].join(''))).toEqual(made);
});

test('colours add nothing but colours', async () => {
  const made = await comparison('peer-pods-broken');
  const plain = [...renderComparisonText(made, PLAIN)].join('');
  const coloured = [...renderComparisonText(made, { ...PLAIN, color: true })].join('');
  expect(coloured).not.toBe(plain);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(coloured.replace(/\x1b\[[\d;]*m/g, '')).toBe(plain);
});

test('names that would move a terminal are spelt out', async () => {
  const label = (name: string): string => `${name}\x1b[2J|\u202e`;
  const made = await compare({ good: run('peer-pods-fixed'), bad: run('peer-pods-broken', { label }) });
  const text = [...renderComparisonText(made, PLAIN)].join('');
  const markdown = [...renderComparisonMarkdown(made)].join('');
  const json = [...renderComparisonJson(made)].join('');
  for (const shown of [text, markdown, json]) {
    expect(shown).not.toMatch(/[\u202e]/);
    expect(shown.includes('\x1b')).toBe(false);
  }
  expect(markdown.split('\n').filter((line) => line.startsWith('| ') && line.includes('[2J|'))).toEqual([]);
});
