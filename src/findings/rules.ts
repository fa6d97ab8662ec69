/** All rules, and how their findings are put in order: the principal cause first, its consequences after it. */
import type { Case, Rule } from './case.ts';
import { explainAll } from './causes.ts';
import type { Finding, FindingCode } from './finding.ts';
import { asymmetricEndpoints } from './rules/asymmetric-endpoints.ts';
import { badOuterChecksum } from './rules/bad-outer-checksum.ts';
import { captureIncomplete } from './rules/capture-incomplete.ts';
import { connectionReset } from './rules/connection-reset.ts';
import { crossVniReply } from './rules/cross-vni-reply.ts';
import { duplicateAddress } from './rules/duplicate-address.ts';
import { duplicatePackets } from './rules/duplicate-packets.ts';
import { encapsulationMissing } from './rules/encapsulation-missing.ts';
import { icmpError } from './rules/icmp-error.ts';
import { innerDestinationMacMismatch } from './rules/inner-destination-mac-mismatch.ts';
import { lateReply } from './rules/late-reply.ts';
import { lostInUnderlay } from './rules/lost-in-underlay.ts';
import { macFlapping } from './rules/mac-flapping.ts';
import { mtuBlackHole } from './rules/mtu-black-hole.ts';
import { multipleRemotes } from './rules/multiple-remotes.ts';
import { notDecapsulated } from './rules/not-decapsulated.ts';
import { reservedBits } from './rules/reserved-bits.ts';
import { unansweredArp } from './rules/unanswered-arp.ts';
import { unansweredDns } from './rules/unanswered-dns.ts';
import { unansweredEcho } from './rules/unanswered-echo.ts';
import { unansweredNeighborSolicitation } from './rules/unanswered-neighbor-solicitation.ts';
import { unansweredSyn } from './rules/unanswered-syn.ts';
import { vniMismatch } from './rules/vni-mismatch.ts';
import { vxlanPortMismatch } from './rules/vxlan-port-mismatch.ts';

/** Each rule and the code of its findings, from cause to consequence: a finding may be explained by any that stands before it. */
const RULES: readonly (readonly [FindingCode, Rule])[] = [
  ['inner-destination-mac-mismatch', innerDestinationMacMismatch],
  ['vni-mismatch', vniMismatch],
  ['vxlan-port-mismatch', vxlanPortMismatch],
  ['reserved-bits', reservedBits],
  ['bad-outer-checksum', badOuterChecksum],
  ['mtu-black-hole', mtuBlackHole],
  ['duplicate-address', duplicateAddress],
  ['mac-flapping', macFlapping],
  ['multiple-remotes', multipleRemotes],
  ['encapsulation-missing', encapsulationMissing],
  ['not-decapsulated', notDecapsulated],
  ['asymmetric-endpoints', asymmetricEndpoints],
  ['lost-in-underlay', lostInUnderlay],
  ['unanswered-arp', unansweredArp],
  ['unanswered-neighbor-solicitation', unansweredNeighborSolicitation],
  ['unanswered-echo', unansweredEcho],
  ['unanswered-syn', unansweredSyn],
  ['unanswered-dns', unansweredDns],
  ['connection-reset', connectionReset],
  ['late-reply', lateReply],
  ['duplicate-packets', duplicatePackets],
  ['cross-vni-reply', crossVniReply],
  ['icmp-error', icmpError],
  ['capture-incomplete', captureIncomplete],
];
const ORDER = RULES.map(([code]) => code);

const SEVERITY = { error: 0, warning: 1, info: 2 } as const;

/** Runs every rule; returns the findings in order, each with the codes of those that explain it. */
export function findAll(subject: Case): Finding[] {
  const findings = RULES.flatMap(([, rule]) => rule(subject));
  findings.sort((a, b) => SEVERITY[a.severity] - SEVERITY[b.severity] || rank(a.code) - rank(b.code));
  explainAll(subject, findings);
  return findings;
}

function rank(code: FindingCode): number {
  return ORDER.indexOf(code);
}
