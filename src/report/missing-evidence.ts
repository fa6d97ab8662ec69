/** What to capture or to ask the hosts for, when the captures at hand cannot decide. */
import type { Case } from '../findings/case.ts';
import type { Finding, Remedy } from '../findings/finding.ts';

/** Findings that say what happened and not why. */
const SYMPTOMS = new Set([
  'unanswered-echo',
  'unanswered-arp',
  'unanswered-neighbor-solicitation',
  'unanswered-syn',
  'unanswered-dns',
]);

/** Empty when nothing is unanswered, or when another finding explains it. */
export function missingEvidence(subject: Case, findings: readonly Finding[]): Remedy[] {
  const [principal] = findings;
  if (principal === undefined || principal.causes.length > 0 || !SYMPTOMS.has(principal.code)) return [];
  const missing: Remedy[] = [];
  if (subject.hosts.length === 0) {
    missing.push({
      text: 'What the interfaces at both ends are: pass the output with --host HOST=FILE',
      command: '(ip -d addr; ip neigh; ip -all netns exec ip -d addr) > host.txt',
      host: null,
    });
  }
  if (!subject.vantages.some(({ kind }) => kind === 'underlay' || kind === 'mixed')) {
    missing.push({
      text: 'What passes on the underlay of both ends',
      command:
        'tcpdump -ni <underlay interface> -w underlay.pcap "udp port 4789 or udp port 8472 or arp or icmp or ip[6:2] & 0x1fff != 0"',
      host: null,
    });
  }
  if (!subject.vantages.some(({ kind }) => kind === 'overlay' || kind === 'mixed')) {
    missing.push({
      text: 'What comes out of the tunnel at the end that was asked',
      command: 'tcpdump -ni <vxlan interface> -w overlay.pcap',
      host: null,
    });
  }
  return missing;
}
