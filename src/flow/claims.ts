/** Which MACs claimed which addresses at a capture, as plain values. */
import { formatMac } from '../wire/address.ts';
import { ClaimField, type ClaimSource } from './claim-table.ts';
import { addressOfVersion, type Vantage } from './vantage.ts';

export interface Claim {
  vantage: Vantage;
  /** VNI the claim was made in; null outside any tunnel. */
  vni: number | null;
  address: string;
  mac: string;
  /** `frame`: a message that names its own sender, such as a router solicitation. */
  source: 'arp' | 'ndp' | 'frame';
  count: number;
  firstFrame: number;
  lastFrame: number;
  /** Times the address came back to this MAC after another had claimed it. */
  returns: number;
}

const SOURCES = ['arp', 'ndp', 'frame'] as const;

/** Every claim that a capture saw. */
export function claims(vantage: Vantage): Claim[] {
  const { observations } = vantage;
  const { claims: table } = observations;
  const result: Claim[] = [];
  for (let i = 0; i < table.count; i++) {
    const vni = table.table.word(i, 0);
    const what = table.table.word(i, 2);
    const source: ClaimSource = (what >> 16) & 0xff;
    result.push({
      vantage,
      vni: vni < 0 ? null : vni,
      address: addressOfVersion(observations, what >> 24, table.table.word(i, 1)),
      mac: formatMac(what & 0xffff, table.table.word(i, 3)),
      source: SOURCES[source],
      count: table.field(i, ClaimField.Count),
      firstFrame: table.field(i, ClaimField.FirstFrame),
      lastFrame: table.field(i, ClaimField.LastFrame),
      returns: table.field(i, ClaimField.Returns),
    });
  }
  return result;
}
