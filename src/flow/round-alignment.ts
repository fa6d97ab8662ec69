/**
 * Puts the extended sequence numbers of several captures on one axis.
 *
 * A capture that began later, or missed some of an identifier's reuse, counts rounds of 65536 from
 * another start, or takes a number that is used again for one that was overtaken. A packet that two
 * captures both sampled tells how far their counts are apart from there on.
 */
import type { Exception, ExchangeSet, Step } from './exceptions.ts';
import type { PacketSamples, SampledPackets } from './sampled-packets.ts';
import type { Sighting } from './sighting.ts';
import type { TrajectoryPoint } from './trajectory.ts';

const ROUND = 65536;

/** What is on the common axis so far. */
class Axis {
  /** Places of each packet, by the hash of its identity; several when the same bytes were sent again. */
  private readonly places = new Map<number, number[]>();
  private readonly taken = new Set<number>();
  private lowest = Number.POSITIVE_INFINITY;
  private highest = Number.NEGATIVE_INFINITY;

  /** How far the packet's number is from its place on the axis; null when it has none. `turn`: how often the same bytes were sent before. */
  shiftOf({ low, sequence }: TrajectoryPoint, turn: number): number | null {
    const place = this.places.get(low)?.[turn];
    return place !== undefined && (place - sequence) % ROUND === 0 ? place - sequence : null;
  }

  /** A shift near `wanted` that puts packets nobody else saw where there are none yet: earlier rounds or later ones. */
  freeShift(points: readonly TrajectoryPoint[], wanted: number, isEarlier: boolean): number {
    if (points.every(({ sequence }) => !this.taken.has(sequence + wanted))) return wanted;
    // The points are in the order of their numbers.
    const first = Math.floor(points[0].sequence / ROUND);
    const last = Math.floor(points[points.length - 1].sequence / ROUND);
    return (isEarlier ? this.lowest - 1 - last : this.highest + 1 - first) * ROUND;
  }

  put({ low, sequence }: TrajectoryPoint, shift: number): void {
    const place = sequence + shift;
    const places = this.places.get(low);
    if (places === undefined) this.places.set(low, [place]);
    else if (!places.includes(place)) places.push(place);
    this.taken.add(place);
    this.lowest = Math.min(this.lowest, Math.floor(place / ROUND));
    this.highest = Math.max(this.highest, Math.floor(place / ROUND));
  }
}

/** Shifts runs and exceptions of all but the first set where their packets say so. */
export function alignRounds(sets: readonly ExchangeSet[], packets: PacketSamples): void {
  const requests = sets.map(({ sighting: { vantage, flow } }) => packets.of(vantage).requestsOf(flow));
  const axis = new Axis();
  for (const [number, set] of sets.entries()) {
    const points = requests[number];
    const shifts = known(points, axis);
    const order = points.map((_, index) => index).sort((a, b) => points[a].sequence - points[b].sequence);
    fillIn(order, points, shifts, axis);
    const steps: Step[] = [];
    for (const index of order) {
      const shift = shifts[index] ?? 0;
      if (steps.length === 0 || steps[steps.length - 1].shift !== shift) {
        steps.push({ from: points[index].sequence, shift });
      }
    }
    points.forEach((point, index) => {
      axis.put(point, shifts[index] ?? 0);
    });
    shiftSet(set, steps);
  }
}

/** Packets of a flow from which on looking for the aligned among them costs more than it saves. */
const MANY_PACKETS = 32;

/**
 * True when the numbers of all sightings of a flow are on one axis as they are: every request that two of them sampled
 * has one number in both, and no number is another request in another one. Found without a list.
 */
