/** Echo requests and replies, as `EchoObserver` takes them in. */
import { Digest, Double, ExchangeState, ROUND, State, Word } from './declarations.ts';
import { addFlow, flowOf, recordAt, recordOf } from './flows.ts';
import { identityLow, remember, sample } from './identity.ts';
import { noteReply, noteRequest } from './links.ts';
import { double, setDouble, setState, setWord, state, word } from './memory.ts';
import { isInTime, noteAnswer } from './settle.ts';
import { NOT_TAKEN } from './tunnels.ts';
import { addExchange, findExchange, hasRoomForExchange } from './waiting.ts';

/**
 * Takes in a request: the next of its flow, or the first. Returns the number of its tunnel direction, or `NO_TUNNEL`;
 * and `NOT_TAKEN` when it is another.
 */
export function observeRequest(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const low = identityLow(row, false);
  let flow = flowOf(row, candidate);
  if (flow < 0) flow = beginFlow(row, number, when);
  if (flow < 0) return NOT_TAKEN;
  const record = recordOf(flow);
  const extended = word(record, Word.Newest) + 1;
  const differences =
    ((extended - word(row, Digest.Message)) & 0xffff) | (word(record, Word.NewestSize) ^ word(row, Digest.Size));
  if (differences !== 0) return NOT_TAKEN;
  const isAlone = word(record, Word.OpenFrame) === 0;
  if (!isAlone && !hasRoomForExchange()) return NOT_TAKEN;
  // Its reply may have come before it.
  if (word(record, Word.UnmatchedReplies) !== 0 && findExchange(flow, extended) !== 0) return NOT_TAKEN;
  const tunnel = noteRequest(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  if (!isAlone) setAside(record, flow);
  setWord(record, Word.Requests, word(record, Word.Requests) + 1);
  setWord(record, Word.Newest, extended);
  setWord(record, Word.NewestFingerprint, word(row, Digest.Fingerprint));
  setWord(record, Word.OpenFrame, number);
  setDouble(record, Double.LastTime, when);
  setState(State.Requests, state(State.Requests) + 1);
  remember(row, low, false);
  sample(row, low, false, flow, extended, number, when);
  return tunnel;
}

/** Adds a flow as if its first request, which has that row, were the next; its number, or -1 when that cannot be done here. */
function beginFlow(row: usize, number: i32, when: f64): i32 {
  const flow = addFlow(row);
  if (flow < 0) return -1;
  const record = recordOf(flow);
  const first = (word(row, Digest.Message) & 0xffff) + ROUND;
  const size = word(row, Digest.Size);
  setWord(record, Word.FirstFrame, number);
  setDouble(record, Double.FirstTime, when);
  setWord(record, Word.RunStart, first);
  setWord(record, Word.RunFrame, number);
  setDouble(record, Double.RunTime, when);
  setWord(record, Word.Newest, first - 1);
  setWord(record, Word.NewestSize, size);
  setWord(record, Word.LargestRequest, size);
  return flow;
}

/** Moves the newest request of a flow, still unanswered, to the waiting exchanges. */
function setAside(record: usize, flow: i32): void {
  const fingerprint = word(record, Word.NewestFingerprint);
  const frame = word(record, Word.OpenFrame);
  const size = word(record, Word.NewestSize);
  const when = double(record, Double.LastTime);
  addExchange(flow, word(record, Word.Newest), fingerprint, frame, size, ExchangeState.Waiting, when);
}

/** Takes in a reply to the newest request of its flow, which waits for it; returns what `observeRequest` does. */
export function observeReply(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const low = identityLow(row, true);
  const flow = flowOf(row, candidate);
  if (flow < 0) return NOT_TAKEN;
  const record = recordOf(flow);
  const newest = word(record, Word.Newest);
  const roundTrip = when - double(record, Double.LastTime);
  if (((newest - word(row, Digest.Message)) & 0xffff) !== 0 || word(record, Word.OpenFrame) === 0) return NOT_TAKEN;
  if (!isReplyTo(word(row, Digest.Fingerprint), word(record, Word.NewestFingerprint))) return NOT_TAKEN;
  if (!isInTime(roundTrip)) return NOT_TAKEN;
  const tunnel = noteReply(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  setWord(record, Word.OpenFrame, 0);
  setState(State.Replies, state(State.Replies) + 1);
  noteAnswer(recordAt(flow), word(record, Word.NewestSize), roundTrip);
  remember(row, low, true);
  sample(row, low, true, flow, newest, number, when);
  return tunnel;
}

/** True when the checksum of an echo reply is that of the request with another type; see `isReplyTo` of the observers. */
function isReplyTo(reply: i32, request: i32): bool {
  const difference = (reply & 0xffff) - (request & 0xffff) - 0x800;
  return difference === 0 || difference === -0xffff || difference === 0xffff;
}
