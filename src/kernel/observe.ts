/**
 * Takes in the ordinary packets of an ordinary capture: the next request of a flow that is known, the reply to its
 * newest request, and the middle of a TCP connection, in tunnels that are known and with a link layer that has not
 * changed.
 *
 * It does what `EchoObserver` and `observeTunnel` would do, in those cases where that is little, and leaves every
 * other packet to them. With many flows their records do not fit into a cache, and waiting for memory costs more than
 * all arithmetic; so the records of a whole window are asked for before the first is needed.
 */
import {
  ANSWER_WORDS,
  Answer,
  Digest,
  Double,
  KEY_WORDS,
  Ordinary,
  POINT_WORDS,
  Point,
  PROTOCOL_BITS,
  Protocol,
  RECENT_SLOTS,
  ROW_WORDS,
  STATE_AT,
  State,
  TcpDigest,
  TUNNEL_FIELDS,
  TunnelField,
  VNI_FACTOR,
  VXLAN_OVER_IPV4,
  WINDOW,
  Word,
} from './declarations.ts';
import { double, recordAt, setDouble, setState, setWord, state, word } from './memory.ts';

/**
 * Finds the flow that each packet of a window most likely belongs to, and asks for the first line of its record. Both
 * loops are so short that the processor has many of their requests under way at the same time.
 */
function fetch(row: usize, count: i32, candidates: usize): void {
  const slots: usize = state(State.FlowSlots);
  const mask = state(State.FlowMask);
  const numberBits = state(State.FlowNumberBits);
  const records: usize = state(State.FlowWords);
  for (let k = 0; k < count; k++, row += ROW_WORDS << 2) {
    const hash = word(row, Digest.FlowHash);
    let i = hash & mask;
    let slot = word(slots, i);
    while (((slot ^ hash) & ~numberBits) !== 0 && slot !== 0) {
      i = (i + 1) & mask;
      slot = word(slots, i);
    }
    const index = (slot & numberBits) - 1;
    setWord(candidates, k, index & ~(index >> 31));
  }
  let seen = 0;
  for (let k = 0; k < count; k++) seen |= word(records, recordAt(word(candidates, k)));
  setState(State.Fetched, seen);
}

/** Number of the tunnel direction with that key, or -1. */
function findTunnel(hash: i32, what: i32, vni: i32, source: i32, destination: i32): i32 {
  const slots: usize = state(State.TunnelSlots);
  const mask = state(State.TunnelMask);
  const keys: usize = state(State.TunnelKeys);
  let i = hash & mask;
  let index = word(slots, 2 * i + 1) - 1;
  for (; index >= 0; i = (i + 1) & mask, index = word(slots, 2 * i + 1) - 1) {
    if (word(slots, 2 * i) !== hash) continue;
    const key = keys + ((<usize>index * KEY_WORDS) << 2);
    const isKey =
      word(key, 0) === what &&
      word(key, 1) === vni &&
      word(key, 2) === source &&
      word(key, 3) === destination &&
      word(key, 4) === 0;
    if (isKey) break;
  }
  return index;
}

/** True when the checksum of an echo reply is that of the request with another type; see `isReplyTo`. */
function isReplyTo(reply: i32, request: i32): bool {
  const difference = (reply & 0xffff) - (request & 0xffff) - 0x800;
  return difference === 0 || difference === -0xffff || difference === 0xffff;
}

/**
 * Takes in ordinary packets of the batch from position `from` on, up to the first that is none. Returns the position of
 * that packet, of which nothing was taken in. There must be room for an answer to each.
 */
