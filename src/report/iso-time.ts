/** Times as the report writes them. */

/**
 * ISO 8601 UTC with nanoseconds, of a time in nanoseconds since `epochSeconds` (Unix time); null when
 * there is none.
 */
export function isoTime(epochSeconds: number, nanoseconds: number): string | null {
  if (Number.isNaN(nanoseconds)) return null;
  const seconds = epochSeconds + Math.floor(nanoseconds / 1e9);
  const fraction = Math.round(nanoseconds - Math.floor(nanoseconds / 1e9) * 1e9);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return `${date.toISOString().slice(0, -5)}.${String(Math.min(fraction, 999_999_999)).padStart(9, '0')}Z`;
}
