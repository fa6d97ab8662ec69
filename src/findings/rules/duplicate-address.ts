/** Two MACs claim one IP address in one overlay. */
import type { Claim } from '../../flow/claims.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { listed, MOST_EVIDENCE } from '../wording.ts';

const MOST = 20;
/** MACs named of those that claim an address; what goes beyond is counted. */
const MOST_MACS = 8;

/** An address and who claims it, wherever the same MACs do. */
interface Contest {
  address: string;
  vni: number | null;
  macs: string[];
  claims: Claim[];
}

/** The VNIs in which a MAC claims an address. */
type Homes = Map<string, Set<number>>;

export function duplicateAddress(subject: Case): Finding[] {
  return contests(subject).slice(0, MOST).map(describe);
}

function contests(subject: Case): Contest[] {
  const groups = new Map<string, Claim[]>();
  const homes = new Map<string, Homes>();
  for (const claim of subject.owners.contestedClaims) {
    // Claims outside any tunnel are compared with those of the same capture only.
    const scope = claim.vni === null ? `capture ${claim.vantage.index}` : `vni ${claim.vni}`;
    const key = `${scope} ${claim.address}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
    if (claim.vni !== null) addHome(homes, claim.address, claim.mac, claim.vni);
  }
  const found = new Map<string, Contest>();
  for (const claims of groups.values()) {
    const macs = [...new Set(claims.map(({ mac }) => mac))].sort();
    if (macs.length < 2) continue;
    const { address } = claims[0];
    if (claims[0].vni === null && areOfSeveralOverlays(macs, homes.get(address))) continue;
    const vni = claims.find((claim) => claim.vni !== null)?.vni ?? null;
    const key = `${address} ${macs.join(' ')}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { address, vni, macs, claims });
    else {
      known.claims = [...known.claims, ...claims];
      known.vni ??= vni;
    }
  }
  return [...found.values()];
}

function addHome(homes: Map<string, Homes>, address: string, mac: string, vni: number): void {
  const own: Homes = homes.get(address) ?? new Map();
  homes.set(address, own);
  own.set(mac, (own.get(mac) ?? new Set()).add(vni));
}

/**
 * True when every MAC that claims an address outside any tunnel claims it in a VNI, too, and no two in the same: the
 * capture shows several overlays, as one of all interfaces does, in which the address stands once each.
 */
function areOfSeveralOverlays(macs: readonly string[], homes: Homes | undefined): boolean {
  const taken = macs.flatMap((mac) => [...(homes?.get(mac) ?? [])]);
  return macs.every((mac) => homes?.has(mac)) && new Set(taken).size === taken.length;
}

function describe({ address, vni, macs, claims }: Contest): Finding {
  return {
    code: 'duplicate-address',
    severity: 'error',
    confidence: 'certain',
    title: `${claimants(macs)} claim ${address}${vni === null ? '' : ` in VNI ${vni}`}`,
    explanation:
      'Whoever asks for the address gets one answer or the other, so traffic goes to the wrong place now and then. A cloned machine, a stale pod, or proxy ARP does this.',
    subject: { address, vni, macs: macs.slice(0, MOST_MACS).join(' '), macCount: macs.length },
    evidence: shown(claims).map(({ vantage, firstFrame, mac, source }) => ({
      capture: vantage.label,
      frame: firstFrame,
      note: `${mac} claims ${address} (${source === 'arp' ? 'ARP' : 'neighbour discovery'})`,
    })),
    remedy: [
      {
        text: `Find out which of ${macs.length === 2 ? 'the two' : 'them'} is meant to have ${address} and take it from the other${macs.length === 2 ? '' : 's'}`,
        command: `arping -D -I <interface> ${address}`,
        host: null,
      },
    ],
    causes: [],
  };
}

/** As many claims as are listed; where there are more, one of each MAC comes before a second of any. */
function shown(claims: readonly Claim[]): readonly Claim[] {
  if (claims.length <= MOST_EVIDENCE) return claims;
  const firsts = new Map<string, Claim>();
  for (const claim of claims) if (!firsts.has(claim.mac)) firsts.set(claim.mac, claim);
  const others = claims.filter((claim) => firsts.get(claim.mac) !== claim);
  return [...firsts.values(), ...others].slice(0, MOST_EVIDENCE);
}

function claimants(macs: readonly string[]): string {
  if (macs.length === 2) return `${listed(macs)} both`;
  if (macs.length <= 4) return `${listed(macs)} all`;
  return `${macs.length} MACs, ${macs.slice(0, 3).join(', ')} and others,`;
}
