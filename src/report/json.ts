/** The report as JSON, complete. Written item by item, so that a report of any number of flows needs no string of its size. */
import { inChunks } from './chunks.ts';
import { jsonText } from './escape.ts';
import type { Report } from './model.ts';

/** There may be very many of these, so each takes one line. */
const ONE_LINE_ITEMS: ReadonlySet<string> = new Set(['flows']);

/**
 * Returns the report as one JSON object, ending in a line feed. Characters that a terminal would obey
 * or a reader could not see are written as `\uXXXX`, which leaves every value as it is.
 */
export function renderJson(report: Report): Iterable<string> {
  return escaped(inChunks(pieces(report)));
}

/** A piece ends where a value does, so that no chunk begins or ends inside a character. */
function* escaped(chunks: Iterable<string>): Generator<string> {
  for (const chunk of chunks) yield jsonText(chunk);
}

function* pieces(report: Report): Generator<string> {
  let separator = '{\n';
  for (const [key, value] of Object.entries(report)) {
    if (value === undefined) continue;
    yield `${separator}  ${JSON.stringify(key)}: `;
    if (Array.isArray(value)) yield* items(value, ONE_LINE_ITEMS.has(key));
    else yield indented(value, '  ');
    separator = ',\n';
  }
  yield '\n}\n';
}

function* items(values: readonly unknown[], oneLine: boolean): Generator<string> {
  if (values.length === 0) {
    yield '[]';
    return;
  }
  let separator = '[\n    ';
  for (const value of values) {
    yield separator + (oneLine ? JSON.stringify(value) : indented(value, '    '));
    separator = ',\n    ';
  }
  yield '\n  ]';
}

function indented(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}
