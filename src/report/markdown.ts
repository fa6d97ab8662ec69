/** The report for a ticket on GitHub or Jira. One line a paragraph, because GitHub keeps line breaks in comments. */
import { inChunks } from './chunks.ts';
import { type Advice, digest, MAX_EVIDENCE, type ShownFinding } from './digest.ts';
import { type Listing, listings } from './listing.ts';
import { markdownCell, markdownCode, markdownFence, markdownProse } from './markdown-escape.ts';
import type { Report } from './model.ts';
import { clockSentence, count, counted, findingKind, frameName, scopeSentence, sentence } from './phrases.ts';

/** A GitHub comment holds 65536 characters. */
const MAX_ROWS = 20;

/** Returns the report as GitHub-flavoured Markdown. */
export function renderMarkdown(report: Report): Iterable<string> {
  return inChunks(blocks(report));
}

function* blocks(report: Report): Generator<string> {
  const shown = digest(report);
  yield `## ${markdownProse(report.verdict.headline)}\n`;
  if (shown.cure.length > 0) yield* remedies('What to do', shown.cure);
  if (shown.missing.length > 0) yield* remedies('What is missing to decide', shown.missing);
  if (shown.findings.length > 0) {
    yield '\n### Proof\n';
    for (const entry of shown.findings) yield* finding(entry);
    if (shown.more.length > 0) yield '\n';
    for (const { code, findings } of shown.more) {
      yield `- … and ${counted(findings, 'more finding')} of ${markdownCode(code)}; the JSON report has them all.\n`;
    }
  }
  yield `\n### What was looked at\n\n${markdownProse(scopeSentence(report))}\n`;
  for (const listing of listings(report, MAX_ROWS)) yield* table(listing);
  if (report.clocks.length > 0) {
    yield '\n### Clocks\n\n';
    for (const clock of report.clocks) yield `- ${markdownProse(clockSentence(clock))}\n`;
  }
  yield `\n${markdownCode(`${report.tool.name} ${report.tool.version}`)}\n`;
}

function* remedies(title: string, entries: readonly Advice[]): Generator<string> {
  yield `\n### ${title}\n`;
  for (const advice of entries) yield* remedyBlock(advice);
}

function* remedyBlock({ text, host, commands }: Advice): Generator<string> {
  const where = host === null || commands.length === 0 ? '' : ` On ${markdownCode(host)}:`;
  yield `\n${markdownProse(sentence(text))}${where}\n`;
  if (commands.length > 0) yield `\n${markdownFence(commands, 'sh')}\n`;
}

function* finding({ finding, remedy }: ShownFinding): Generator<string> {
  yield `\n**${finding.severity}: ${markdownProse(finding.title)}**\n`;
  yield `\n${markdownProse(findingKind(finding))}\n`;
  if (finding.explanation !== '') yield `\n${markdownProse(finding.explanation)}\n`;
  if (finding.evidence.length > 0) yield '\n';
  for (const { capture, frame, note } of finding.evidence.slice(0, MAX_EVIDENCE)) {
    const about = note === '' ? '' : `: ${markdownProse(note)}`;
    yield `- ${markdownCode(capture)} ${frameName(frame)}${about}\n`;
  }
  if (finding.evidence.length > MAX_EVIDENCE) {
    yield `- … and ${count(finding.evidence.length - MAX_EVIDENCE)} more.\n`;
  }
  for (const entry of remedy) yield* remedyBlock(entry);
}

function* table(listing: Listing): Generator<string> {
  yield `\n### ${listing.title}\n`;
  if (listing.rows.length > 0) {
    const annotated = listing.rows.some((row) => row.notes.length > 0);
    const titles = listing.columns.map((column) => column.title);
    const rules = listing.columns.map((column) => (column.numeric ? '---:' : '---'));
    if (annotated) {
      titles.push('Remarks');
      rules.push('---');
    }
    yield `\n| ${titles.join(' | ')} |\n| ${rules.join(' | ')} |\n`;
    for (const row of listing.rows) {
      const cells = row.cells.map(markdownCell);
      if (annotated) cells.push(row.notes.map(markdownCell).join('; '));
      yield `| ${cells.join(' | ')} |\n`;
    }
  }
  for (const remark of listing.remarks) yield `\n${markdownProse(remark)}\n`;
}
