/** Which MACs claimed which addresses at a capture, as plain values, read from its table when they are asked for. */
import { formatMac, parseIpv4 } from '../wire/address.ts';
import { ClaimField, type ClaimSource } from './claim-table.ts';
import { addressOfVersion, type Vantage } from './vantage.ts';

const SOURCES = ['arp', 'ndp', 'frame'] as const;

export class Claim {
  readonly vantage: Vantage;
  private readonly row: number;

  constructor(vantage: Vantage, row: number) {
    this.vantage = vantage;
    this.row = row;
  }

  /** VNI the claim was made in; null outside any tunnel. */
  get vni(): number | null {
    const vni = this.word(0);
    return vni < 0 ? null : vni;
  }

  get address(): string {
    return addressOfVersion(this.vantage.observations, this.word(2) >> 24, this.word(1));
  }

  /** The address for looking up: of IPv4 its bits, which make it faster where there are very many. */
  get key(): AddressKey {
    return this.word(2) >> 24 === 4 ? this.word(1) : this.address;
  }

  get mac(): string {
    return formatMac(this.word(2) & 0xffff, this.word(3));
  }

  /** `frame`: a message that names its own sender, such as a router solicitation. */
  get source(): 'arp' | 'ndp' | 'frame' {
    const source: ClaimSource = (this.word(2) >> 16) & 0xff;
    return SOURCES[source];
  }

  get firstFrame(): number {
    return this.vantage.observations.claims.field(this.row, ClaimField.FirstFrame);
  }

  /** When it was made first and last, in nanoseconds since the capture's epoch. */
  get firstTime(): number {
    return this.vantage.observations.claims.field(this.row, ClaimField.FirstTime);
  }

  get lastTime(): number {
    return this.vantage.observations.claims.field(this.row, ClaimField.LastTime);
  }

  /** The last frame with which the MAC took the address without being asked; 0 for none. */
  get announcementFrame(): number {
    return this.vantage.observations.claims.field(this.row, ClaimField.AnnouncementFrame);
  }

  private word(word: number): number {
    return this.vantage.observations.claims.table.word(this.row, word);
  }
}

/** See `Claim.key`. */
export type AddressKey = number | string;

/** The key of claims to an address. */
export function addressKey(address: string): AddressKey {
  return parseIpv4(address) ?? address;
}

/** Every claim that a capture saw. */
export function claims(vantage: Vantage): Claim[] {
  return Array.from({ length: vantage.observations.claims.count }, (_, row) => new Claim(vantage, row));
}
