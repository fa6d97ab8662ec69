/** Every packet of every capture that ships, field by field, against tshark. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requirement } from '../requirements.ts';
import { CAPTURES } from '../scenarios.ts';
import { readWithOurs } from './ours.ts';
import { FIELDS, type FieldName, readWithTshark } from './tshark.ts';

const tshark = requirement('tshark');
const files = readdirSync(CAPTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pcap'))
  .sort();

/** The protocols of tshark's `frame.protocols` that are layers here too, under the names of `ours.ts`. */
const LAYERS = new Set([
  'eth',
  'vlan',
  'sll',
  'arp',
  'ip',
  'ipv6',
  'udp',
  'tcp',
  'icmp',
  'icmpv6',
  'vxlan',
  'geneve',
  'dns',
]);

function layersOf(protocols: readonly string[]): string[] {
  return protocols
    .flatMap((text) => text.split(':'))
    .map((name) => (name.startsWith('ipv6.') ? 'ipv6 extension' : name))
    .filter((name) => LAYERS.has(name) || name === 'ipv6 extension');
}

function theirs(field: FieldName, values: readonly string[]): string[] {
  return field === 'frame.protocols' ? layersOf(values) : [...values];
}

test('there are captures to compare', () => expect(files.length).toBeGreaterThan(100));

describe.skipIf(!tshark.available)(`tshark agrees ${tshark.reason}`, () => {
  test.concurrent.each(files)(
    '%s',
    async (name) => {
      const file = join(CAPTURES, name);
      const [expected, seen] = await Promise.all([readWithTshark(file), readWithOurs(file)]);
      expect(seen.length).toBe(expected.length);
      for (const [i, { fields, isQuoting }] of seen.entries()) {
        for (const field of FIELDS) {
          const wanted = theirs(field, expected[i][field]);
          // What an ICMP error quotes follows in tshark's lists, and is left out here.
          const compared = isQuoting ? wanted.slice(0, fields[field].length) : wanted;
          expect(fields[field], `frame ${i + 1}: ${field}`).toEqual(compared);
        }
      }
    },
    60_000,
  );
});
