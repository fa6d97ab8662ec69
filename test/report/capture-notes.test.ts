/** What is said of a capture that has more of something than is kept. */
import { expect, test } from 'vitest';
import type { KeyTable } from '../../src/flow/key-table.ts';
import { DEFAULT_LIMITS, Observations } from '../../src/flow/observations.ts';
import { captureNotes } from '../../src/report/capture-notes.ts';

function notesOf(observations: Observations): readonly string[] {
  const vantage = { index: 0, label: 'a', host: null, interfaceName: null, kind: 'none' as const, observations };
  const source = { complete: true, warnings: [], interfaces: [] };
  return captureNotes(vantage, { unsupported: new Map(), source }).warnings;
}

test.each<[what: string, limit: number, table: (observations: Observations) => KeyTable]>([
  ['claims of addresses', 65_536, ({ claims }) => claims.table],
  ['directions of tunnels', 65_536, ({ tunnels }) => tunnels.table],
  ['fragments between', 4096, ({ fragments }) => fragments.table],
  ['IPv6 addresses', 200, ({ addresses }) => addresses.table],
])('more %s than %d are told of once, as many are not', (what, limit, tableOf) => {
  const observations = new Observations({ ...DEFAULT_LIMITS, flows: 100 });
  const table = tableOf(observations);
  for (let i = 0; i < limit; i++) table.add(i, 0, 0, 0, 0);
  expect(notesOf(observations)).toEqual([]);
  for (let i = 0; i < 3; i++) table.add(limit + i, 0, 0, 0, 0);
  const notes = notesOf(observations);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(what);
  expect(notes[0]).toContain(`more than ${limit} `);
});
