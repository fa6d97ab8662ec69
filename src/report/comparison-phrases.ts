/** Parts of a comparison in words. */
import type { ComparedRun, Difference } from './comparison.ts';
import type { Evidence } from './model.ts';
import { count, counted } from './phrases.ts';

/** Frames of both runs that show a difference. */
export function evidenceOf({ evidence: { good, bad } }: Difference): (Evidence & { side: 'good' | 'bad' })[] {
  return [
    ...(good === null ? [] : [{ side: 'good' as const, ...good }]),
    ...(bad === null ? [] : [{ side: 'bad' as const, ...bad }]),
  ];
}

/** How many captures and exchanges a run has, and what an analysis of it alone says. */
export function runSentence({ captures, requests, answered, unanswered, pending, verdict }: ComparedRun): string {
  return (
    `${counted(captures.length, 'capture')}, ${counted(requests, 'exchange')}: ${count(answered)} answered, ` +
    `${count(unanswered)} unanswered, ${count(pending)} pending; alone it says ${verdict.code}`
  );
}
