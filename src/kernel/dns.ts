/** DNS queries and responses, as `DnsObserver` takes them in. */
import { Digest, Double, ExchangeState, Word } from './declarations.ts';
import { flowFor, recordAt, recordOf } from './flows.ts';
import { identityLow, sample } from './identity.ts';
import { noteReply, noteRequest } from './links.ts';
import { setDouble, setWord, word } from './memory.ts';
import { isInTime, noteAnswer, replyTimeout } from './settle.ts';
import { NOT_TAKEN } from './tunnels.ts';
import {
  addExchange,
  findExchange,
  fingerprintOf,
  hasRoomForExchange,
  isUnmatched,
  isWaiting,
  replaceExchange,
  setAnswered,
  sizeOf,
  timeOf,
} from './waiting.ts';

/**
 * Takes in a query: the first with its port and id, one that is asked again, or another one with them. Returns the number
 * of its tunnel direction, or `NO_TUNNEL`; and `NOT_TAKEN` when a table has to grow for it, or its response is late by the clock.
 */
export function observeQuery(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const low = identityLow(row, false);
  if (!hasRoomForExchange()) return NOT_TAKEN;
  const flow = flowFor(row, candidate);
  const message = word(row, Digest.Message);
  if (flow < 0) return NOT_TAKEN;
  const exchange = findExchange(flow, message);
  // Its response came before it, by the order of the capture if not by its clock.
  const isEarly = exchange !== 0 && isUnmatched(exchange);
  const roundTrip = isEarly ? timeOf(exchange) - when : 0;
  if (roundTrip > replyTimeout()) return NOT_TAKEN;
  const record = recordOf(flow);
  const tunnel = noteRequest(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  if (exchange === 0) {
    noteMessage(row, flow, number, ExchangeState.Waiting, when);
  } else if (isEarly) {
    setWord(record, Word.UnmatchedReplies, word(record, Word.UnmatchedReplies) - 1);
    noteAnswer(recordAt(flow), word(row, Digest.Size), roundTrip);
    noteMessageAgain(exchange, row, number, ExchangeState.Answered, when);
  } else if (isRetry(exchange, when)) {
    countAgain(record, Word.Retransmitted, exchange, row);
    return tunnel;
  } else {
    noteMessageAgain(exchange, row, number, ExchangeState.Waiting, when);
  }
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

/**
 * Takes in a response to a query that waits for it, that has one, or that was not seen. Returns what `observeQuery` does;
 * `NOT_TAKEN` when the response is late.
 */
export function observeResponse(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  const low = identityLow(row, true);
  if (!hasRoomForExchange()) return NOT_TAKEN;
  const flow = flowFor(row, candidate);
  if (flow < 0) return NOT_TAKEN;
  const record = recordOf(flow);
  const message = word(row, Digest.Message);
  const exchange = findExchange(flow, message);
  const isAwaited = exchange !== 0 && isWaiting(exchange);
  const roundTrip = isAwaited ? when - timeOf(exchange) : 0;
  if (!isInTime(roundTrip)) return NOT_TAKEN;
  const tunnel = noteReply(record, row, frame, number);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  if (exchange === 0) {
    noteMessage(row, flow, number, ExchangeState.Unmatched, when);
    setWord(record, Word.UnmatchedReplies, word(record, Word.UnmatchedReplies) + 1);
  } else if (isAwaited) {
    setAnswered(exchange, word(row, Digest.Way));
    noteAnswer(recordAt(flow), sizeOf(exchange), roundTrip);
  } else {
    countAgain(record, Word.DuplicateReplies, exchange, row);
    return tunnel;
  }
  sample(row, low, true, flow, message, number, when);
  return tunnel;
}

/** True when a query that was asked before is asked again: it waits for its response, or has not had it for long. */
function isRetry(exchange: usize, when: f64): bool {
  return isWaiting(exchange) || when - timeOf(exchange) <= replyTimeout();
}

/** Counts a message of an exchange that has one like it already, unless it is the same at another device. */
function countAgain(record: usize, field: Word, exchange: usize, row: usize): void {
  if (fingerprintOf(exchange) === word(row, Digest.Way)) setWord(record, field, word(record, field) + 1);
}

/** Adds the exchange of a message that is the first of it. */
function noteMessage(row: usize, flow: i32, number: i32, exchangeState: i32, when: f64): void {
  const message = word(row, Digest.Message);
  addExchange(flow, message, word(row, Digest.Way), number, word(row, Digest.Size), exchangeState, when);
}

/** The same of a message that is the first of another exchange with the same key. */
function noteMessageAgain(exchange: usize, row: usize, number: i32, exchangeState: i32, when: f64): void {
  replaceExchange(exchange, word(row, Digest.Way), number, word(row, Digest.Size), exchangeState, when);
}
