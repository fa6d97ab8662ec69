/** Compares the round trips of the same exchanges at two captures. */
import { median, type SampledPackets } from './sampled-packets.ts';

/** Packets of a flow among which a request and its reply are looked for in pairs. */
const FEW = 32;
const NO_TRIPS: ReadonlyMap<number, number> = new Map();

/**
 * By how many nanoseconds the exchanges of a flow that two captures both saw whole took longer at `from`;
 * 0 when there is none to compare.
 */
export function nestedTrips(from: SampledPackets, fromFlow: number, to: SampledPackets, toFlow: number): number {
  if (!mayHoldExchange(from, fromFlow) || !mayHoldExchange(to, toFlow)) return 0;
  const here = tripsOf(from, fromFlow);
  const there = here.size === 0 ? NO_TRIPS : tripsOf(to, toFlow);
  if (there.size === 0) return 0;
  const differences: number[] = [];
  for (const [low, trip] of here) {
    const other = there.get(low);
    if (other !== undefined) differences.push(trip - other);
  }
  return median(differences) ?? 0;
}

/** False when no exchange of a flow was sampled whole, as nearly always when there are many flows: found without a list. */
function mayHoldExchange({ byFlow, flowStart, isReply, sequence }: SampledPackets, flow: number): boolean {
  const start = flowStart[flow];
  const end = flowStart[flow + 1];
  if (end - start > FEW) return true;
  for (let i = start + 1; i < end; i++) {
    const packet = byFlow[i];
    if (isReply[packet] === 0) continue;
    for (let earlier = start; earlier < i; earlier++) {
      const request = byFlow[earlier];
      if (isReply[request] === 0 && sequence[request] === sequence[packet]) return true;
    }
  }
  return false;
}

/** Round trips of the exchanges that were sampled whole, by the identity of their requests. */
function tripsOf(
  { byFlow, flowStart, isReply, sequence, time, low }: SampledPackets,
  flow: number,
): Map<number, number> {
  const requests = new Map<number, number>();
  const trips = new Map<number, number>();
  for (let i = flowStart[flow]; i < flowStart[flow + 1]; i++) {
    const packet = byFlow[i];
    if (isReply[packet] === 0) {
      requests.set(sequence[packet], packet);
      continue;
    }
    const request = requests.get(sequence[packet]);
    if (request === undefined || !(time[packet] >= time[request])) continue;
    requests.delete(sequence[packet]);
    trips.set(low[request], time[packet] - time[request]);
  }
  return trips;
}
