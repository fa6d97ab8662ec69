/** What stands for what, and which differences of shares are chance. */
import { describe, expect, test } from 'vitest';
import { align } from '../../src/compare/align.ts';
import { type Conversation, isWorse } from '../../src/compare/conversations.ts';

interface Thing {
  name: string;
  role: string;
}

const things = (...names: string[]): Thing[] =>
  names.map((text) => ({ name: text.split(':')[0], role: text.split(':')[1] }));
const STEPS = [
  { by: 'name' as const, key: ({ name }: Thing) => name },
  { by: 'role' as const, key: ({ role }: Thing) => role },
];

describe('align', () => {
  test.each([
    [
      ['a:x', 'b:x'],
      ['b:x', 'a:x'],
      ['a=a', 'b=b'],
    ],
    [
      ['a:x', 'b:y'],
      ['a:x', 'c:y'],
      ['a=a', 'b~c'],
    ],
    [['a:x', 'b:x'], ['c:x'], []],
    [['a:x'], ['b:x', 'c:x'], []],
    [
      ['a:x', 'b:x'],
      ['a:y', 'c:x'],
      ['a=a', 'b~c'],
    ],
    [[], ['a:x'], []],
  ])('%j with %j: %j', (good, bad, expected) => {
    const { pairs, onlyGood, onlyBad } = align(things(...good), things(...bad), STEPS);
    expect(pairs.map((pair) => `${pair.good.name}${pair.by === 'name' ? '=' : '~'}${pair.bad.name}`).sort()).toEqual(
      expected,
    );
    expect(onlyGood).toHaveLength(good.length - pairs.length);
    expect(onlyBad).toHaveLength(bad.length - pairs.length);
  });

  test('a pair that is refused stays apart', () => {
    const [{ key }] = STEPS;
    const { pairs } = align(things('a:x'), things('a:x'), [{ by: 'name', key, admits: () => false }]);
    expect(pairs).toEqual([]);
  });
});

describe('isWorse', () => {
  const fate = (unanswered: number, answered: number): Conversation => ({ unanswered, answered }) as Conversation;
  test.each([
    [fate(0, 5), fate(0, 5), false],
    [fate(0, 5), fate(1, 100), true],
    [fate(1, 99), fate(2, 98), false],
    [fate(1, 99), fate(20, 80), true],
    [fate(5, 0), fate(5, 0), false],
    [fate(5, 5), fate(0, 10), false],
  ])('%j then %j: %s', (good, bad, expected) => {
    expect(isWorse(good, bad)).toBe(expected);
  });
});
