import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readHostFacts } from '../../src/host/read.ts';
import { comparable, EXPECTATIONS } from './expectations.ts';

const read = (sample: string): string => readFileSync(new URL(`samples/${sample}.txt`, import.meta.url), 'utf8');

describe('stored outputs', () => {
  test('each file is of one command', () => {
    const files = readdirSync(new URL('samples/', import.meta.url)).filter((name) => name.endsWith('.txt'));
    expect(files.sort()).toEqual(EXPECTATIONS.map(({ sample }) => `${sample}.txt`).sort());
  });

  test.each(EXPECTATIONS)('$sample: $command', ({ sample, facts }) => {
    expect(comparable(readHostFacts('podvm', read(sample)))).toEqual(comparable(facts));
  });

  test.each(EXPECTATIONS)('$sample with CRLF, tabs and indentation', ({ sample, facts }) => {
    const text = read(sample)
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\r\n')
      .replaceAll('\n        inet', '\n\t\tinet');
    expect(comparable(readHostFacts('podvm', text))).toEqual(comparable(facts));
  });

  test.each(EXPECTATIONS.filter(({ sample }) => /^(ip-addr|ip-neigh|ip-route|arp-an|nft|iptables-list)$/.test(sample)))(
    '$sample under another namespace',
    ({ sample, facts }) => {
      const found = readHostFacts('podvm', `netns: blue\n${read(sample)}`);
      const moved = JSON.parse(JSON.stringify(facts).replaceAll('"namespace":null', '"namespace":"blue"'));
      expect(comparable(found)).toEqual(comparable(moved));
    },
  );
});
