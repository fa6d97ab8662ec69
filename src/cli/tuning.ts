/**
 * How V8 is to go about its own work in a run that reads large captures. It compiles JavaScript to machine code on threads
 * of its own, on the processors that the program has use for; and it begins with little memory for new objects, and takes
 * more as long as many of them last.
 */
import { setFlagsFromString } from 'node:v8';

/** A flag of V8, what it begins with, and the newest V8 that has it: one that does not would complain on stderr. */
interface Flag {
  name: string;
  usual: number;
  newest: number;
}

/** How much bytecode of a function is run, in bytes, before it is compiled. Later versions count in another way, and wait longer. */
const BUDGET: Flag = { name: 'interrupt-budget', usual: 67_584, newest: 11 };
/** How much of other functions may be compiled into one, in bytes of bytecode. */
const INLINED: Flag = { name: 'max-inlined-bytecode-size-cumulative', usual: 920, newest: 13 };
/** By what the memory for new objects grows. */
const GROWTH: Flag = { name: 'semi-space-growth-factor', usual: 2, newest: 13 };

/**
 * For reading captures: of JavaScript, what runs for every packet is worth to be compiled, but not what runs for every
 * batch of them, which V8 takes for busy enough soon.
 */
export function tuneForReading(): void {
  set(BUDGET, 10 * BUDGET.usual);
}

/**
 * For what follows, which is much code that runs for a moment: to compile functions into one another takes longer than it
 * saves. And of new objects most are done with at once or last to the end: memory that is in a cache already is better for
 * them than more of it, which takes the operating system longer to give than it takes V8 to tidy up.
 */
export function tuneForJudging(): void {
  set(BUDGET, BUDGET.usual);
  set(INLINED, 0);
  set(GROWTH, 1);
}

/** As V8 begins: what has been compiled is kept for the next run, which begins so, too. */
export function tuneAsUsual(): void {
  for (const flag of [BUDGET, INLINED, GROWTH]) set(flag, flag.usual);
}

function set({ name, newest }: Flag, value: number): void {
  if (Number.parseInt(process.versions.v8, 10) <= newest) setFlagsFromString(`--${name}=${value}`);
}
