/** Whether a destination MAC is that of the interface that owns the address. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Owner, OwnerSource } from './owners.ts';

/** What evidence says of frames that the kernel marked so. */
export const OTHER_HOST = ', packet type 3 (other host)';

/** Why a MAC is wrong. */
export interface Verdict {
  /** Null where the kernel's own verdict names nobody. */
  owner: Owner | null;
  source: OwnerSource;
}

/** The host at whose end the capture was taken: its own label, or else the only host that can be meant. */
export function hostAt(subject: Case, vantage: Vantage, flow: JoinedFlow): string | null {
  if (vantage.host !== null) return vantage.host;
  const hosts = subject.owners.hostsOf(flow.destination);
  return hosts.length === 1 ? hosts[0] : null;
}

/** The best owner that contradicts the frame; 'right' when a source as good or better agrees with it. */
export function ownerOf(owners: readonly Owner[], frameMac: string | null): Verdict | 'right' | null {
  if (frameMac === null || owners.length === 0) return null;
  const [best] = owners;
  const peers = owners.filter((owner) => owner.source === best.source);
  if (peers.some((owner) => owner.mac === frameMac)) return 'right';
  return { owner: best, source: best.source };
}

/** True for multicast and broadcast. */
export function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
