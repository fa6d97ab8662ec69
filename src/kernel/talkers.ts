/** Who talks outside any tunnel, as `Talkers` keeps it. */
import { BareDigest, Digest, ipv6, State } from './declarations.ts';
import { findKey } from './keys.ts';
import { hash5, networkWord, state, word } from './memory.ts';

/** True when the addresses of TCP over IPv4 with that row need not be remembered any more. */
export function isTalker(row: usize): bool {
  if (state(State.TalkersFull) !== 0) return true;
  const source = word(row, BareDigest.Source);
  const destination = word(row, BareDigest.Destination);
  return findKey(State.Talkers, word(row, BareDigest.TalkerHash), 4, source, destination, 0) >= 0;
}

/** The same of TCP over IPv6. */
export function isTalkerOverIpv6(row: usize, frame: usize): bool {
  if (state(State.TalkersFull) !== 0) return true;
  const ip = frame + word(row, Digest.Ip);
  const source = findAddress(ip + ipv6.at.source);
  const destination = findAddress(ip + ipv6.at.destination);
  if (source < 0 || destination < 0) return false;
  return findKey(State.Talkers, hash5(6, source, destination, 0, 0), 6, source, destination, 0) >= 0;
}

/** Number of the IPv6 address in the 16 bytes at `at`; -1 when it has none. */
function findAddress(at: usize): i32 {
  const a = networkWord(at);
  const b = networkWord(at + 4);
  const c = networkWord(at + 8);
  const d = networkWord(at + 12);
  return findKey(State.Addresses, hash5(a, b, c, d, 0), a, b, c, d);
}
