/** The comparison for a terminal: the first difference in one sentence, then each with its values side by side. */
import { inChunks } from './chunks.ts';
import type { Comparison, Difference } from './comparison.ts';
import { evidenceOf, runSentence } from './comparison-phrases.ts';
import { printable } from './escape.ts';
import type { RenderOptions } from './options.ts';
import { counted, frameName } from './phrases.ts';
import { tableLines } from './table.ts';
import { paragraph } from './wrapping.ts';

const NARROWEST_PAGE = 40;
/** Sentences are not made longer than this, however wide the terminal. */
const WIDEST_PARAGRAPH = 100;
const VALUE_COLUMNS = ['', 'Good', 'Bad'].map((title) => ({ title, numeric: false }));
const EVIDENCE_COLUMNS = ['Run', 'Capture', 'Frame', 'Note'].map((title) => ({ title, numeric: false }));
const CAPTURE_COLUMNS = ['Good', 'Bad', 'Aligned by'].map((title) => ({ title, numeric: false }));

type Paint = (text: string) => string;

interface Page {
  width: number;
  proseWidth: number;
  bold: Paint;
  dim: Paint;
  tone: Paint;
}

/** Returns the comparison as text of at most `width` columns. */
export function renderComparisonText(comparison: Comparison, options: RenderOptions): Iterable<string> {
  const sgr =
    (codes: string): Paint =>
    (text) =>
      options.color ? `\x1b[${codes}m${text}\x1b[0m` : text;
  const width = Math.max(NARROWEST_PAGE, Math.floor(options.width));
  const tones = { same: '1;32', 'not-aligned': '1;33' } as const;
  const { code } = comparison.verdict;
  return inChunks(
    lines(comparison, {
      width,
      proseWidth: Math.min(width, WIDEST_PARAGRAPH),
      bold: sgr('1'),
      dim: sgr('2'),
      tone: sgr(code === 'same' || code === 'not-aligned' ? tones[code] : '1;31'),
    }),
  );
}

function* lines(comparison: Comparison, page: Page): Generator<string> {
  const { verdict, differences, more, notes, good, bad, captures, tool } = comparison;
  for (const line of prose(verdict.headline, page, '').split('\n')) yield `${page.tone(line)}\n`;
  if (differences.length > 0) yield heading('What differs', page);
  for (const [index, each] of differences.entries()) {
    if (index > 0) yield '\n';
    yield* difference(each, index + 1, page);
  }
  for (const { kind, differences: n } of more) yield `\n  … and ${counted(n, 'more difference')} of ${kind}.\n`;
  if (notes.length > 0) yield heading('Notes', page);
  for (const note of notes) yield `${prose(note, page, '  - ', '    ')}\n`;
  yield heading('What was compared', page);
  yield `${prose(`good: ${runSentence(good)}`, page, '  ', '    ')}\n`;
  yield `${prose(`bad:  ${runSentence(bad)}`, page, '  ', '    ')}\n\n`;
  const rows = captures.map((each) => ({
    cells: [each.good, each.bad, each.alignedBy].map((cell) => printable(cell ?? '–')),
    notes: [],
  }));
  yield* ended(
    tableLines(CAPTURE_COLUMNS, rows, { width: page.width, indent: '  ', titles: true, paintTitles: page.dim }),
  );
  yield `\n${page.dim(`${printable(tool.name)} ${printable(tool.version)}`)}\n`;
}

function* difference(each: Difference, number: number, page: Page): Generator<string> {
  const lead = `  ${number}. `;
  yield `${prose(`${each.sentence}.`, page, lead, ' '.repeat(lead.length))}\n`;
  const layout = { width: page.proseWidth, indent: '     ', titles: true, paintTitles: page.dim };
  const values = each.values.map(({ what, good, bad }) => ({ cells: [what, good, bad].map(printable), notes: [] }));
  yield* ended(tableLines(VALUE_COLUMNS, values, layout));
  const frames = evidenceOf(each).map(({ side, capture, frame, note }) => ({
    cells: [side, printable(capture), frameName(frame), printable(note)],
    notes: [],
  }));
  yield* ended(tableLines(EVIDENCE_COLUMNS, frames, { ...layout, titles: false }));
}

function heading(title: string, page: Page): string {
  return `\n${page.bold(title)}\n`;
}

function prose(text: string, page: Page, first: string, rest = first): string {
  return paragraph(printable(text), page.proseWidth, first, rest);
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