export function observe(from: i32): i32 {
  const rows: usize = state(State.Rows);
  const times: usize = state(State.Times);
  const count = state(State.Count);
  const number = state(State.FrameNumber);
  const replyTimeout = double(STATE_AT, State.ReplyTimeout >> 1);
  const records: usize = state(State.FlowWords);
  const tunnels: usize = state(State.TunnelNumbers);
  const recent: usize = state(State.Recent);
  const candidates: usize = state(State.Candidates);
  const points: usize = state(State.Points);
  const pointTimes: usize = state(State.PointTimes);
  const selection = state(State.Selection);
  const pointRoom = state(State.PointRoom);
  let pointCount = state(State.PointCount);
  let answer: usize = <usize>state(State.Answers) + ((<usize>state(State.AnswerCount) * ANSWER_WORDS) << 2);
  let fetchedTo = state(State.FetchedTo);
  let requests = 0;
  let replies = 0;
  let k = from;
  for (; k < count; k++) {
    const row = rows + ((<usize>k * ROW_WORDS) << 2);
    if (k >= fetchedTo) {
      fetchedTo = min((k & -WINDOW) + WINDOW, count);
      fetch(rows + ((<usize>(k & -WINDOW) * ROW_WORDS) << 2), fetchedTo - (k & -WINDOW), candidates);
    }
    const kind = word(row, Digest.Kind);
    if (kind === Ordinary.No) break;
    const when = double(times, k);
    const vni = word(row, Digest.Vni);
    let tunnel = -1;
    if (kind === Ordinary.Tcp) {
      tunnel = findTunnel(
        word(row, TcpDigest.TunnelHash),
        VXLAN_OVER_IPV4 | word(row, TcpDigest.Port),
        vni,
        word(row, TcpDigest.OuterSource),
        word(row, TcpDigest.OuterDestination),
      );
      if (tunnel < 0) break;
    } else {
      const flow = word(candidates, k & (WINDOW - 1));
      const position = recordAt(flow);
      const record = records + ((<usize>position) << 2);
      const idSequence = word(row, Digest.IdSequence);
      const isFlow =
        word(record, Word.Source) === word(row, Digest.Source) &&
        word(record, Word.Destination) === word(row, Digest.Destination) &&
        word(record, Word.Identifier) === idSequence >>> 16 &&
        word(record, Word.Scope) === (((vni + 1) << PROTOCOL_BITS) | Protocol.Echo);
      if (!isFlow) break;
      const low = word(row, Digest.Low);
      const isSampled = (low & selection) === 0;
      if (isSampled && pointCount === pointRoom) break;
      const way = word(row, Digest.Way);
      const fingerprint = word(row, Digest.Fingerprint);
      const sequence = idSequence & 0xffff;
      const newest = word(record, Word.Newest);
      let extended = newest;
      if (kind === Ordinary.EchoRequest) {
        const differences =
          ((newest + 1 - sequence) & 0xffff) |
          (word(record, Word.RequestWay) ^ way) |
          (word(record, Word.NewestSize) ^ word(row, Digest.Size)) |
          word(record, Word.UnmatchedReplies) |
          word(record, Word.OpenFrame);
        tunnel = word(record, Word.RequestTunnel);
        if (differences !== 0 || tunnel < 0) break;
        extended = newest + 1;
        setWord(record, Word.Requests, word(record, Word.Requests) + 1);
        setWord(record, Word.Newest, extended);
        setWord(record, Word.NewestFingerprint, fingerprint);
        setWord(record, Word.OpenFrame, number + k);
        setDouble(record, Double.LastTime, when);
        requests++;
      } else {
        const roundTrip = when - double(record, Double.LastTime);
        const differences = ((newest - sequence) & 0xffff) | (word(record, Word.ReplyWay) ^ way);
        tunnel = word(record, Word.ReplyTunnel);
        if (differences !== 0 || tunnel < 0 || word(record, Word.OpenFrame) === 0) break;
        if (!isReplyTo(fingerprint, word(record, Word.NewestFingerprint))) break;
        if (!(roundTrip >= 0 && roundTrip <= replyTimeout)) break;
        setWord(record, Word.OpenFrame, 0);
        setWord(answer, Answer.Record, position);
        setWord(answer, Answer.Size, word(record, Word.NewestSize));
        setDouble(answer, Answer.RoundTrip >> 1, roundTrip);
        answer += ANSWER_WORDS << 2;
        replies++;
      }
      const local = word(row, Digest.Local);
      const slot = recent + ((<usize>(low & (RECENT_SLOTS - 1))) << 3);
      setWord(slot, 0, local ^ low);
      setWord(slot, 1, way);
      if (isSampled) {
        const point = points + ((<usize>pointCount * POINT_WORDS) << 2);
        setWord(point, Point.Low, low);
        setWord(point, Point.High, local ^ ((vni + 2) * VNI_FACTOR));
        setWord(point, Point.Flow, flow);
        setWord(point, Point.IsReply, <i32>(kind === Ordinary.EchoReply));
        setWord(point, Point.Sequence, extended);
        setWord(point, Point.Frame, number + k);
        setDouble(pointTimes, pointCount++, when);
      }
    }
    const length: f64 = word(row, Digest.OuterLength);
    const numbers = tunnels + ((<usize>tunnel * TUNNEL_FIELDS) << 3);
    setDouble(numbers, TunnelField.Packets, double(numbers, TunnelField.Packets) + 1);
    setDouble(numbers, TunnelField.Bytes, double(numbers, TunnelField.Bytes) + length);
    setDouble(numbers, TunnelField.LastTime, when);
    if (length > double(numbers, TunnelField.LargestPacket)) setDouble(numbers, TunnelField.LargestPacket, length);
    setWord(row, Digest.Tunnel, tunnel);
  }
  setState(State.FetchedTo, fetchedTo);
  setState(State.PointCount, pointCount);
  setState(State.AnswerCount, state(State.AnswerCount) + replies);
  setState(State.Requests, state(State.Requests) + requests);
  setState(State.Replies, state(State.Replies) + replies);
  return k;
}
