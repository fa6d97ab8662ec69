/** Everything that `decode --json` prints of the shipped captures is described in docs/decode.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCapture } from '../../src/capture/open.ts';
import { printCapture } from '../../src/print.ts';
import { CAPTURES } from '../scenarios.ts';

const DESCRIBED = readFileSync(join(import.meta.dirname, '../../docs/decode.md'), 'utf8');

/** Names of fields, and of layers, kinds and outcomes, of all packets of a capture. */
async function namesIn(file: string): Promise<Set<string>> {
  const names = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (!Array.isArray(value)) names.add(key);
      if (['layer', 'kind', 'outcome', 'checksum', 'packetType'].includes(key)) names.add(String(item));
      collect(item);
    }
  };
  let text = '';
  for await (const chunk of printCapture(await openCapture(file), { format: 'json' }))
    text += Buffer.from(chunk).toString();
  for (const line of text.split('\n').filter((each) => each !== '')) collect(JSON.parse(line));
  return names;
}

test('no name is printed that is not described', async () => {
  const names = new Set<string>();
  for (const folder of readdirSync(CAPTURES, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const files = readdirSync(join(CAPTURES, folder.name)).filter((name) => /\.pcap(ng)?$/.test(name));
    for (const name of files) {
      for (const found of await namesIn(join(CAPTURES, folder.name, name))) names.add(found);
    }
  }
  expect(names.size).toBeGreaterThan(70);
  expect([...names].filter((name) => !DESCRIBED.includes(`\`${name}\``))).toEqual([]);
});
