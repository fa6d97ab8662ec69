/** Flows are found by their keys, whatever collides and however often the table grows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WINDOW } from '../../src/decode/window.ts';
import { FlowTable, Word } from '../../src/flow/flow-table.ts';
import { hash5 } from '../../src/flow/hash.ts';

type Key = [protocol: number, vni: number, source: number, destination: number, identifier: number];

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const key: fc.Arbitrary<Key> = fc.tuple(fc.nat(20), int32, int32, int32, fc.nat(65_535));

describe('a flow table', () => {
  test('numbers flows in the order they were first seen, and finds them again', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 600 }), (keys) => {
        const table = new FlowTable(4096);
        const numbers = new Map<string, number>();
        for (const k of keys) {
          const known = numbers.get(k.join());
          expect(table.find(...k)).toBe(known ?? -1);
          numbers.set(k.join(), known ?? numbers.size);
          expect(table.add(...k)).toBe(numbers.get(k.join()));
          expect(table.words[table.word + Word.Source]).toBe(k[2]);
        }
        expect(table.count).toBe(numbers.size);
      }),
    );
  });

  test('keeps what was written to a record when it grows', () => {
    const table = new FlowTable(10_000);
    for (let i = 0; i < 10_000; i++) {
      table.add(0, 7, i, -i, i & 0xffff);
      table.words[table.word + Word.Requests] = i;
      table.doubles[table.double + 7] = i / 2;
    }
    for (let i = 0; i < 10_000; i++) {
      expect(table.find(0, 7, i, -i, i & 0xffff)).toBe(i);
      expect(table.words[table.word + Word.Requests]).toBe(i);
      expect(table.doubles[table.double + 7]).toBe(i / 2);
    }
  });

  test('takes no more flows than its limit, and counts what it declined', () => {
    const table = new FlowTable(3);
    for (let i = 0; i < 5; i++) table.add(0, 0, i, 0, 0);
    expect([table.count, table.overflowed]).toEqual([3, 2]);
    expect(table.find(0, 0, 2, 0, 0)).toBe(2);
    expect(table.find(0, 0, 3, 0, 0)).toBe(-1);
    expect(table.add(0, 0, 1, 0, 0)).toBe(1);
  });

  test('the likely flow is taken only where it is the right one', () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: WINDOW }), fc.array(fc.nat(40)), (keys, guesses) => {
        const table = new FlowTable(4096);
        const plain = new FlowTable(4096);
        const candidates = new Int32Array(WINDOW);
        const replies = new Int32Array(WINDOW).map((_, i) => i & 1);
        for (let round = 0; round < 3; round++) {
          table.fetch(
            Int32Array.from(keys, (k) => hash5(...k)),
            replies,
            candidates,
            keys.length,
          );
          keys.forEach((k, i) => {
            const guess = round === 2 ? (guesses[i] ?? 0) : candidates[i];
            expect(table.addLikely(guess, ...k)).toBe(plain.add(...k));
            expect(table.words[table.word + Word.Identifier]).toBe(k[4]);
          });
        }
        expect(table.count).toBe(plain.count);
      }),
    );
  });
});
