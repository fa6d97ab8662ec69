/** How aspects become differences: grouped, in order, and no more of a kind than anybody reads. */
import { expect, test } from 'vitest';
import { aspect, differences, NOTHING } from '../../src/compare/aspect.ts';

const values = (what: string) => ({ what, good: '1', bad: '2' });
const differing = { differs: true, sentence: 'it differs' };

test('what explains comes first, then what explains more by its nature', () => {
  const found = differences([
    aspect('ttl', values('a'), differing),
    aspect('vni', values('b'), differing),
    aspect('losses', values('c'), { ...differing, explains: true }),
    aspect('port', values('d'), { ...differing, explains: true }),
  ]);
  expect(found.differences.map(({ kind }) => kind)).toEqual(['port', 'losses', 'vni', 'ttl']);
});

test('aspects of one kind and scope are one difference; those that are equal only add to it', () => {
  const { differences: found } = differences([
    aspect('vni', values('equal'), { scope: 'x' }),
    aspect(
      'vni',
      { what: 'one-sided', good: NOTHING, bad: '2' },
      { scope: 'x', ...differing, explains: true, sentence: 'no' },
    ),
    aspect('vni', values('two-sided'), { scope: 'x', ...differing, explains: true, sentence: 'yes' }),
    aspect('vni', values('equal elsewhere'), { scope: 'y' }),
  ]);
  expect(found).toHaveLength(1);
  expect(found[0].sentence).toBe('yes');
  expect(found[0].values.map(({ what }) => what)).toEqual(['two-sided', 'one-sided', 'equal']);
});

test('more than five of a kind are counted', () => {
  const many = Array.from({ length: 9 }, (_, i) => aspect('losses', values(`${i}`), { scope: `${i}`, ...differing }));
  const { differences: found, more } = differences(many);
  expect(found).toHaveLength(5);
  expect(more).toEqual([{ kind: 'losses', differences: 4 }]);
});

test('more than eight values of a difference are counted', () => {
  const [{ sentence, values: shown }] = differences(
    Array.from({ length: 12 }, (_, i) => aspect('vni', values(`${i}`), differing)),
  ).differences;
  expect(shown).toHaveLength(8);
  expect(sentence).toBe('it differs (and 4 more of the kind)');
});
