/** Neighbor solicitations that nobody answered. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { unansweredFindings } from '../unanswered.ts';

export function unansweredNeighborSolicitation(subject: Case): Finding[] {
  return unansweredFindings(subject, 'unanswered-neighbor-solicitation', ['ndp']);
}
