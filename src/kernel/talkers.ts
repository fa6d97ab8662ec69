/** Who talks outside any tunnel, as `Talkers` keeps it. */
import { BareDigest, Digest, ipv6, KeySet, State } from './declarations.ts';
import { addKey } from './keys.ts';
import { hash5, networkWord, state, word } from './memory.ts';

/** Remembers the addresses of TCP over IPv4 with that row; false when the table has to grow for it. */
export function noteTalker(row: usize): bool {
  if (isFull()) return true;
  const source = word(row, BareDigest.Source);
  const destination = word(row, BareDigest.Destination);
  return addKey(State.Talkers, word(row, BareDigest.TalkerHash), 4, source, destination, 0) >= 0;
}

/** The same of TCP over IPv6. */
export function noteTalkerOverIpv6(row: usize, frame: usize): bool {
  if (isFull()) return true;
  const ip = frame + word(row, Digest.Ip);
  const source = addAddress(ip + ipv6.at.source);
  const destination = addAddress(ip + ipv6.at.destination);
  if (source < 0 || destination < 0) return false;
  return addKey(State.Talkers, hash5(6, source, destination, 0, 0), 6, source, destination, 0) >= 0;
}

/** True when no further pair is remembered. */
function isFull(): bool {
  return state(State.Talkers + KeySet.Count) >= state(State.Talkers + KeySet.Limit);
}

/** Number of the IPv6 address in the 16 bytes at `at`; -1 when it is new and found no room. */
function addAddress(at: usize): i32 {
  const a = networkWord(at);
  const b = networkWord(at + 4);
  const c = networkWord(at + 8);
  const d = networkWord(at + 12);
  return addKey(State.Addresses, hash5(a, b, c, d, 0), a, b, c, d);
}
