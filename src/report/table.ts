/** Aligned columns for a terminal. Cells are printable already. */
import { displayWidth, wrap } from './wrapping.ts';

const GAP = '  ';
/** A column is not made narrower than this to fit the line. */
const NARROWEST = 8;

export interface TableColumn {
  title: string;
  /** Numbers stand to the right. */
  numeric: boolean;
}

export interface TableRow {
  /** A line above the row. */
  head?: string;
  cells: readonly string[];
  /** Lines below the row that use its whole width. */
  notes: readonly string[];
  /** Applied to the row's lines once they are aligned; SGR codes must not count as width. */
  paint?: (line: string) => string;
}

export interface TableLayout {
  width: number;
  indent: string;
  /** False for a table without a line of titles. */
  titles: boolean;
  paintTitles?: (line: string) => string;
}

/** Yields the lines of a table. Where it is wider than the line, the widest columns are wrapped. */
export function* tableLines(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  layout: TableLayout,
): Generator<string> {
  const widths = columnWidths(columns, rows, layout);
  const unpainted = (line: string) => line;
  if (layout.titles) {
    const titles = columns.map((column) => column.title);
    for (const line of rowLines(columns, titles, widths)) {
      yield (layout.paintTitles ?? unpainted)(layout.indent + line);
    }
  }
  for (const row of rows) {
    if (row.head !== undefined) {
      for (const line of wrap(row.head, layout.width - layout.indent.length)) {
        yield (row.paint ?? unpainted)(layout.indent + line);
      }
    }
    for (const line of rowLines(columns, row.cells, widths)) yield (row.paint ?? unpainted)(layout.indent + line);
    const noteWidth = Math.max(1, layout.width - layout.indent.length - 4);
    for (const note of row.notes) {
      for (const [index, line] of wrap(note, noteWidth).entries()) {
        yield `${layout.indent}${index === 0 ? '  ' : '    '}${line}`;
      }
    }
  }
}

/** Columns of a line that holds the widest cells of the table unwrapped, without the indent. */
export function naturalWidth(columns: readonly TableColumn[], rows: readonly TableRow[]): number {
  const widths = naturalWidths(columns, rows, true);
  return widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
}

function naturalWidths(columns: readonly TableColumn[], rows: readonly TableRow[], titles: boolean): number[] {
  return columns.map((column, index) => {
    let widest = titles ? displayWidth(column.title) : 0;
    for (const row of rows) widest = Math.max(widest, displayWidth(row.cells[index]!));
    return widest;
  });
}

function columnWidths(columns: readonly TableColumn[], rows: readonly TableRow[], layout: TableLayout): number[] {
  const widths = naturalWidths(columns, rows, layout.titles);
  const available = layout.width - layout.indent.length - GAP.length * (columns.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    const widest = widestShrinkable(columns, widths);
    if (widest === -1) break;
    widths[widest]!--;
    excess--;
  }
  return widths;
}

function widestShrinkable(columns: readonly TableColumn[], widths: readonly number[]): number {
  let widest = -1;
  for (const [index, column] of columns.entries()) {
    if (column.numeric || widths[index]! <= NARROWEST) continue;
    if (widest === -1 || widths[index]! > widths[widest]!) widest = index;
  }
  return widest;
}

function* rowLines(
  columns: readonly TableColumn[],
  cells: readonly string[],
  widths: readonly number[],
): Generator<string> {
  const wrapped = cells.map((cell, index) => wrap(cell, Math.max(1, widths[index]!)));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  for (let n = 0; n < height; n++) {
    let line = '';
    for (const [index, column] of columns.entries()) {
      const cell = wrapped[index]![n] ?? '';
      const space = ' '.repeat(Math.max(0, widths[index]! - displayWidth(cell)));
      line += (index === 0 ? '' : GAP) + (column.numeric ? space + cell : cell + space);
    }
    yield line.trimEnd();
  }
}
