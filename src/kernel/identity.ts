/** Who a packet is, whatever capture it is met in: packets seen last, and the sample, as `RecentPackets` and `Trajectory` keep them. */
import {
  Digest,
  MAXIMUM_POINTS,
  POINT_WORDS,
  Point,
  RECENT_SLOTS,
  REPLY_SALT,
  REQUEST_SALT,
  State,
  VNI_FACTOR,
} from './declarations.ts';
import { vniOf } from './flows.ts';
import { double, hash5, setDouble, setState, setWord, state, sum5, word } from './memory.ts';

/** The first hash of a packet. */
export function identityLow(row: usize, isReply: bool): i32 {
  const salt = isReply ? REPLY_SALT : REQUEST_SALT;
  return hash5(from(row, isReply), to(row, isReply), word(row, Digest.Message), word(row, Digest.Fingerprint), salt);
}

/** The second hash. */
function identityHigh(row: usize, isReply: bool): i32 {
  const salt = isReply ? REPLY_SALT : REQUEST_SALT;
  return sum5(word(row, Digest.Fingerprint), word(row, Digest.Message), salt, from(row, isReply), to(row, isReply));
}

/** The addresses of a packet: in a row, those of a reply have changed places. */
function from(row: usize, isReply: bool): i32 {
  return word(row, isReply ? Digest.Destination : Digest.Source);
}

function to(row: usize, isReply: bool): i32 {
  return word(row, isReply ? Digest.Source : Digest.Destination);
}

/** Remembers a packet; `low` is its first hash. */
export function remember(row: usize, low: i32, isReply: bool): void {
  const slot: usize = <usize>state(State.Recent) + ((<usize>(low & (RECENT_SLOTS - 1))) << 3);
  setWord(slot, 0, identityHigh(row, isReply) ^ ((vniOf(row) + 2) * VNI_FACTOR) ^ low);
  setWord(slot, 1, word(row, Digest.Way));
}

/** Adds a packet, whose first hash is `low`, to the sample if it belongs there. */
export function sample(row: usize, low: i32, isReply: bool, flow: i32, sequence: i32, number: i32, when: f64): void {
  if ((low & state(State.Selection)) !== 0) return;
  if (state(State.PointCount) === MAXIMUM_POINTS) {
    halveSample();
    if ((low & state(State.Selection)) !== 0) return;
  }
  const index = state(State.PointCount);
  const point: usize = <usize>state(State.Points) + ((<usize>index * POINT_WORDS) << 2);
  setState(State.PointCount, index + 1);
  setWord(point, Point.Low, low);
  setWord(point, Point.High, identityHigh(row, isReply));
  setWord(point, Point.Flow, flow);
  setWord(point, Point.IsReply, <i32>isReply);
  setWord(point, Point.Sequence, sequence);
  setWord(point, Point.Frame, number);
  setDouble(<usize>state(State.PointTimes), index, when);
}

/** Makes room in the sample. */
export function halveSample(): void {
  const points: usize = state(State.Points);
  const times: usize = state(State.PointTimes);
  let count = state(State.PointCount);
  let selection = state(State.Selection);
  do {
    selection = (selection << 1) | 1;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const point = points + ((<usize>i * POINT_WORDS) << 2);
      if ((word(point, Point.Low) & selection) !== 0) continue;
      memory.copy(points + ((<usize>kept * POINT_WORDS) << 2), point, POINT_WORDS << 2);
      setDouble(times, kept++, double(times, i));
    }
    count = kept;
  } while (count > MAXIMUM_POINTS / 2 && selection !== -1);
  setState(State.PointCount, count === MAXIMUM_POINTS ? MAXIMUM_POINTS / 2 : count);
  setState(State.Selection, selection);
}
