/**
 * Takes in the ordinary packets of an ordinary capture: the first request of a flow and the next, the reply to its
 * newest request, and the middle of a TCP connection, in tunnels that are known; and that outside any tunnel, between
 * hosts that are known.
 *
 * It does what `EchoObserver` and `observeTunnel` would do, in those cases where that is little, and leaves every
 * other packet to them. With many flows their records do not fit into a cache, and waiting for memory costs more than
 * all arithmetic; so the records of a whole window are asked for before the first is needed.
 */
import { isChecksumDue, verify } from './checksums.ts';
import { BareDigest, Digest, Ordinary, ROW_WORDS, State, WINDOW } from './declarations.ts';
import { observeQuery, observeResponse } from './dns.ts';
import { observeReply, observeRequest } from './echo.ts';
import { fetchFlows } from './flows.ts';
import { findKey } from './keys.ts';
import { double, setState, state, word } from './memory.ts';
import { countPacket, tunnelOfTcp } from './tunnels.ts';
import { fetchExchanges } from './waiting.ts';

/**
 * Takes in ordinary packets of the batch from position `from` on, up to the first that is none. Returns the position of
 * that packet, of which nothing was taken in. There must be room for an answer to each.
 */
export function observe(from: i32): i32 {
  const rows: usize = state(State.Rows);
  const times: usize = state(State.Times);
  const bytes: usize = state(State.Bytes);
  const offsets: usize = state(State.Offsets);
  const count = state(State.Count);
  const number = state(State.FrameNumber);
  const candidates: usize = state(State.Candidates);
  let fetchedTo = state(State.FetchedTo);
  let k = from;
  for (; k < count; k++) {
    if (k >= fetchedTo) {
      const first = k & -WINDOW;
      fetchedTo = min(first + WINDOW, count);
      const window = rows + ((<usize>first * ROW_WORDS) << 2);
      fetchFlows(window, fetchedTo - first, candidates);
      fetchExchanges(window, fetchedTo - first, candidates);
    }
    const row = rows + ((<usize>k * ROW_WORDS) << 2);
    const kind = word(row, Digest.Kind);
    if (kind === Ordinary.No) break;
    if (kind === Ordinary.BareTcp) {
      if (!isTalker(row)) break;
      setState(State.Bare, state(State.Bare) + 1);
      continue;
    }
    const when = double(times, k);
    const frame = bytes + word(offsets, k);
    const tunnel = take(row, frame, word(candidates, k & (WINDOW - 1)), number + k, when);
    if (tunnel < 0) break;
    countPacket(tunnel, word(row, Digest.OuterLength), when);
    if (isChecksumDue(number + k)) verify(row, frame, tunnel, number + k);
  }
  setState(State.FetchedTo, fetchedTo);
  return k;
}

/** True when the addresses of TCP outside any tunnel need not be remembered any more; see `Talkers`. */
function isTalker(row: usize): bool {
  if (state(State.TalkersFull) !== 0) return true;
  const keys: usize = state(State.TalkerKeys);
  const slots: usize = state(State.TalkerSlots);
  const source = word(row, BareDigest.Source);
  const destination = word(row, BareDigest.Destination);
  const hash = word(row, BareDigest.TalkerHash);
  return findKey(keys, slots, state(State.TalkerMask), hash, 4, source, destination, 0) >= 0;
}

/**
 * Takes in a packet of a tunnel. `candidate` is the flow that it most likely belongs to. Returns the number of its tunnel
 * direction; -1 when it has more to it than is done here, and nothing was taken in.
 */
function take(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  switch (word(row, Digest.Kind)) {
    case Ordinary.EchoRequest:
      return observeRequest(row, frame, candidate, number, when);
    case Ordinary.EchoReply:
      return observeReply(row, frame, candidate, number, when);
    case Ordinary.DnsQuery:
      return observeQuery(row, frame, candidate, number, when);
    case Ordinary.DnsResponse:
      return observeResponse(row, frame, candidate, number, when);
  }
  return tunnelOfTcp(row);
}
