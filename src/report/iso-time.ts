/** Times as the report writes them. */

import { wholeUnits } from './timestamp.ts';

/**
 * ISO 8601 UTC with nanoseconds, of a time in nanoseconds since `epochSeconds` (Unix time); null when
 * there is none. `unit`: nanoseconds per timestamp unit of its capture.
 */
export function isoTime(epochSeconds: number, nanoseconds: number, unit = 1): string | null {
  if (Number.isNaN(nanoseconds)) return null;
  const second = Math.floor(nanoseconds / 1e9);
  const fraction = wholeUnits(nanoseconds - second * 1e9, Number.isSafeInteger(nanoseconds) ? 1 : unit);
  const date = new Date((epochSeconds + second) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return `${date.toISOString().slice(0, -5)}.${String(Math.min(fraction, 999_999_999)).padStart(9, '0')}Z`;
}
