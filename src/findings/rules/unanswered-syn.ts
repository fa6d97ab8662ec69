/** TCP connection attempts that met neither a SYN-ACK nor a reset. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { unansweredFindings } from '../unanswered.ts';

export function unansweredSyn(subject: Case): Finding[] {
  return unansweredFindings(subject, 'unanswered-syn', ['tcp-connect']);
}
