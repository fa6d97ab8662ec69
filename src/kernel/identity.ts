/** Who a packet is, whatever capture it is met in: packets seen last, and the sample, as `RecentPackets` and `Trajectory` keep them. */
import {
  Digest,
  MAXIMUM_POINTS,
  Ordinary,
  POINT_WORDS,
  Point,
  PROTOCOL_BITS,
  RECENT_SLOTS,
  REPLY_SALT,
  REQUEST_SALT,
  State,
  VNI_FACTOR,
} from './declarations.ts';
import { hash5, setDouble, setState, setWord, state, sum5, word } from './memory.ts';

/** The first hash of a packet. */
export function identityLow(row: usize): i32 {
  const source = word(row, Digest.Source);
  const destination = word(row, Digest.Destination);
  const fingerprint = word(row, Digest.Fingerprint);
  const message = word(row, Digest.Message);
  return isReply(row)
    ? hash5(destination, source, message, fingerprint, REPLY_SALT)
    : hash5(source, destination, message, fingerprint, REQUEST_SALT);
}

/** The second hash. */
function identityHigh(row: usize): i32 {
  const source = word(row, Digest.Source);
  const destination = word(row, Digest.Destination);
  const fingerprint = word(row, Digest.Fingerprint);
  const message = word(row, Digest.Message);
  return isReply(row)
    ? sum5(fingerprint, message, REPLY_SALT, destination, source)
    : sum5(fingerprint, message, REQUEST_SALT, source, destination);
}

function isReply(row: usize): bool {
  const kind = word(row, Digest.Kind);
  return kind === Ordinary.EchoReply || kind === Ordinary.DnsResponse;
}

/** Remembers a packet; `low` is its first hash. */
export function remember(row: usize, low: i32): void {
  const vni = (word(row, Digest.Scope) >> PROTOCOL_BITS) - 1;
  const slot: usize = <usize>state(State.Recent) + ((<usize>(low & (RECENT_SLOTS - 1))) << 3);
  setWord(slot, 0, identityHigh(row) ^ ((vni + 2) * VNI_FACTOR) ^ low);
  setWord(slot, 1, word(row, Digest.Way));
}

/** False when a packet whose first hash is `low` belongs to the sample and finds no room there. */
export function hasRoomForSample(low: i32): bool {
  return (low & state(State.Selection)) !== 0 || state(State.PointCount) < MAXIMUM_POINTS;
}

/** Adds a packet to the sample if it belongs there. There must be room. */
export function sample(row: usize, low: i32, flow: i32, sequence: i32, number: i32, when: f64): void {
  if ((low & state(State.Selection)) !== 0) return;
  const index = state(State.PointCount);
  const point: usize = <usize>state(State.Points) + ((<usize>index * POINT_WORDS) << 2);
  setState(State.PointCount, index + 1);
  setWord(point, Point.Low, low);
  setWord(point, Point.High, identityHigh(row));
  setWord(point, Point.Flow, flow);
  setWord(point, Point.IsReply, <i32>isReply(row));
  setWord(point, Point.Sequence, sequence);
  setWord(point, Point.Frame, number);
  setDouble(<usize>state(State.PointTimes), index, when);
}
