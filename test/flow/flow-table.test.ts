/** Flows are found by their keys, whatever collides and however often the table grows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowTable, Word } from '../../src/flow/flow-table.ts';
import { IPV6, Protocol } from '../../src/flow/observations.ts';

type Key = [protocol: number, vni: number, source: number, destination: number, identifier: number];

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const key: fc.Arbitrary<Key> = fc.tuple(
  fc.nat(20),
  fc.integer({ min: -1, max: 0xffffff }),
  int32,
  int32,
  fc.nat(65_535),
);

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

  test.each([-1, 0, 1, 0x7fffff, 0x800000, 0xfffffe, 0xffffff])('tells VNI %i and the protocol of a flow', (vni) => {
    const table = new FlowTable(64);
    const protocols = [Protocol.Echo, Protocol.Dns, Protocol.Echo + IPV6, Protocol.Dns + IPV6];
    for (const protocol of protocols) {
      table.add(protocol, vni, 1, 2, 3);
      expect([table.protocol, table.vni]).toEqual([protocol, vni]);
      expect(table.find(protocol, vni === -1 ? 0xffffff : -1, 1, 2, 3)).toBe(-1);
    }
    expect(table.count).toBe(protocols.length);
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
});
