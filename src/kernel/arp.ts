/** ARP requests and replies, as `NeighborObserver` takes them in. */
import { claimedOf, claimOf, noteClaim } from './claims.ts';
import { Double, ExchangeState, REPEAT_NANOSECONDS, State, Word } from './declarations.ts';
import { flowFor, flowOf, recordAt, recordOf } from './flows.ts';
import { noteReply, noteRequest } from './links.ts';
import { double, setDouble, setState, setWord, state, word } from './memory.ts';
import { isInTime, noteAnswer } from './settle.ts';
import { NOT_TAKEN } from './tunnels.ts';
import { addExchange, hasRoomForExchange } from './waiting.ts';

/**
 * Takes in a question that is no repetition. Returns the number of its tunnel direction, or `NO_TUNNEL`; and `NOT_TAKEN`
 * when it is one.
 */
export function observeQuestion(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const claim = claimOf(row, frame);
  const claimed = claimedOf(row, frame);
  const flow = flowFor(row, candidate);
  if (claim < 0 || claimed < 0 || flow < 0 || !hasRoomForExchange()) return NOT_TAKEN;
  const record = recordOf(flow);
  const asked = word(record, Word.Requests);
  const sinceLast = abs(when - double(record, Double.LastTime));
  if (asked > 0 && !(sinceLast >= <f64>REPEAT_NANOSECONDS)) return NOT_TAKEN;
  const tunnel = noteRequest(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  noteClaim(claim, claimed, number, when);
  if (asked === 0) {
    setWord(record, Word.FirstFrame, number);
    setDouble(record, Double.FirstTime, when);
    setDouble(record, Double.RunTime, when);
    setWord(record, Word.RunFrame, number);
  }
  const open = word(record, Word.OpenFrame);
  if (open !== 0) {
    const last = double(record, Double.LastTime);
    addExchange(flow, word(record, Word.Newest), 0, open, 0, ExchangeState.Waiting, last);
  }
  setWord(record, Word.Requests, asked + 1);
  setWord(record, Word.Newest, asked);
  setWord(record, Word.OpenFrame, number);
  setDouble(record, Double.LastTime, when);
  setState(State.ArpRequests, state(State.ArpRequests) + 1);
  return tunnel;
}

/** Takes in the answer to a question that waits for it; returns what `observeQuestion` does. */
export function observeAnswer(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const claim = claimOf(row, frame);
  const claimed = claimedOf(row, frame);
  const flow = flowOf(row, candidate);
  if (claim < 0 || claimed < 0 || flow < 0) return NOT_TAKEN;
  const record = recordOf(flow);
  const roundTrip = when - double(record, Double.LastTime);
  if (word(record, Word.OpenFrame) === 0 || !isInTime(roundTrip)) return NOT_TAKEN;
  const tunnel = noteReply(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  noteClaim(claim, claimed, number, when);
  setDouble(record, Double.LastReplyTime, when);
  setWord(record, Word.OpenFrame, 0);
  noteAnswer(recordAt(flow), 0, roundTrip);
  setState(State.ArpReplies, state(State.ArpReplies) + 1);
  return tunnel;
}
