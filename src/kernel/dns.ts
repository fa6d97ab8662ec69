/** DNS queries and responses, as `DnsObserver` takes them in. */
import { Digest, Double, ExchangeState, Word } from './declarations.ts';
import { flowFor, recordAt, recordOf } from './flows.ts';
import { hasRoomForSample, identityLow, sample } from './identity.ts';
import { noteReply, noteRequest } from './links.ts';
import { setDouble, setWord, word } from './memory.ts';
import { isInTime, noteAnswer } from './settle.ts';
import { NOT_TAKEN } from './tunnels.ts';
import { addExchange, findExchange, hasRoomForExchange, isWaiting, setAnswered, sizeOf, timeOf } from './waiting.ts';

/**
 * Takes in a query that was not asked before. Returns the number of its tunnel direction, or `NO_TUNNEL`; and
 * `NOT_TAKEN` when it is another.
 */
export function observeQuery(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const low = identityLow(row, false);
  if (!hasRoomForSample(low) || !hasRoomForExchange()) return NOT_TAKEN;
  const flow = flowFor(row, candidate);
  const message = word(row, Digest.Message);
  if (flow < 0 || findExchange(flow, message) !== 0) return NOT_TAKEN;
  const record = recordOf(flow);
  const tunnel = noteRequest(record, row, frame);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  noteMessage(row, flow, number, ExchangeState.Waiting, when);
  const requests = word(record, Word.Requests);
  if (requests === 0) {
    setWord(record, Word.FirstFrame, number);
    setDouble(record, Double.FirstTime, when);
  }
  setWord(record, Word.Requests, requests + 1);
  setDouble(record, Double.LastTime, when);
  sample(row, low, false, flow, message, number, when);
  return tunnel;
}

/** Takes in the first response to a query that waits for it, or to one that was not seen; returns what `observeQuery` does. */
export function observeResponse(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const low = identityLow(row, true);
  if (!hasRoomForSample(low) || !hasRoomForExchange()) return NOT_TAKEN;
  const flow = flowFor(row, candidate);
  if (flow < 0) return NOT_TAKEN;
  const record = recordOf(flow);
  const message = word(row, Digest.Message);
  const exchange = findExchange(flow, message);
  const roundTrip = exchange === 0 ? 0 : when - timeOf(exchange);
  if (!isInTime(roundTrip)) return NOT_TAKEN;
  if (exchange !== 0 && !isWaiting(exchange)) return NOT_TAKEN;
  const tunnel = noteReply(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  if (exchange === 0) {
    noteMessage(row, flow, number, ExchangeState.Unmatched, when);
    setWord(record, Word.UnmatchedReplies, word(record, Word.UnmatchedReplies) + 1);
  } else {
    setAnswered(exchange, word(row, Digest.Way));
    noteAnswer(recordAt(flow), sizeOf(exchange), roundTrip);
  }
  sample(row, low, true, flow, message, number, when);
  return tunnel;
}

/** Adds the exchange of a message that is the first of it. */
function noteMessage(row: usize, flow: i32, number: i32, exchangeState: i32, when: f64): void {
  const message = word(row, Digest.Message);
  addExchange(flow, message, word(row, Digest.Way), number, word(row, Digest.Size), exchangeState, when);
}
