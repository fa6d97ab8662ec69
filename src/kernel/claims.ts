/** Which MAC claims which address, as `ClaimTable` keeps it. */
import { arp, CLAIM_FIELDS, ClaimField, ClaimSource, Digest, State } from './declarations.ts';
import { vniOf } from './flows.ts';
import { addKey } from './keys.ts';
import { double, hash5, setDouble, setFrame, setWord, state, word } from './memory.ts';

const IPV4 = 4;

/** Number of what an ARP packet claims, which is added when it is new; -1 when that cannot be done here. */
export function claimOf(row: usize, frame: usize): i32 {
  const at = frame + word(row, Digest.Ip);
  const vni = vniOf(row);
  const address = arp.senderProtocol(at);
  const what = (IPV4 << 24) | (ClaimSource.Arp << 16) | arp.senderHardwareHigh(at);
  const mac = arp.senderHardwareLow(at);
  return addKey(State.Claims, hash5(vni, address, what, mac, 0), vni, address, what, mac);
}

/** The same of the address that is claimed, whoever claims it. */
export function claimedOf(row: usize, frame: usize): i32 {
  const vni = vniOf(row);
  const address = arp.senderProtocol(frame + word(row, Digest.Ip));
  const hash = hash5(vni, address, IPV4, ClaimSource.Arp, 0);
  return addKey(State.ClaimedAddresses, hash, vni, address, IPV4, ClaimSource.Arp);
}

/** Counts a claim for an address, which frame `number` makes. */
export function noteClaim(claim: i32, claimed: i32, number: i32, when: f64): void {
  const numbers: usize = <usize>state(State.ClaimNumbers) + ((<usize>claim * CLAIM_FIELDS) << 3);
  const newest: usize = state(State.NewestClaims);
  setFrame(numbers, ClaimField.LastFrame, number);
  setDouble(numbers, ClaimField.LastTime, when);
  const count = double(numbers, ClaimField.Count);
  if (count === 0) {
    setFrame(numbers, ClaimField.FirstFrame, number);
    setDouble(numbers, ClaimField.FirstTime, when);
  } else if (word(newest, claimed) !== claim + 1) {
    setDouble(numbers, ClaimField.Returns, double(numbers, ClaimField.Returns) + 1);
  }
  setDouble(numbers, ClaimField.Count, count + 1);
  setWord(newest, claimed, claim + 1);
}
