/** DNS queries without a response. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { unansweredFindings } from '../unanswered.ts';

export function unansweredDns(subject: Case): Finding[] {
  return unansweredFindings(subject, 'unanswered-dns', ['dns']);
}
