/** Echo requests, ICMP and ICMPv6, that were not answered. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { unansweredFindings } from '../unanswered.ts';

export function unansweredEcho(subject: Case): Finding[] {
  return unansweredFindings(subject, 'unanswered-echo', ['icmp-echo', 'icmpv6-echo']);
}
