/** What could not be compared, and what makes the comparison weaker. */
import { questions } from '../findings/wording.ts';
import { counted } from '../report/phrases.ts';
import { type Conversation, isResolution } from './conversations.ts';
import { isLonelyLoss, isMissed, isUnresolved } from './exchanges.ts';
import { ownerOf } from './macs.ts';
import type { Pairing, Run } from './pairing.ts';
import { alignDirections } from './tunnels.ts';

/** Conversations named one by one. */
const MOST_NAMED = 5;

export function comparisonNotes(pairing: Pairing): string[] {
  const { good, bad, conversations, places, troubled } = pairing;
  const unansweredIn = (run: Run) => run.subject.flows.reduce((sum, flow) => sum + flow.unanswered, 0);
  const failing = unansweredIn(good);
  const notes: string[] = [];
  const swapped = failing > 0 && unansweredIn(bad) === 0;
  if (failing > 0) {
    notes.push(
      `The good run is no clean measure: ${counted(failing, 'exchange')} of it ${failing === 1 ? 'is' : 'are'} not answered.`,
    );
  }
  if (unansweredIn(bad) === 0) {
    notes.push(`No exchange of the bad run is unanswered${swapped ? ': --good and --bad may be swapped' : ''}.`);
  }
  for (const pair of conversations.pairs.filter(({ by }) => by === 'role').slice(0, MOST_NAMED)) {
    notes.push(`Compared by their role: ${named(pair.good)} in the good run with ${named(pair.bad)} in the bad one.`);
  }
  notes.push(
    ...leftOver(
      'good',
      conversations.onlyGood.filter((each) => !isMissed(pairing, each)),
    ),
  );
  notes.push(
    ...leftOver(
      'bad',
      conversations.onlyBad.filter((each) => !isUnresolved(each) && !isLonelyLoss(conversations.pairs, each)),
    ),
  );
  const { pairs, onlyGood, onlyBad } = alignDirections(pairing);
  if (pairs.length === 0 && onlyGood.length > 0 && onlyBad.length > 0) {
    const [a, b] = [onlyGood, onlyBad].map(([{ source, destination }]) => `${source} → ${destination}`);
    notes.push(`No tunnel of one run stands for one of the other: ${a} in the good run, ${b} in the bad one.`);
  }
  for (const { label } of places.onlyGood) notes.push(`No capture of the bad run stands for ${label} of the good one.`);
  for (const { label } of places.onlyBad) notes.push(`No capture of the good run stands for ${label} of the bad one.`);
  const unknown = [...troubled].find((each) => isOwnerUnknown(bad, each));
  if (unknown !== undefined) {
    const { destination, path } = unknown;
    notes.push(
      `Which MAC ${destination} has in the bad run is not known: pass what its host prints (ip addr) with --host-bad to compare it with that of the frames at ${path[path.length - 1].label}.`,
    );
  }
  for (const [side, run] of Object.entries({ good, bad })) {
    for (const { vantage, warnings } of run.subject.captures) {
      if (warnings.length > 0) notes.push(`${vantage.label} of the ${side} run: ${warnings.join('; ')}.`);
    }
  }
  return notes;
}

/** True where frames reach the owner's end without an answer, and nobody says which MAC the owner has. */
function isOwnerUnknown(run: Run, conversation: Conversation): boolean {
  if (isResolution(conversation) || conversation.answered > 0 || conversation.losses[0]?.stage !== 'no-reply')
    return false;
  const { macs, contradicted } = ownerOf(run, conversation, 'request');
  return macs.length === 0 && contradicted === null;
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
