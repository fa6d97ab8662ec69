/** The comparison for a ticket on GitHub or Jira. */
import { inChunks } from './chunks.ts';
import type { ComparedRun, Comparison, Difference } from './comparison.ts';
import { evidenceOf, runSentence } from './comparison-phrases.ts';
import { markdownCell, markdownCode, markdownProse } from './markdown-escape.ts';
import { counted, frameName } from './phrases.ts';

/** Returns the comparison as GitHub-flavoured Markdown. */
export function renderComparisonMarkdown(comparison: Comparison): Iterable<string> {
  return inChunks(blocks(comparison));
}

function* blocks({ verdict, differences, more, notes, good, bad, captures, tool }: Comparison): Generator<string> {
  yield `## ${markdownProse(verdict.headline)}\n`;
  for (const each of differences) yield* difference(each);
  if (more.length > 0) yield '\n';
  for (const { kind, differences: n } of more)
    yield `- … and ${counted(n, 'more difference')} of ${markdownCode(kind)}.\n`;
  if (notes.length > 0) yield `\n### Notes\n\n${notes.map((note) => `- ${markdownProse(note)}\n`).join('')}`;
  yield `\n### What was compared\n\n${run('good', good)}${run('bad', bad)}`;
  yield '\n| Good | Bad | Aligned by |\n|---|---|---|\n';
  for (const { good: a, bad: b, alignedBy } of captures) {
    yield `| ${markdownCell(a ?? '–')} | ${markdownCell(b ?? '–')} | ${alignedBy ?? '–'} |\n`;
  }
  yield `\n${markdownCode(`${tool.name} ${tool.version}`)}\n`;
}

function* difference(each: Difference): Generator<string> {
  yield `\n**${each.kind}: ${markdownProse(each.sentence)}**\n\n| What | Good | Bad |\n|---|---|---|\n`;
  for (const { what, good, bad } of each.values) {
    yield `| ${markdownCell(what)} | ${markdownCell(good)} | ${markdownCell(bad)} |\n`;
  }
  const evidence = evidenceOf(each);
  if (evidence.length > 0) yield '\n';
  for (const { side, capture, frame, note } of evidence) {
    yield `- ${side}: ${markdownCode(capture)} ${frameName(frame)}: ${markdownProse(note)}\n`;
  }
}

function run(side: string, each: ComparedRun): string {
  return `- ${side}: ${markdownProse(runSentence(each))}\n`;
}
