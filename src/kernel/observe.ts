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
import {
  ANSWER_WORDS,
  Answer,
  BareDigest,
  Digest,
  Double,
  MAXIMUM_POINTS,
  Ordinary,
  POINT_WORDS,
  Point,
  RECENT_SLOTS,
  ROUND,
  ROW_WORDS,
  STATE_AT,
  State,
  VNI_FACTOR,
  WINDOW,
  Word,
} from './declarations.ts';
import { addFlow, fetchFlows, flowOf, recordAt, recordOf } from './flows.ts';
import { findKey } from './keys.ts';
import { noteFirstRequest, noteReply } from './links.ts';
import { double, setDouble, setState, setWord, state, word } from './memory.ts';
import { countPacket, tunnelOfEcho, tunnelOfTcp } from './tunnels.ts';

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
      fetchFlows(rows + ((<usize>first * ROW_WORDS) << 2), fetchedTo - first, candidates);
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
    let tunnel = -1;
    if (kind === Ordinary.Tcp) {
      tunnel = tunnelOfTcp(row);
    } else {
      const candidate = word(candidates, k & (WINDOW - 1));
      tunnel =
        kind === Ordinary.EchoRequest
          ? observeRequest(row, frame, candidate, number + k, when)
          : observeReply(row, frame, candidate, number + k, when);
    }
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
 * Takes in a request: the next of its flow, the one before being answered, or the first. Returns the number of its tunnel
 * direction; -1 when it is none of these, and nothing was taken in.
 */
function observeRequest(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  if (!hasRoomForSample(row)) return -1;
  let flow = flowOf(row, candidate);
  if (flow < 0) flow = beginFlow(row, frame, number, when);
  if (flow < 0) return -1;
  const record = recordOf(flow);
  const extended = word(record, Word.Newest) + 1;
  const tunnel = word(record, Word.RequestTunnel);
  const differences =
    ((extended - word(row, Digest.IdSequence)) & 0xffff) |
    (word(record, Word.RequestWay) ^ word(row, Digest.Way)) |
    (word(record, Word.NewestSize) ^ word(row, Digest.Size)) |
    word(record, Word.UnmatchedReplies) |
    word(record, Word.OpenFrame);
  if (differences !== 0 || tunnel < 0) return -1;
  setWord(record, Word.Requests, word(record, Word.Requests) + 1);
  setWord(record, Word.Newest, extended);
  setWord(record, Word.NewestFingerprint, word(row, Digest.Fingerprint));
  setWord(record, Word.OpenFrame, number);
  setDouble(record, Double.LastTime, when);
  setState(State.Requests, state(State.Requests) + 1);
  remember(row);
  sample(row, flow, extended, number, when);
  return tunnel;
}

/** Adds a flow as if its first request, which has that row, were the next; its number, or -1 when that cannot be done here. */
function beginFlow(row: usize, frame: usize, number: i32, when: f64): i32 {
  const tunnel = tunnelOfEcho(row, frame);
  if (tunnel < 0) return -1;
  const flow = addFlow(row);
  if (flow < 0) return -1;
  const record = recordOf(flow);
  const first = (word(row, Digest.IdSequence) & 0xffff) + ROUND;
  const size = word(row, Digest.Size);
  noteFirstRequest(record, row, frame, tunnel);
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

/** Takes in a reply to the newest request of its flow, which waits for it; returns what `observeRequest` does. */
function observeReply(row: usize, frame: usize, candidate: i32, number: i32, when: f64): i32 {
  if (!hasRoomForSample(row)) return -1;
  const flow = flowOf(row, candidate);
  if (flow < 0) return -1;
  const record = recordOf(flow);
  const newest = word(record, Word.Newest);
  const roundTrip = when - double(record, Double.LastTime);
  if (((newest - word(row, Digest.IdSequence)) & 0xffff) !== 0 || word(record, Word.OpenFrame) === 0) return -1;
  if (!isReplyTo(word(row, Digest.Fingerprint), word(record, Word.NewestFingerprint))) return -1;
  if (!(roundTrip >= 0 && roundTrip <= double(STATE_AT, State.ReplyTimeout >> 1))) return -1;
  let tunnel = word(record, Word.ReplyTunnel);
  if (word(record, Word.ReplyWay) !== word(row, Digest.Way)) {
    tunnel = tunnelOfEcho(row, frame);
    if (tunnel < 0) return -1;
    noteReply(record, row, frame, tunnel, number);
  }
  if (tunnel < 0) return -1;
  setWord(record, Word.OpenFrame, 0);
  setState(State.Replies, state(State.Replies) + 1);
  noteAnswer(recordAt(flow), word(record, Word.NewestSize), roundTrip);
  remember(row);
  sample(row, flow, newest, number, when);
  return tunnel;
}

/** True when the checksum of an echo reply is that of the request with another type; see `isReplyTo` of the observers. */
function isReplyTo(reply: i32, request: i32): bool {
  const difference = (reply & 0xffff) - (request & 0xffff) - 0x800;
  return difference === 0 || difference === -0xffff || difference === 0xffff;
}

/** Notes an answer; see `Answers`. */
function noteAnswer(record: i32, size: i32, roundTrip: f64): void {
  const index = state(State.AnswerCount);
  const answer: usize = <usize>state(State.Answers) + ((<usize>index * ANSWER_WORDS) << 2);
  setState(State.AnswerCount, index + 1);
  setWord(answer, Answer.Record, record);
  setWord(answer, Answer.Size, size);
  setDouble(answer, Answer.RoundTrip >> 1, roundTrip);
}

/** Remembers a packet; see `RecentPackets`. */
function remember(row: usize): void {
  const low = word(row, Digest.Low);
  const slot: usize = <usize>state(State.Recent) + ((<usize>(low & (RECENT_SLOTS - 1))) << 3);
  setWord(slot, 0, word(row, Digest.Local) ^ low);
  setWord(slot, 1, word(row, Digest.Way));
}

/** False when a packet belongs to the sample and finds no room there. */
function hasRoomForSample(row: usize): bool {
  return (word(row, Digest.Low) & state(State.Selection)) !== 0 || state(State.PointCount) < MAXIMUM_POINTS;
}

/** Adds a packet to the sample if it belongs there; see `Trajectory`. */
function sample(row: usize, flow: i32, sequence: i32, number: i32, when: f64): void {
  const low = word(row, Digest.Low);
  if ((low & state(State.Selection)) !== 0) return;
  const index = state(State.PointCount);
  const point: usize = <usize>state(State.Points) + ((<usize>index * POINT_WORDS) << 2);
  setState(State.PointCount, index + 1);
  setWord(point, Point.Low, low);
  setWord(point, Point.High, word(row, Digest.Local) ^ ((word(row, Digest.Vni) + 2) * VNI_FACTOR));
  setWord(point, Point.Flow, flow);
  setWord(point, Point.IsReply, <i32>(word(row, Digest.Kind) === Ordinary.EchoReply));
  setWord(point, Point.Sequence, sequence);
  setWord(point, Point.Frame, number);
  setDouble(<usize>state(State.PointTimes), index, when);
}
