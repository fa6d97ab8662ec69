import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostFacts } from '../../src/host/read.ts';
import { comparable, EXPECTATIONS } from './expectations.ts';

/** Outputs that agree with each other, whatever their order: each with the command that made it in front. */
const PIECES = EXPECTATIONS.filter(({ sample }) => !/arp|ifconfig|proxy|brief/.test(sample)).map(
  ({ sample, command, echoed }) => {
    const text = readFileSync(new URL(`samples/${sample}.txt`, import.meta.url), 'utf8');
    return echoed ? text : `# ${command}\n${text}`;
  },
);
const LINES = PIECES.flatMap((piece) => piece.split('\n'));

const facts = (text: string) => comparable(readHostFacts('podvm', text));

test('the order of the pieces changes nothing', () => {
  const all = facts(PIECES.join(''));
  expect(all.unrecognisedLines).toBe(0);
  expect(all.interfaces).toHaveLength(10);
  fc.assert(
    fc.property(fc.shuffledSubarray(PIECES, { minLength: PIECES.length }), (pieces) => {
      expect(facts(pieces.join(''))).toEqual(all);
    }),
    { numRuns: 30 },
  );
});

describe('hostile text', () => {
  /** Parts of real outputs, mixed, cut and interrupted. */
  const fragment = fc.oneof(
    fc.constantFrom(...LINES),
    fc.constantFrom(...LINES).chain((line) => fc.nat(line.length).map((length) => line.slice(0, length))),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('{', '}', '[', ']', '[{', '"', '\\', '\u001b[3', 'netns: ', '$ ', '# ', '-A', 'table ip x {'),
    fc.json({ maxDepth: 4 }),
  );

  test('never throws, and counts what it did not know', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 40 }), fc.constantFrom('\n', '\r\n', ' ', ''), (parts, separator) => {
        const found = readHostFacts('podvm', parts.join(separator));
        expect(found.unrecognised.length).toBe(Math.min(20, found.unrecognisedLines!));
      }),
      { numRuns: 2000 },
    );
  });

  test('a real output cut anywhere', () => {
    for (const piece of PIECES) {
      for (let length = 0; length < piece.length; length += 1 + Math.floor(piece.length / 40)) {
        expect(() => readHostFacts('podvm', piece.slice(0, length))).not.toThrow();
      }
    }
  });

  const length = 300_000;
  test.each<[string, string]>([
    ['one long line', 'a'.repeat(length)],
    ['one long line of words', 'inet '.repeat(length / 5)],
    ['deep JSON', '['.repeat(length) + ']'.repeat(length)],
    ['brackets that nobody closes', '[\n'.repeat(length / 2)],
    ['nested broken JSON', `${'[\n'.repeat(200)}x${']\n'.repeat(200)}`.repeat(300)],
    ['broken JSON again and again', '[{"a":nonsense}]\n'.repeat(length / 17)],
    ['escape characters', '\u001b['.repeat(length / 2)],
    ['one interface, many addresses', many((n) => `2: eth0    inet 10.${n >> 8}.${n & 255}.1/24 scope global eth0`)],
    ['one name, many interfaces', many((n) => `${n}: eth0: <UP> mtu 1500`)],
    [
      'one neighbour, many MACs',
      many((n) => `10.0.0.1 dev eth0 lladdr 0a:00:00:00:${hex(n >> 8)}:${hex(n & 255)} STALE`),
    ],
    ['rules with many values', many(() => `-A INPUT -p tcp -m multiport --dports ${'1,'.repeat(60)}1 -j DROP`, 3000)],
    ['a rule that never ends', `table ip x {\nchain y {\ntcp dport {\n${'1,\n'.repeat(length / 3)}`],
    ['quotes', `-A INPUT ${'"\\'.repeat(30_000)}`],
    ['titles', `${'=='.repeat(200)} x\n`.repeat(2000)],
    ['a hundred thousand prompts', '$ ip addr\n'.repeat(100_000)],
  ])('%s takes time proportional to its length', (_name, text) => {
    const start = performance.now();
    readHostFacts('podvm', text);
    // A few seconds at most on a busy machine; quadratic time would be minutes.
    expect(performance.now() - start).toBeLessThan(8000);
  });

  test('a list that is full says so', () => {
    const found = readHostFacts(
      'podvm',
      many((n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255} dev eth0 FAILED`, 100_010),
    );
    expect(found.neighbors).toHaveLength(100_000);
    expect(found.leftOut).toBe(10);
  });

  function many(line: (n: number) => string, count = 20_000): string {
    return Array.from({ length: count }, (_, n) => line(n)).join('\n');
  }

  function hex(byte: number): string {
    return byte.toString(16).padStart(2, '0');
  }
});