export function areAligned(sightings: readonly Sighting[], packets: PacketSamples): boolean {
  for (let number = 0; number < sightings.length; number++) {
    const { vantage, flow } = sightings[number];
    const own = packets.of(vantage);
    if (own.flowStart[flow + 1] - own.flowStart[flow] > MANY_PACKETS) return false;
    for (let i = own.flowStart[flow]; i < own.flowStart[flow + 1]; i++) {
      const packet = own.byFlow[i];
      if (own.isReply[packet] === 1) continue;
      for (let earlier = 0; earlier <= number; earlier++) {
        if (!isAligned(own, packet, sightings[earlier], packets, earlier === number)) return false;
      }
    }
  }
  return true;
}

/** True when a request of `own` goes with all of another sighting, or, if `isOwn`, with the others of the same. */
function isAligned(
  own: SampledPackets,
  packet: number,
  { vantage, flow }: Sighting,
  packets: PacketSamples,
  isOwn: boolean,
): boolean {
  const there = packets.of(vantage);
  for (let i = there.flowStart[flow]; i < there.flowStart[flow + 1]; i++) {
    const other = there.byFlow[i];
    if (there.isReply[other] === 1 || (isOwn && other === packet)) continue;
    const isSame = there.low[other] === own.low[packet];
    if (isSame !== (there.sequence[other] === own.sequence[packet])) return false;
    // The same bytes twice in one capture.
    if (isSame && isOwn) return false;
  }
  return true;
}

/** The shifts of packets that are on the axis already, in the order they were seen. */
function known(points: readonly TrajectoryPoint[], axis: Axis): (number | null)[] {
  const turns = new Map<number, number>();
  return points.map((point) => {
    const turn = turns.get(point.low) ?? 0;
    turns.set(point.low, turn + 1);
    return axis.shiftOf(point, turn);
  });
}

/** Gives packets that nobody else saw the shift of the packet before them, and where that place is taken another. */
function fillIn(
  order: readonly number[],
  points: readonly TrajectoryPoint[],
  shifts: (number | null)[],
  axis: Axis,
): void {
  let previous: number | null = null;
  for (let at = 0; at < order.length; ) {
    const shift = shifts[order[at]];
    if (shift !== null) {
      previous = shift;
      at++;
      continue;
    }
    let end = at;
    while (end < order.length && shifts[order[end]] === null) end++;
    const block = order.slice(at, end);
    const next = end < order.length ? shifts[order[end]] : null;
    const chosen = axis.freeShift(
      block.map((index) => points[index]),
      previous ?? next ?? 0,
      previous === null && next !== null,
    );
    for (const index of block) shifts[index] = chosen;
    previous = chosen;
    at = end;
  }
}

function shiftSet(set: ExchangeSet, steps: readonly Step[]): void {
  if (steps.every(({ shift }) => shift === 0)) return;
  const runs = set.runs.flatMap((run) => {
    const parts = [];
    for (let start = run.start; start <= run.end; ) {
      const step = stepAt(steps, start);
      const next = steps[step + 1]?.from ?? Number.POSITIVE_INFINITY;
      const end = Math.min(run.end, next - 1);
      const { shift } = steps[step];
      parts.push({ ...run, start: start + shift, end: end + shift });
      start = end + 1;
    }
    return parts;
  });
  set.runs = runs.sort((a, b) => a.start - b.start);
  const moved = new Map<number, Exception>();
  for (const exception of set.exceptions) {
    const key = exception.key + steps[stepAt(steps, exception.key)].shift;
    moved.set(key, { ...exception, key });
  }
  set.exceptions = [...moved.values()].sort((a, b) => a.key - b.key);
  set.steps = steps;
}

/** The numbers that may have become this one on the common axis; a capture has seen one of them at most. */
export function ownNumbers(steps: readonly Step[], number: number): number[] {
  if (steps.length === 0) return [number];
  return steps.map(({ shift }) => number - shift).filter((own, index) => stepAt(steps, own) === index);
}

/** Number of the last step at or before a sequence number; the first one holds for all before it, too. */
function stepAt(steps: readonly Step[], sequence: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (steps[middle].from <= sequence) low = middle;
    else high = middle - 1;
  }
  return low;
}
