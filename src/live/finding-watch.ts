/** Which findings there are now, which are new, and which are over. */
import type { Finding } from '../report/model.ts';

/** A finding that is there, and since when. */
export interface ActiveFinding {
  finding: Finding;
  /** Milliseconds since 1970. */
  since: number;
}

export class FindingWatch {
  readonly #active = new Map<string, ActiveFinding>();

  /** Takes in the findings of now; returns what came and what went. */
  update(findings: readonly Finding[], now: number): { raised: Finding[]; cleared: ActiveFinding[] } {
    const raised: Finding[] = [];
    const present = new Set<string>();
    for (const finding of findings) {
      const key = identity(finding);
      present.add(key);
      const known = this.#active.get(key);
      if (known === undefined) {
        this.#active.set(key, { finding, since: now });
        raised.push(finding);
      } else {
        known.finding = finding;
      }
    }
    const cleared: ActiveFinding[] = [];
    for (const [key, active] of this.#active) {
      if (present.has(key)) continue;
      this.#active.delete(key);
      cleared.push(active);
    }
    return { raised, cleared };
  }

  /** In the order of the report: the principal cause first. */
  get active(): readonly ActiveFinding[] {
    return [...this.#active.values()];
  }
}

/** Numbers that tell findings apart. All others count, and grow while the finding stays the same. */
const NAMING_NUMBERS = new Set(['vni', 'port', 'type', 'code', 'quotedDestinationPort']);

function identity({ code, subject }: Finding): string {
  const named = Object.entries(subject).filter(
    ([name, value]) => typeof value !== 'number' || NAMING_NUMBERS.has(name),
  );
  return `${code} ${JSON.stringify(named)}`;
}
