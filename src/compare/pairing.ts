/** Two runs side by side, with what of one stands for what of the other. */
import type { Case } from '../findings/case.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { StreamedReport } from '../report/model.ts';
import type { Alignment } from './align.ts';
import { alignConversations, type Conversation, conversations, isWorse } from './conversations.ts';
import { alignPlaces } from './places.ts';

/** One run as it was analysed. */
export interface Run {
  subject: Case;
  report: StreamedReport;
}

export interface Pairing {
  good: Run;
  bad: Run;
  conversations: Alignment<Conversation>;
  places: Alignment<Vantage>;
  /** Conversations of the bad run that fare worse than in the good one, or go unanswered and are not in it. */
  troubled: ReadonlySet<Conversation>;
  /** Addresses of the troubled conversations. */
  silent: ReadonlySet<string>;
  /** The capture of the good run that stands for one of the bad run. */
  counterpart(vantage: Vantage): Vantage | null;
}

export function pair(good: Run, bad: Run): Pairing {
  const aligned = alignConversations(conversations(good.subject.flows), conversations(bad.subject.flows));
  const places = alignPlaces(good.subject.vantages, bad.subject.vantages, aligned.pairs);
  const counterparts = new Map(places.pairs.map((each) => [each.bad, each.good]));
  const worse = aligned.pairs.filter((each) => isWorse(each.good, each.bad)).map((each) => each.bad);
  const troubled = new Set([...worse, ...aligned.onlyBad.filter(({ unanswered }) => unanswered > 0)]);
  const silent = new Set([...troubled].flatMap(({ source, destination }) => [source, destination]));
  const counterpart = (vantage: Vantage): Vantage | null => counterparts.get(vantage) ?? null;
  return { good, bad, conversations: aligned, places, troubled, silent, counterpart };
}
