/** All rules, and how their findings are put in order: the principal cause first, its consequences after it. */
import type { Case, Rule } from './case.ts';
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
  const errors = new Map<FindingCode, Finding[]>();
  for (const finding of findings) {
    if (finding.severity === 'error') errors.set(finding.code, [...(errors.get(finding.code) ?? []), finding]);
  }
  for (const finding of findings) {
    finding.causes = (CAUSES[finding.code] ?? []).filter((code) =>
      errors.get(code)?.some((cause) => sharesVni(cause, finding) && sharesAddress(cause, finding)),
    );
    // What to check is for silences that nothing explains; the cause says what to do.
    if (finding.causes.length > 0 && finding.code.startsWith('unanswered-')) finding.remedy = [];
  }
  return findings;
}

/** False when a finding is about one VNI and the other, which could have caused it, is about others. */
function sharesVni(cause: Finding, { subject }: Finding): boolean {
  const { vni, senderVni, receiverVni } = cause.subject;
  const known = [vni, senderVni, receiverVni].filter((value) => typeof value === 'number');
  return known.length === 0 || typeof subject.vni !== 'number' || known.includes(subject.vni);
}

/** False when a finding is about one address and the other is about a flow between two different ones. */
function sharesAddress(cause: Finding, { subject }: Finding): boolean {
  const { address, source, destination } = cause.subject;
  if (RESOLUTIONS.includes(cause.code)) {
    // One of both ends was not found, or the one that is to answer did not find its next hop.
    const isEnd = destination === subject.destination || destination === subject.source;
    return typeof destination === 'string' && (isEnd || source === subject.destination);
  }
  if (typeof address !== 'string' || typeof subject.destination !== 'string') return true;
  return subject.destination === address || subject.source === address;
}

function rank(code: FindingCode): number {
  return ORDER.indexOf(code);
}

const ROOTS: readonly FindingCode[] = [
  'inner-destination-mac-mismatch',
  'vni-mismatch',
  'vxlan-port-mismatch',
  'reserved-bits',
  'bad-outer-checksum',
  'mtu-black-hole',
];
const SEGMENTS: readonly FindingCode[] = ['encapsulation-missing', 'not-decapsulated', 'lost-in-underlay'];
const SILENCES: readonly FindingCode[] = [...ROOTS, 'duplicate-address', 'asymmetric-endpoints', ...SEGMENTS];

/** Questions for a MAC: without an answer nothing can be sent to that address. */
const RESOLUTIONS: readonly FindingCode[] = ['unanswered-arp', 'unanswered-neighbor-solicitation'];

/** Which codes can explain which others. */
const CAUSES: Partial<Record<FindingCode, readonly FindingCode[]>> = {
  'not-decapsulated': ['vni-mismatch', 'vxlan-port-mismatch', 'bad-outer-checksum', 'reserved-bits', 'mtu-black-hole'],
  'encapsulation-missing': ['mtu-black-hole'],
  'lost-in-underlay': ['mtu-black-hole', 'vxlan-port-mismatch'],
  'unanswered-arp': SILENCES,
  'unanswered-neighbor-solicitation': SILENCES,
  'unanswered-echo': [...SILENCES, ...RESOLUTIONS],
  'unanswered-syn': [...SILENCES, ...RESOLUTIONS],
  'unanswered-dns': [...SILENCES, ...RESOLUTIONS],
  'icmp-error': ['vxlan-port-mismatch', 'mtu-black-hole'],
};
