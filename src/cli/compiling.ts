/**
 * How eagerly V8 compiles JavaScript to machine code, for a run that reads large captures. It compiles on threads of its
 * own, on the processors that the program has use for.
 */
import { setFlagsFromString } from 'node:v8';

/** The newest V8 that is known to have the flags. One that has them no longer would complain on stderr. */
const NEWEST_V8 = 13;

/** How much of other functions V8 may compile into one, in bytes of its bytecode; and what it begins with. */
const INLINED = 'max-inlined-bytecode-size-cumulative';
const USUAL_INLINED = 920;

/** How much bytecode of a function is run, in bytes, before V8 compiles it; and what it begins with. */
const BUDGET = 'interrupt-budget';
const USUAL_BUDGET = 67_584;

/**
 * For reading captures: of JavaScript, what runs for every packet is worth to be compiled, but not what runs for every
 * batch of them, which V8 takes for busy enough soon.
 */
export function compileForReading(): void {
  set(BUDGET, 10 * USUAL_BUDGET);
}

/** For what follows, which is much code that runs for a moment: to compile functions into one another takes longer than it saves. */
export function compileForJudging(): void {
  set(BUDGET, USUAL_BUDGET);
  set(INLINED, 0);
}

/** As V8 begins: what has been compiled is kept for the next run, which begins so, too. */
export function compileAsUsual(): void {
  set(BUDGET, USUAL_BUDGET);
  set(INLINED, USUAL_INLINED);
}

function set(flag: string, value: number): void {
  if (Number.parseInt(process.versions.v8, 10) <= NEWEST_V8) setFlagsFromString(`--${flag}=${value}`);
}
