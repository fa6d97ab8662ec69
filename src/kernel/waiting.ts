/** Exchanges that are remembered one by one, as `WaitingTable` keeps them; only such whose key needs no `Detail`. */
import {
  Digest,
  EXCHANGE_WORDS,
  ExchangeField,
  ExchangeState,
  Ordinary,
  ROW_WORDS,
  SIZE_SHIFT,
  STATE_OF_EXCHANGE,
  State,
} from './declarations.ts';
import { double, hash5, setDouble, setState, setWord, state, word } from './memory.ts';

/**
 * Asks for the exchanges that packets of DNS in a window most likely belong to, each flow being the one at the same
 * position of `candidates`.
 */
export function fetchExchanges(row: usize, count: i32, candidates: usize): void {
  const slots: usize = state(State.WaitingSlots);
  const mask = state(State.WaitingMask);
  const numberBits = state(State.WaitingNumberBits);
  let seen = 0;
  for (let k = 0; k < count; k++, row += ROW_WORDS << 2) {
    const kind = word(row, Digest.Kind);
    if (kind !== Ordinary.DnsQuery && kind !== Ordinary.DnsResponse) continue;
    const number = word(slots, hashOf(word(candidates, k), word(row, Digest.Message)) & mask) & numberBits;
    if (number !== 0) seen |= word(exchangeAt(number - 1), ExchangeField.Flow);
  }
  setState(State.Fetched, seen);
}

/** Address of the record of an exchange of a flow; 0 when there is none. */
export function findExchange(flow: i32, sequence: i32): usize {
  const slots: usize = state(State.WaitingSlots);
  const mask = state(State.WaitingMask);
  const numberBits = state(State.WaitingNumberBits);
  const hash = hashOf(flow, sequence);
  let i = hash & mask;
  for (let slot = word(slots, i); slot !== 0; slot = word(slots, i)) {
    if (((slot ^ hash) & ~numberBits) === 0) {
      const exchange = exchangeAt((slot & numberBits) - 1);
      const isFound =
        word(exchange, ExchangeField.Flow) === flow &&
        word(exchange, ExchangeField.Sequence) === sequence &&
        word(exchange, ExchangeField.Detail) === 0;
      if (isFound) return exchange;
    }
    i = (i + 1) & mask;
  }
  return 0;
}

/** False when something must be given up, or the index must grow, before another exchange is added. */
export function hasRoomForExchange(): bool {
  const count = state(State.WaitingCount);
  const answered = state(State.Answered);
  const isFull = answered > state(State.AnsweredLimit) && answered > count >> 1;
  return !isFull && count < state(State.WaitingLimit) && count * 2 <= state(State.WaitingMask);
}

/** Adds an exchange that is not in the table, and not answered. There must be room. */
export function addExchange(
  flow: i32,
  sequence: i32,
  fingerprint: i32,
  frame: i32,
  size: i32,
  exchangeState: i32,
  when: f64,
): void {
  const index = state(State.WaitingCount);
  setState(State.WaitingCount, index + 1);
  const exchange = exchangeAt(index);
  setWord(exchange, ExchangeField.Flow, flow);
  setWord(exchange, ExchangeField.Sequence, sequence);
  setWord(exchange, ExchangeField.Detail, 0);
  setMessage(exchange, fingerprint, frame, size, exchangeState, when);
  const slots: usize = state(State.WaitingSlots);
  const mask = state(State.WaitingMask);
  const hash = hashOf(flow, sequence);
  let i = hash & mask;
  while (word(slots, i) !== 0) i = (i + 1) & mask;
  setWord(slots, i, (hash & ~state(State.WaitingNumberBits)) | (index + 1));
}

/** Begins an exchange anew that is answered, or that only a reply was seen of: another one with its key. */
export function replaceExchange(
  exchange: usize,
  fingerprint: i32,
  frame: i32,
  size: i32,
  exchangeState: i32,
  when: f64,
): void {
  const change = i32(exchangeState === ExchangeState.Answered) - i32(isAnswered(exchange));
  setState(State.Answered, state(State.Answered) + change);
  setMessage(exchange, fingerprint, frame, size, exchangeState, when);
}

/** Sets what is known of an exchange by its first message. */
function setMessage(exchange: usize, fingerprint: i32, frame: i32, size: i32, exchangeState: i32, when: f64): void {
  setWord(exchange, ExchangeField.Fingerprint, fingerprint);
  setWord(exchange, ExchangeField.Frame, frame);
  setWord(exchange, ExchangeField.SizeState, (size << SIZE_SHIFT) | exchangeState);
  setDouble(exchange, ExchangeField.Time >> 1, when);
}

/** Notes that a request which waited is answered. */
export function setAnswered(exchange: usize, fingerprint: i32): void {
  setState(State.Answered, state(State.Answered) + 1);
  setWord(exchange, ExchangeField.SizeState, (sizeOf(exchange) << SIZE_SHIFT) | ExchangeState.Answered);
  setWord(exchange, ExchangeField.Fingerprint, fingerprint);
}

export function isWaiting(exchange: usize): bool {
  return stateOf(exchange) === ExchangeState.Waiting;
}

export function isUnmatched(exchange: usize): bool {
  return stateOf(exchange) === ExchangeState.Unmatched;
}

function isAnswered(exchange: usize): bool {
  return stateOf(exchange) === ExchangeState.Answered;
}

function stateOf(exchange: usize): i32 {
  return word(exchange, ExchangeField.SizeState) & STATE_OF_EXCHANGE;
}

/** Tells whether a message came the same way as the one before. */
export function fingerprintOf(exchange: usize): i32 {
  return word(exchange, ExchangeField.Fingerprint);
}

/** Bytes of the request's IP packet. */
export function sizeOf(exchange: usize): i32 {
  return word(exchange, ExchangeField.SizeState) >>> SIZE_SHIFT;
}

export function timeOf(exchange: usize): f64 {
  return double(exchange, ExchangeField.Time >> 1);
}

function exchangeAt(index: i32): usize {
  return <usize>state(State.WaitingWords) + ((<usize>index * EXCHANGE_WORDS) << 2);
}

function hashOf(flow: i32, sequence: i32): i32 {
  return hash5(flow, sequence, 0, 0, 0);
}
