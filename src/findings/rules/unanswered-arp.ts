/** ARP requests for a unicast address that nobody answered. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { unansweredFindings } from '../unanswered.ts';

export function unansweredArp(subject: Case): Finding[] {
  return unansweredFindings(subject, 'unanswered-arp', ['arp']);
}
