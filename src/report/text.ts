/** The report for a terminal: the verdict in one sentence, the cure, the proof, then the tables. */
import { inChunks } from './chunks.ts';
import { type Advice, type Digest, digest, MAX_EVIDENCE, type ShownFinding, verdictTone } from './digest.ts';
import { printable } from './escape.ts';
import { type Listing, listings } from './listing.ts';
import type { Evidence, Report, Severity } from './model.ts';
import type { RenderOptions } from './options.ts';
import { clockSentence, count, counted, findingKind, frameName, scopeSentence, sentence } from './phrases.ts';
import { naturalWidth, type TableColumn, type TableLayout, type TableRow, tableLines } from './table.ts';
import { paragraph } from './wrapping.ts';

const MAX_ROWS = 20;
const NARROWEST_PAGE = 40;
/** Sentences are not made longer than this, however wide the terminal. */
const WIDEST_PARAGRAPH = 100;

type Paint = (text: string) => string;

interface Page {
  width: number;
  proseWidth: number;
  bold: Paint;
  dim: Paint;
  severity: Record<Severity | 'healthy', Paint>;
}

/** Returns the report as text. A command stands on a line of its own, however long it is, so that it can be copied. */
export function renderText(report: Report, options: RenderOptions): Iterable<string> {
  const sgr =
    (codes: string): Paint =>
    (text) =>
      options.color ? `\x1b[${codes}m${text}\x1b[0m` : text;
  const width = Math.max(NARROWEST_PAGE, Math.floor(options.width));
  const page: Page = {
    width,
    proseWidth: Math.min(width, WIDEST_PARAGRAPH),
    bold: sgr('1'),
    dim: sgr('2'),
    severity: { error: sgr('1;31'), warning: sgr('1;33'), info: sgr('1;36'), healthy: sgr('1;32') },
  };
  return inChunks(lines(report, page));
}

function* lines(report: Report, page: Page): Generator<string> {
  const shown = digest(report);
  const tone = verdictTone(report);
  for (const line of prose(report.verdict.headline, page, '').split('\n')) yield `${page.severity[tone](line)}\n`;
  if (shown.cure.length > 0) yield* remedies('What to do', shown.cure, page);
  if (shown.missing.length > 0) yield* remedies('What is missing to decide', shown.missing, page);
  if (shown.findings.length > 0) yield* proof(shown, page);
  yield heading('What was looked at', page);
  yield `${prose(scopeSentence(report), page, '  ')}\n`;
  for (const listing of listings(report, MAX_ROWS)) yield* table(listing, page);
  if (report.clocks.length > 0) {
    yield heading('Clocks', page);
    for (const clock of report.clocks) yield `${prose(clockSentence(clock), page, '  ', '    ')}\n`;
  }
  yield `\n${page.dim(`${printable(report.tool.name)} ${printable(report.tool.version)}`)}\n`;
}

function heading(title: string, page: Page): string {
  return `\n${page.bold(title)}\n`;
}

function prose(text: string, page: Page, first: string, rest = first): string {
  return paragraph(printable(text), page.proseWidth, first, rest);
}

function* remedies(title: string, entries: readonly Advice[], page: Page): Generator<string> {
  yield heading(title, page);
  for (const advice of entries) yield* remedyLines(advice, page, '  ');
}

function* remedyLines({ text, host, commands }: Advice, page: Page, indent: string): Generator<string> {
  const where = host === null || commands.length === 0 ? '' : ` On ${host}:`;
  yield `${prose(sentence(text) + where, page, indent)}\n`;
  for (const command of commands) yield `${indent}  ${page.bold(printable(command))}\n`;
}

function* proof(shown: Digest, page: Page): Generator<string> {
  yield heading('Proof', page);
  for (const [index, entry] of shown.findings.entries()) {
    if (index > 0) yield '\n';
    yield* finding(entry, page);
  }
  if (shown.more.length > 0) yield '\n';
  for (const { code, findings } of shown.more) {
    yield `  … and ${counted(findings, 'more finding')} of ${code}; the JSON report has them all.\n`;
  }
}

function* finding({ finding, remedy }: ShownFinding, page: Page): Generator<string> {
  const { severity, title } = finding;
  const label = page.severity[severity](severity);
  const text = prose(`${severity}: ${title}`, page, '  ', '    ');
  yield `  ${label}${text.slice(2 + severity.length)}\n`;
  yield `${page.dim(prose(findingKind(finding), page, '    '))}\n`;
  if (finding.explanation !== '') yield `${prose(finding.explanation, page, '    ')}\n`;
  yield* evidence(finding.evidence, page);
  for (const entry of remedy) yield* remedyLines(entry, page, '    ');
}

const EVIDENCE_COLUMNS = ['Capture', 'Frame', 'Note'].map((title) => ({ title, numeric: false }));

function* evidence(entries: readonly Evidence[], page: Page): Generator<string> {
  const rows = entries.slice(0, MAX_EVIDENCE).map(({ capture, frame, note }) => ({
    cells: [printable(capture), frameName(frame), printable(note)],
    notes: [],
  }));
  const layout = { width: page.proseWidth, indent: '      ', titles: false };
  yield* ended(tableLines(EVIDENCE_COLUMNS, rows, layout));
  if (entries.length > MAX_EVIDENCE) yield `      … and ${count(entries.length - MAX_EVIDENCE)} more.\n`;
}

function* table(listing: Listing, page: Page): Generator<string> {
  yield heading(listing.title, page);
  const layout = { width: page.width, indent: '  ', titles: true, paintTitles: page.dim };
  const columns = listing.columns.map(({ short, numeric }) => ({ title: short, numeric }));
  const rows = listing.rows.map(({ cells, notes, trouble }) => ({
    cells: cells.map(printable),
    notes: notes.map(printable),
    ...(trouble && { paint: page.severity.error }),
  }));
  if (naturalWidth(columns, rows) + layout.indent.length <= page.width) {
    yield* ended(tableLines(columns, rows, layout));
  } else {
    yield* ended(withLeadingLine(listing, columns, rows, layout));
  }
  for (const remark of listing.remarks) yield `${prose(remark, page, '  ')}\n`;
}

/** The table with the columns that identify a row moved to a line above it. */
function withLeadingLine(
  listing: Listing,
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  layout: TableLayout,
): Iterable<string> {
  const leads = (index: number) => listing.columns[index]!.leading;
  const stacked = rows.map((row) => ({
    ...row,
    head: row.cells.filter((_, index) => leads(index)).join(' → '),
    cells: row.cells.filter((_, index) => !leads(index)),
  }));
  return tableLines(
    columns.filter((_, index) => !leads(index)),
    stacked,
    layout,
  );
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
