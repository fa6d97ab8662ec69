/** What lies between two neighbouring vantage points, where packets were lost. */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';

/**
 * - `encapsulation`: from an overlay interface to the same host's underlay
 * - `underlay`: from one end's underlay to the other's
 * - `decapsulation`: from the underlay to the same host's overlay interface
 * - `local`: between overlay interfaces of one end
 * - `tunnel`: from one end to the other, with no capture that tells which part of it
 */
export type SegmentKind = 'encapsulation' | 'underlay' | 'decapsulation' | 'local' | 'tunnel';

/** The segment in which a loss happened; null when the packets reached the last vantage point on their way. */
export function segmentOf(flow: JoinedFlow, loss: JoinedLoss): SegmentKind | null {
  if (loss.before === null) return null;
  const { after, before } = loss;
  const way = loss.stage === 'reply' ? [...flow.path].reverse() : flow.path;
  const isOneHost = after.host !== null && after.host === before.host;
  const areApart = after.host !== null && before.host !== null && after.host !== before.host;
  if (after.kind === 'underlay' && before.kind === 'underlay') return isOneHost ? 'local' : 'underlay';
  // Without hosts, one underlay beside an overlay may be at either end.
  if (after.kind === 'underlay') {
    return isOneHost || hasUnderlay(way.slice(0, way.indexOf(after))) ? 'decapsulation' : 'tunnel';
  }
  if (before.kind === 'underlay') {
    return isOneHost || hasUnderlay(way.slice(way.indexOf(before) + 1)) ? 'encapsulation' : 'tunnel';
  }
  if (isOneHost) return 'local';
  const isInside = hasUnderlay(way.slice(0, way.indexOf(after))) || hasUnderlay(way.slice(way.indexOf(before) + 1));
  return isInside && !areApart ? 'local' : 'tunnel';
}

function hasUnderlay(vantages: readonly Vantage[]): boolean {
  return vantages.some((vantage) => vantage.kind === 'underlay');
}
