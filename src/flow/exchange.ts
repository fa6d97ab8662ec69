/** What the answers of every protocol have in common. */
import { Double, Word } from './flow-table.ts';
import { type Observations, Protocol } from './observations.ts';
import { ExchangeState } from './waiting-table.ts';

/**
 * Notes an answered request of the selected flow: its round-trip time in nanoseconds is
 * `answers.roundTrip`, `size` that of the request in bytes, `frame` the reply's.
 */
export function answer(observations: Observations, frame: number, size: number): void {
  const { flows, answers } = observations;
  const { words, word } = flows;
  if (!answers.hasRoom(1)) observations.settle();
  answers.note(word, size);
  if (!(answers.roundTrip > observations.replyTimeout)) return;
  words[word + Word.Late]++;
  if (words[word + Word.LateFrame] === 0) words[word + Word.LateFrame] = frame;
}

/** Moves the newest echo request of the selected flow, still unanswered, to the waiting table. */
export function setAside(observations: Observations, flow: number): void {
  const { flows, waiting } = observations;
  const { words, doubles, word, double } = flows;
  const sequence = words[word + Word.Newest];
  const size = words[word + Word.NewestSize];
  const frame = words[word + Word.OpenFrame];
  const fingerprint = words[word + Word.NewestFingerprint];
  const position = waiting.add(flow, sequence, 0, fingerprint, frame, size, ExchangeState.Waiting);
  waiting.setTime(position, doubles[double + Double.LastTime]);
}

/**
 * True when the checksum of an echo reply is that of the request with another type: a reply returns
 * identifier, number and data as they came, so the rest of the sum is the same (RFC 1624).
 */
export function isReplyTo(reply: number, request: number, protocol: number): boolean {
  const difference = (reply & 0xffff) - (request & 0xffff) - (protocol === Protocol.Echo ? 0x800 : -0x100);
  return difference === 0 || difference === -0xffff || difference === 0xffff;
}
