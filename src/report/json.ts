/** The report as JSON, complete. Written item by item, so that a report of any number of flows needs no string of its size. */
import { inChunks } from './chunks.ts';
import { jsonText } from './escape.ts';
import { flowPieces } from './flow-json.ts';
import type { StreamedReport } from './model.ts';

/**
 * Returns the report as one JSON object, ending in a line feed. Characters that a terminal would obey
 * or a reader could not see are written as `\uXXXX`, which leaves every value as it is.
 */
export function renderJson(report: StreamedReport): Iterable<string> {
  return inChunks(pieces(report));
}

function* pieces(report: StreamedReport): Generator<string> {
  let separator = '{\n';
  for (const [key, value] of Object.entries(report)) {
    if (value === undefined) continue;
    yield `${separator}  ${jsonText(JSON.stringify(key))}: `;
    if (key === 'flows') yield* flowPieces(report.flows);
    else if (!Array.isArray(value)) yield indented(value, '  ');
    else if (value.length === 0) yield '[]';
    else yield* items(value);
    separator = ',\n';
  }
  yield '\n}\n';
}

function* items(values: readonly unknown[]): Generator<string> {
  let separator = '[\n    ';
  for (const value of values) {
    yield separator + indented(value, '    ');
    separator = ',\n    ';
  }
  yield '\n  ]';
}

function indented(value: unknown, indent: string): string {
  return jsonText(JSON.stringify(value, null, 2)).replaceAll('\n', `\n${indent}`);
}
