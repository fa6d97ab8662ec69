/** Compares the round trips of the same exchanges at two captures. */
import { median, type SampledPackets } from './sampled-packets.ts';
import type { TrajectoryPoint } from './trajectory.ts';

/**
 * By how many nanoseconds the exchanges of a flow that two captures both saw whole took longer at `from`;
 * 0 when there is none to compare.
 */
export function nestedTrips(from: SampledPackets, fromFlow: number, to: SampledPackets, toFlow: number): number {
  if (from.countOf(fromFlow) < 2 || to.countOf(toFlow) < 2) return 0;
  const here = tripsOf(from.ofFlow(fromFlow));
  if (here.size === 0) return 0;
  const there = tripsOf(to.ofFlow(toFlow));
  const differences: number[] = [];
  for (const [low, trip] of here) {
    const other = there.get(low);
    if (other !== undefined) differences.push(trip - other);
  }
  return median(differences) ?? 0;
}

/** Round trips of the exchanges that were sampled whole, by the identity of their requests. */
function tripsOf(points: readonly TrajectoryPoint[]): Map<number, number> {
  const requests = new Map<number, TrajectoryPoint>();
  const trips = new Map<number, number>();
  for (const point of points) {
    if (!point.reply) {
      requests.set(point.sequence, point);
      continue;
    }
    const request = requests.get(point.sequence);
    if (request === undefined || !(point.time >= request.time)) continue;
    requests.delete(point.sequence);
    trips.set(request.low, point.time - request.time);
  }
  return trips;
}
