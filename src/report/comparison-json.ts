/** The comparison as JSON, complete. */
import type { Comparison } from './comparison.ts';
import { jsonText } from './escape.ts';

/** Returns the comparison as one JSON object, ending in a line feed. */
export function renderComparisonJson(comparison: Comparison): Iterable<string> {
  return [`${jsonText(JSON.stringify(comparison, null, 2))}\n`];
}
