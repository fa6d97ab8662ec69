/** Which thing of the good run stands for which of the bad one. */

export interface Aligned<T> {
  good: T;
  bad: T;
  /** `name`: everything that names it is equal. `role`: it is the only one left that can be meant. */
  by: 'name' | 'role';
}

export interface Alignment<T> {
  pairs: Aligned<T>[];
  onlyGood: T[];
  onlyBad: T[];
}

export interface AlignmentStep<T> {
  by: Aligned<T>['by'];
  /** Things with the same key may stand for each other; null for a thing that takes no part. */
  key: (thing: T, side: 'good' | 'bad') => string | null;
  /** May refuse a pair. */
  admits?: (good: T, bad: T) => boolean;
}

/** Aligns step by step; a step takes a pair only when each run has exactly one candidate left with its key. */
export function align<T>(good: readonly T[], bad: readonly T[], steps: readonly AlignmentStep<T>[]): Alignment<T> {
  const pairs: Aligned<T>[] = [];
  const leftGood = new Set(good);
  const leftBad = new Set(bad);
  for (const { by, key, admits } of steps) {
    const candidates = grouped(leftGood, (thing) => key(thing, 'good'));
    for (const [name, others] of grouped(leftBad, (thing) => key(thing, 'bad'))) {
      const own = candidates.get(name);
      if (own?.length !== 1 || others.length !== 1) continue;
      if (admits !== undefined && !admits(own[0], others[0])) continue;
      pairs.push({ good: own[0], bad: others[0], by });
      leftGood.delete(own[0]);
      leftBad.delete(others[0]);
    }
  }
  return { pairs, onlyGood: [...leftGood], onlyBad: [...leftBad] };
}

function grouped<T>(things: Iterable<T>, key: (thing: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const name = key(thing);
    if (name === null) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [thing]);
    else group.push(thing);
  }
  return groups;
}
