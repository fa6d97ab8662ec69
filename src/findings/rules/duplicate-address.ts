/** Two MACs claim one IP address in one overlay. */
import type { Claim } from '../../flow/claims.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { listed } from '../wording.ts';

const MOST = 20;

export function duplicateAddress(subject: Case): Finding[] {
  const groups = new Map<string, Claim[]>();
  for (const claim of subject.owners.contestedClaims) {
    // A bare capture shows one overlay at most; claims in it are compared with each other only.
    const scope = claim.vni === null ? `capture ${claim.vantage.index}` : `vni ${claim.vni}`;
    const key = `${scope} ${claim.address}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
  }
  const findings = new Map<string, Finding>();
  for (const group of groups.values()) {
    const macs = [...new Set(group.map((claim) => claim.mac))].sort();
    if (macs.length < 2) continue;
    const { address } = group[0];
    const vni = group.find((claim) => claim.vni !== null)?.vni ?? null;
    const key = `${address} ${macs.join(' ')}`;
    const known = findings.get(key);
    const evidence = group.map((claim) => ({
      capture: claim.vantage.label,
      frame: claim.firstFrame,
      note: `${claim.mac} claims ${address} (${claim.source === 'arp' ? 'ARP' : 'neighbour discovery'})`,
    }));
    if (known !== undefined) {
      known.evidence.push(...evidence);
      if (known.subject.vni === null) known.subject.vni = vni;
      continue;
    }
    findings.set(key, {
      code: 'duplicate-address',
      severity: 'error',
      confidence: 'certain',
      title: `${claimants(macs)} claim ${address}${vni === null ? '' : ` in VNI ${vni}`}`,
      explanation:
        'Whoever asks for the address gets one answer or the other, so traffic goes to the wrong place now and then. A cloned machine, a stale pod, or proxy ARP does this.',
      subject: { address, vni, macs: macs.join(' ') },
      evidence,
      remedy: [
        {
          text: `Find out which of the two is meant to have ${address} and take it from the other`,
          command: `arping -D -I <interface> ${address}`,
          host: null,
        },
      ],
      causes: [],
    });
  }
  return [...findings.values()].slice(0, MOST);
}

function claimants(macs: readonly string[]): string {
  if (macs.length === 2) return `${listed(macs)} both`;
  if (macs.length <= 4) return `${listed(macs)} all`;
  return `${macs.length} MACs, ${macs.slice(0, 3).join(', ')} and others,`;
}
