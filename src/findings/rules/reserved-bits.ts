/**
 * VXLAN headers with flags other than 0x08 or reserved bits set, which a Linux receiver drops unless its
 * device was made for them (RFC 7348 section 5 says to ignore them; `vxlan_rcv` does not).
 */
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Case } from '../case.ts';
import { directionEvidence, directionIndex, type LossBehind } from '../direction-index.ts';
import type { Evidence, Finding, Remedy } from '../finding.ts';
import { segmentOf } from '../segment.ts';
import { hostWith } from '../tunnel-device.ts';
import { endsAt, MOST_EVIDENCE, plural, undeliveredEvidence } from '../wording.ts';

const MOST = 20;
/** Group policy's first flag (draft-smith-vxlan-group-policy). */
const FLAG_GROUP_POLICY = 0x80;
/** Version, P, B and O bits of VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe). */
const FLAGS_GPE = 0x37;

export function reservedBits(subject: Case): Finding[] {
  const index = directionIndex(subject);
  const findings: Finding[] = [];
  for (const direction of subject.tunnels) {
    const { count } = direction.oddHeaders;
    if (count === 0 || findings.length >= MOST) continue;
    // Those that were delivered are the ones without such bits, or else the receiver takes them.
    if (index.deliveries(direction) > direction.packets - count) continue;
    const losses = index.lossesBehind(direction);
    const vanished = losses.filter(({ flow, loss }) => segmentOf(flow, loss) === 'decapsulation');
    const unheard = losses.filter(({ flow, loss }) => segmentOf(flow, loss) === null && loss.after.kind === 'underlay');
    const lost = vanished.reduce((sum, { loss }) => sum + loss.count, 0);
    if (lost > 0 && lost <= count) findings.push(describe(subject, direction, vanished, true));
    else if (lost === 0 && unheard.length > 0) findings.push(describe(subject, direction, unheard, false));
  }
  return findings;
}

/** `isProven` when the packets are known to have vanished at decapsulation, not only to be unanswered. */
function describe(
  subject: Case,
  direction: TunnelDirection,
  losses: readonly LossBehind[],
  isProven: boolean,
): Finding {
  const { source, destination, vni, oddHeaders, vantage } = direction;
  const { count, flags, reserved, frame } = oddHeaders;
  const lost = losses.reduce((sum, { loss }) => sum + loss.count, 0);
  // Known by its frame, or because as many vanished as had such bits.
  const hasOdd = lost === count || losses.some(({ loss }) => endsAt(loss, vantage, frame));
  const evidence: Evidence[] = [
    { capture: vantage.label, frame, note: `flags ${hex(flags, 2)}, reserved bits ${hex(reserved, 6)}` },
  ];
  for (const { loss } of losses) {
    for (const entry of undeliveredEvidence(loss)) {
      if (evidence.length < MOST_EVIDENCE && entry.frame !== frame) evidence.push(entry);
    }
  }
  if (frame !== direction.firstFrame)
    evidence.push(directionEvidence(direction, 'first packet of this direction, for comparison'));
  const name = meaning(flags);
  return {
    code: 'reserved-bits',
    severity: isProven ? 'error' : 'info',
    confidence: isProven ? (hasOdd ? 'certain' : 'likely') : 'possible',
    title: `${plural(count, 'packet')} from ${source} to ${destination} in VNI ${vni} ${count === 1 ? 'carries' : 'carry'} ${name}, which a plain VXLAN device drops`,
    explanation:
      `The VXLAN flags are ${hex(flags, 2)} where RFC 7348 has 0x08, and the reserved bits behind them ${hex(reserved, 6)}. ` +
      `A Linux device drops what it was not made for, without an ICMP error. ` +
      (isProven
        ? `${plural(lost, 'packet')} of this direction reached ${vantage.label} and did not come out of the tunnel.`
        : `No capture behind ${vantage.label} shows whether it did; ${lost === 1 ? '1 exchange was' : `${lost} exchanges were`} not answered.`),
    subject: { sender: source, receiver: destination, vni, flags, reserved, packets: count, lost },
    evidence,
    remedy: remedies(subject, direction),
    causes: [],
  };
}

function meaning(flags: number): string {
  if ((flags & FLAG_GROUP_POLICY) !== 0) return 'group policy bits (GBP)';
  return (flags & FLAGS_GPE) !== 0 ? 'generic protocol extension bits (GPE)' : 'reserved bits';
}

function remedies(subject: Case, { source, destination, vni, oddHeaders }: TunnelDirection): Remedy[] {
  const isPolicy = (oddHeaders.flags & FLAG_GROUP_POLICY) !== 0;
  const receiver = hostWith(subject, destination)?.host ?? null;
  const sender = hostWith(subject, source)?.host ?? null;
  const device = 'ip -d link show type vxlan';
  return [
    {
      text: isPolicy
        ? `Both ends of VNI ${vni} need a device made with gbp, or neither; the receiver's shows whether it has it`
        : `The receiver's device has to be made for the same extension as the sender's`,
      command: device,
      host: receiver,
    },
    {
      text: 'Or the sender stops setting the bits: make its device again without the extension',
      command: device,
      host: sender,
    },
  ];
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
