/**
 * Takes in the ordinary packets of an ordinary capture: the first echo request of a flow and the next, the reply to its
 * newest request, DNS messages, ARP, and the middle of a TCP connection; in tunnels, and outside any.
 *
 * It does what `EchoObserver`, `DnsObserver`, `NeighborObserver` and `observeTunnel` would do, in those cases where that is
 * little, and leaves every other packet to them. With many flows their records do not fit into a cache, and waiting for
 * memory costs more than all arithmetic; so the records of a whole window are asked for before the first is needed.
 */
import { observeAnswer, observeQuestion } from './arp.ts';
import { isChecksumDue, verify } from './checksums.ts';
import { Digest, Ordinary, ROW_WORDS, State, WINDOW } from './declarations.ts';
import { observeQuery, observeResponse } from './dns.ts';
import { observeReply, observeRequest } from './echo.ts';
import { fetchFlows } from './flows.ts';
import { double, setState, state, word } from './memory.ts';
import { noteTalker, noteTalkerOverIpv6 } from './talkers.ts';
import { countPacket, NO_TUNNEL, NOT_TAKEN, tunnelOfTcp } from './tunnels.ts';
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
    if (word(row, Digest.Kind) === Ordinary.No) break;
    const when = double(times, k);
    const frame = bytes + word(offsets, k);
    const tunnel = take(row, frame, word(candidates, k & (WINDOW - 1)), number + k, when);
    if (tunnel === NOT_TAKEN) break;
    if (tunnel === NO_TUNNEL) setState(State.Bare, state(State.Bare) + 1);
    else countPacket(tunnel, row, frame, number + k, when);
    if (isChecksumDue(number + k)) verify(row, frame, tunnel, number + k);
  }
  setState(State.FetchedTo, fetchedTo);
  return k;
}

/**
 * Takes in a packet. `candidate` is the flow that it most likely belongs to. Returns the number of its tunnel direction,
 * or `NO_TUNNEL`; and `NOT_TAKEN` when it has more to it than is done here.
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
    case Ordinary.ArpRequest:
      return observeQuestion(row, frame, candidate, number, when);
    case Ordinary.ArpReply:
      return observeAnswer(row, frame, candidate, number, when);
    case Ordinary.Tcp:
      return tunnelOfTcp(row);
    case Ordinary.BareTcp:
      return noteTalker(row) ? NO_TUNNEL : NOT_TAKEN;
  }
  return noteTalkerOverIpv6(row, frame) ? NO_TUNNEL : NOT_TAKEN;
}
