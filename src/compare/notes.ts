/** What could not be compared, and what makes the comparison weaker. */
import { questions } from '../findings/wording.ts';
import { counted } from '../report/phrases.ts';
import type { Conversation } from './conversations.ts';
import { ownerOf } from './macs.ts';
import type { Pairing, Run } from './pairing.ts';

/** Conversations named one by one. */
const MOST_NAMED = 5;

export function comparisonNotes(pairing: Pairing): string[] {
  const { good, bad, conversations, places, troubled } = pairing;
  const unansweredIn = (run: Run) => run.subject.flows.reduce((sum, flow) => sum + flow.unanswered, 0);
  const failing = unansweredIn(good);
  const notes: string[] = [];
  if (failing > 0) {
    notes.push(
      `The good run is no clean measure: ${counted(failing, 'exchange')} of it ${failing === 1 ? 'is' : 'are'} not answered.`,
    );
  }
  if (unansweredIn(bad) === 0) notes.push('No exchange of the bad run is unanswered.');
  for (const pair of conversations.pairs.filter(({ by }) => by === 'role').slice(0, MOST_NAMED)) {
    notes.push(`Compared by their role: ${named(pair.good)} in the good run with ${named(pair.bad)} in the bad one.`);
  }
  notes.push(...leftOver('good', conversations.onlyGood), ...leftOver('bad', conversations.onlyBad));
  for (const { label } of places.onlyGood) notes.push(`No capture of the bad run stands for ${label} of the good one.`);
  for (const { label } of places.onlyBad) notes.push(`No capture of the good run stands for ${label} of the bad one.`);
  for (const conversation of troubled) {
    const { answered, losses, path, destination } = conversation;
    const end = path[path.length - 1];
    if (answered > 0 || losses[0]?.stage !== 'no-reply' || ownerOf(bad, conversation, 'request').macs.length > 0)
      continue;
    notes.push(
      `Which MAC ${destination} has in the bad run is not known: pass what its host prints (ip addr) with --host-bad to compare it with that of the frames at ${end.label}.`,
    );
    break;
  }
  for (const [side, run] of Object.entries({ good, bad })) {
    for (const { vantage, warnings } of run.subject.captures) {
      if (warnings.length > 0) notes.push(`${vantage.label} of the ${side} run: ${warnings.join('; ')}.`);
    }
  }
  return notes;
}

function named({ protocol, source, destination, requests }: Conversation): string {
  return `${questions(protocol, requests)} from ${source} to ${destination}`;
}

function leftOver(side: 'good' | 'bad', list: readonly Conversation[]): string[] {
  if (list.length === 0) return [];
  const worst = [...list].sort((a, b) => b.unanswered - a.unanswered);
  const shown = worst.slice(0, MOST_NAMED).map((each) => `${named(each)} (${each.unanswered} unanswered)`);
  const further = list.length - shown.length;
  return [
    `Only in the ${side} run, and compared with nothing: ${shown.join('; ')}${further > 0 ? `; and ${further} more` : ''}.`,
  ];
}
