/** A capture as the correlation sees it: what was observed, where, and whose clock it is. */
import { formatIpv4, formatIpv6 } from '../wire/address.ts';
import { IPV6, type Observations } from './observations.ts';

export type VantageKind = 'underlay' | 'overlay' | 'mixed' | 'none';

export interface Vantage {
  index: number;
  label: string;
  /** The host it was taken on; captures of one host share a clock. Null when nobody said. */
  host: string | null;
  interfaceName: string | null;
  kind: VantageKind;
  observations: Observations;
  /** When it stopped capturing, in nanoseconds since its epoch, where the capture itself says so. */
  endTime?: number;
}

/** When it is known to have been capturing last, in nanoseconds since its epoch; NaN when it holds no packet. */
export function lastMoment({ observations, endTime }: Vantage): number {
  return endTime ?? observations.lastTime;
}

const scratch = new DataView(new ArrayBuffer(16));

/** Text of an address number of that capture; `protocol` is the first word of a flow's key. */
export function addressText(observations: Observations, protocol: number, address: number): string {
  if ((protocol & IPV6) === 0) return formatIpv4(address);
  observations.addresses.write(address, scratch, 0);
  return formatIpv6(scratch, 0);
}

/** Text of an address number, given the IP version. */
export function addressOfVersion(observations: Observations, ipVersion: number, address: number): string {
  return addressText(observations, ipVersion === 6 ? IPV6 : 0, address);
}

/** The outer source and destination of a direction in the capture's tunnel table. */
export function tunnelEnds(observations: Observations, row: number): [source: string, destination: string] {
  const { table } = observations.tunnels;
  const version = (table.word(row, 0) >> 16) & 0xff;
  return [
    addressOfVersion(observations, version, table.word(row, 2)),
    addressOfVersion(observations, version, table.word(row, 3)),
  ];
}

/** Nanoseconds to add to a time of `from` to have it on the time line of `to`, both clocks taken at their word. */
export function epochShift(from: Vantage, to: Vantage): number {
  return (from.observations.epochSeconds - to.observations.epochSeconds) * 1e9;
}
