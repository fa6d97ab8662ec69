/** The findings of the sliding memory, judged again and again while packets come. */
import type { ObservedCapture } from '../observe.ts';
import type { Report } from '../report/model.ts';
import type { UntimedEvent } from './events.ts';
import { type ActiveFinding, FindingWatch } from './finding-watch.ts';
import type { Watch } from './watch.ts';

/** Makes a report of what the watches observed. */
export type Diagnose = (watches: readonly Watch[], observed: readonly ObservedCapture[]) => Report;

/** Milliseconds between two judgements, at least; they take a fifth of the time of one processor at most. */
const PERIOD = 200;
const SHARE = 5;

export class Judgement {
  readonly #diagnose: Diagnose;
  readonly #tell: (event: UntimedEvent) => void;
  readonly #findings = new FindingWatch();
  /** The report over the sliding memory; null before there is one. */
  recent: Report | null = null;
  #last = 0;
  /** Milliseconds of processor time that the last one took: on a busy machine it takes longer than that. */
  #cost = 0;

  constructor(diagnose: Diagnose, tell: (event: UntimedEvent) => void) {
    this.#diagnose = diagnose;
    this.#tell = tell;
  }

  get active(): readonly ActiveFinding[] {
    return this.#findings.active;
  }

  /** Judges when it is time to, and tells what came and what went. `now` is in milliseconds since 1970. */
  judge(watches: readonly Watch[], now: number): void {
    if (now - this.#last < Math.max(PERIOD, this.#cost * SHARE)) return;
    // What an ended source did not see afterwards is no loss.
    const running = watches.filter(({ state }) => state === 'running');
    if (running.length === 0) return;
    const before = process.cpuUsage();
    this.recent = this.#diagnose(
      running,
      running.map((watch) => watch.recent()),
    );
    const { raised, cleared } = this.#findings.update(this.recent.findings, now);
    for (const finding of raised) this.#tell({ event: 'finding-raised', finding });
    for (const { finding, since } of cleared) {
      const { code, severity, title, subject } = finding;
      this.#tell({ event: 'finding-cleared', code, severity, title, subject, activeSeconds: (now - since) / 1000 });
    }
    this.#last = Date.now();
    const { user, system } = process.cpuUsage(before);
    this.#cost = (user + system) / 1000;
  }
}
