/** What is made once of a case, when it is first asked for, and is the same for all rules. */
import type { Case } from './case.ts';

export function perCase<Made extends object>(make: (subject: Case) => Made): (subject: Case) => Made {
  const known = new WeakMap<Case, Made>();
  return (subject) => {
    let made = known.get(subject);
    if (made === undefined) {
      made = make(subject);
      known.set(subject, made);
    }
    return made;
  };
}
