/**
 * Which MAC owns an address, by every source there is, the most certain first: what the host itself
 * says, what the user states, what ARP and neighbour discovery claimed, what the owner's own frames say.
 *
 * The same address may stand on two hosts with two MACs (both ends of a pod's tunnel), so evidence
 * belongs to a host, and is judged at that host's captures only.
 */
import { type AddressKey, addressKey, type Claim } from '../flow/claims.ts';
import type { Ownership } from '../flow/path.ts';
import type { Vantage } from '../flow/vantage.ts';
import { readAddress } from '../host/address.ts';
import type { HostFacts, HostInterface } from '../host/facts.ts';

export type OwnerSource = 'host-file' | 'stated' | 'interface' | 'packet-type' | 'arp' | 'ndp' | 'sent-frames';

export interface Owner {
  mac: string;
  source: OwnerSource;
  host: string | null;
  interface: string | null;
  namespace: string | null;
  /** Where a claim stands: the capture and frame; null for host files and statements. */
  evidence: { vantage: Vantage; frame: number } | null;
}

/** `--mac [HOST:]IP=MAC`. */
export interface StatedMac {
  host: string | null;
  address: string;
  mac: string;
}

export class Owners implements Ownership {
  private readonly hosts: readonly HostFacts[];
  private readonly stated: readonly StatedMac[];
  private readonly claims: readonly Claim[];
  private readonly addresses = new Map<string, Set<string>>();
  /** Claims of ARP and neighbour discovery, by address; null until one is asked for. */
  private claimed: Map<AddressKey, Claim[]> | null = null;
  /** Claims of frames that name their own sender, by capture; null until one is asked for. */
  private named: Map<Vantage, Claim[]> | null = null;

  constructor(hosts: readonly HostFacts[], stated: readonly StatedMac[], claims: readonly Claim[]) {
    this.hosts = hosts;
    this.stated = stated;
    this.claims = claims;
    for (const facts of hosts) {
      const own = new Set<string>();
      for (const { addresses } of facts.interfaces) {
        for (const { address } of addresses) own.add(readAddress(address) ?? address);
      }
      this.addresses.set(facts.host, own);
    }
  }

  owns(host: string, address: string): boolean {
    return this.addresses.get(host)?.has(address) ?? false;
  }

  /** The hosts that have the address on an interface. */
  hostsOf(address: string): readonly string[] {
    if (this.hosts.length === 0) return NO_HOSTS;
    return this.hosts.filter(({ host }) => this.owns(host, address)).map(({ host }) => host);
  }

  facts(host: string | null): HostFacts | null {
    return this.hosts.find((facts) => facts.host === host) ?? null;
  }

  /** Interfaces of a host with that address; the one named as the capture's own comes first. */
  interfacesOf(host: string, address: string, preferred: string | null): HostInterface[] {
    const facts = this.facts(host);
    if (facts === null) return [];
    const own = facts.interfaces.filter((candidate) =>
      candidate.addresses.some((entry) => (readAddress(entry.address) ?? entry.address) === address),
    );
    return own.sort((a, b) => Number(b.name === preferred) - Number(a.name === preferred));
  }

  /**
   * Who owns `address` at the end where `vantage` was taken, best evidence first; empty when nobody
   * knows. `vni` is the VNI of the packets in question, null when they were never seen encapsulated.
   */
  at(vantage: Vantage, host: string | null, address: string, vni: number | null): Owner[] {
    const owners: Owner[] = [];
    if (host !== null) {
      const source: OwnerSource = this.facts(host)?.origin === 'system' ? 'interface' : 'host-file';
      const interfaces = this.interfacesOf(host, address, vantage.interfaceName);
      // The captured interface itself is the one that takes or drops the frame; another namespace's is not.
      const captured = interfaces.filter(({ captures }) => captures?.includes(vantage.label));
      for (const { mac, name, namespace } of captured.length > 0 ? captured : interfaces) {
        if (mac !== null) owners.push({ mac, source, host, interface: name, namespace, evidence: null });
      }
    }
    for (const stated of this.stated) {
      if (stated.address !== address || (stated.host !== null && stated.host !== host)) continue;
      owners.push({ mac: stated.mac, source: 'stated', host, interface: null, namespace: null, evidence: null });
    }
    for (const claim of this.claimsOf(address)) {
      if (claim.source === 'frame' || !concerns(claim, vantage, vni)) continue;
      const evidence = { vantage: claim.vantage, frame: claim.firstFrame };
      owners.push({ mac: claim.mac, source: claim.source, host, interface: null, namespace: null, evidence });
    }
    return owners;
  }

  /** False when nobody said anything of the address with that key. */
  mayKnow(key: AddressKey): boolean {
    return this.hosts.length > 0 || this.stated.length > 0 || this.byAddress().has(key);
  }

  /** Claims about an address in a VNI, or at a capture that saw it bare. */
  claimsOf(address: string): readonly Claim[] {
    return this.byAddress().get(addressKey(address)) ?? NO_CLAIMS;
  }

  /** Claims to addresses that more than one MAC claims, frames that name their own sender left out; in the order of `allClaims`. */
  get contestedClaims(): readonly Claim[] {
    const contested = new Set<Claim>();
    for (const rivals of this.byAddress().values()) {
      if (rivals.length === 1) continue;
      const [{ mac }] = rivals;
      if (rivals.some((rival) => rival.mac !== mac)) for (const rival of rivals) contested.add(rival);
    }
    return contested.size === 0 ? NO_CLAIMS : this.claims.filter((claim) => contested.has(claim));
  }

  /** What frames seen at a capture say of their own senders. */
  namedAt(vantage: Vantage): readonly Claim[] {
    this.named ??= grouped(
      this.claims.filter(({ source }) => source === 'frame'),
      (claim) => claim.vantage,
    );
    return this.named.get(vantage) ?? NO_CLAIMS;
  }

  get allClaims(): readonly Claim[] {
    return this.claims;
  }

  private byAddress(): Map<AddressKey, Claim[]> {
    this.claimed ??= grouped(
      this.claims.filter(({ source }) => source !== 'frame'),
      ({ key }) => key,
    );
    return this.claimed;
  }
}

function grouped<Key>(claims: readonly Claim[], keyOf: (claim: Claim) => Key): Map<Key, Claim[]> {
  const groups = new Map<Key, Claim[]>();
  for (const claim of claims) {
    const key = keyOf(claim);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [claim]);
    else list.push(claim);
  }
  return groups;
}

const NO_CLAIMS: readonly Claim[] = [];
const NO_HOSTS: readonly string[] = [];

/**
 * True when a claim is about the packets of a VNI, or about bare ones, at a capture: tenants use the same addresses. A bare
 * claim is about packets of a VNI only where inner packets alone are seen.
 */
function concerns({ vni: claimed, vantage: at }: Claim, vantage: Vantage, vni: number | null): boolean {
  if (claimed !== null) return claimed === vni;
  return at === vantage && (vni === null || vantage.kind === 'overlay');
}
