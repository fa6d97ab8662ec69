/** One thing looked at in both runs; aspects of the same kind and scope make one difference. */
import {
  type ComparedValue,
  type Comparison,
  DIFFERENCE_KINDS,
  type Difference,
  type DifferenceKind,
} from '../report/comparison.ts';
import type { Pairing } from './pairing.ts';

export interface Aspect extends ComparedValue {
  kind: DifferenceKind;
  /** What it is about where a run may have several: a conversation or an address. */
  scope: string;
  /** One sentence, for an aspect that differs; empty for one that only adds to the picture. */
  sentence: string;
  differs: boolean;
  explains: boolean;
  evidence: Difference['evidence'];
}

/** Looks at one side of the matter. */
export type Comparer = (pairing: Pairing) => Aspect[];

export const NOTHING = '–';
const NO_EVIDENCE: Difference['evidence'] = { good: null, bad: null };
const MOST_PER_KIND = 5;
const MOST_VALUES = 8;

/** An aspect; what is left out is: of no scope, equal, explaining nothing, without evidence. */
export function aspect(kind: DifferenceKind, values: ComparedValue, rest: Partial<Aspect> = {}): Aspect {
  return { kind, scope: '', sentence: '', differs: false, explains: false, evidence: NO_EVIDENCE, ...values, ...rest };
}

/** `what` of both runs as a sentence. */
export function contrast(subject: string, good: string, bad: string): string {
  return `${subject} is ${bad} in the bad run and ${good} in the good one`;
}

/** The differences, those that explain most first. */
export function differences(aspects: readonly Aspect[]): Pick<Comparison, 'differences' | 'more'> {
  const groups = new Map<string, Aspect[]>();
  for (const each of aspects) {
    const key = `${each.kind} ${each.scope}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  const all = [...groups.values()].filter((group) => group.some((each) => each.differs)).map(difference);
  all.sort(
    (a, b) =>
      Number(b.explains) - Number(a.explains) || DIFFERENCE_KINDS.indexOf(a.kind) - DIFFERENCE_KINDS.indexOf(b.kind),
  );
  const taken = new Map<DifferenceKind, number>();
  const shown = all.filter(({ kind }) => {
    taken.set(kind, (taken.get(kind) ?? 0) + 1);
    return taken.get(kind)! <= MOST_PER_KIND;
  });
  const more = [...taken]
    .filter(([, count]) => count > MOST_PER_KIND)
    .map(([kind, count]) => ({ kind, differences: count - MOST_PER_KIND }));
  return { differences: shown, more };
}

function difference(group: readonly Aspect[]): Difference {
  const differing = group.filter((each) => each.differs);
  const telling = differing.filter((each) => each.explains);
  const lead = telling.find(({ good, bad }) => good !== NOTHING && bad !== NOTHING) ?? telling[0] ?? differing[0];
  const values = [lead, ...differing, ...group].filter((each, index, list) => list.indexOf(each) === index);
  const shown = values.slice(0, MOST_VALUES).map(({ what, good, bad }) => ({ what, good, bad }));
  const further = differing.length - Math.min(differing.length, MOST_VALUES);
  const first = (side: 'good' | 'bad') => values.find((each) => each.evidence[side] !== null)?.evidence[side] ?? null;
  return {
    kind: lead.kind,
    sentence: lead.sentence + (further > 0 ? ` (and ${further} more of the kind)` : ''),
    explains: differing.some((each) => each.explains),
    values: shown,
    evidence: { good: first('good'), bad: first('bad') },
  };
}
