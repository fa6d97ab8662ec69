/**
 * Hands observations from one thread to another without copying: their arrays change hands, and the
 * classes around them are put back on the other side.
 */
import { AddressTable } from './address-table.ts';
import { Answers } from './answers.ts';
import { ClaimTable } from './claim-table.ts';
import { ErrorTable } from './error-table.ts';
import { FlowTable } from './flow-table.ts';
import { FragmentTable } from './fragment-table.ts';
import { KeyTable } from './key-table.ts';
import { LinkChanges } from './link-changes.ts';
import { Observations, PacketCounts } from './observations.ts';
import { RoundTrips } from './round-trips.ts';
import { RunPool } from './runs.ts';
import { TableMemory } from './table-memory.ts';
import { Talkers } from './talkers.ts';
import { Trajectory } from './trajectory.ts';
import { TunnelTable } from './tunnel-table.ts';
import { WaitingTable } from './waiting-table.ts';

const CLASSES: Readonly<Record<string, { prototype: object }>> = {
  AddressTable,
  Answers,
  ClaimTable,
  ErrorTable,
  FlowTable,
  FragmentTable,
  KeyTable,
  LinkChanges,
  Observations,
  PacketCounts,
  RoundTrips,
  RunPool,
  TableMemory,
  Talkers,
  Trajectory,
  TunnelTable,
  WaitingTable,
};

/** Where in the object which class stands: `['flows', 'FlowTable']`. */
type Places = [path: string[], name: string][];

/** Observations on their way: plain data, the classes it came from, and the buffers to hand over. */
export interface Parcel {
  data: unknown;
  places: Places;
}

/** Packs observations for `postMessage(parcel, buffers)`. They must not be used afterwards. */
export function pack(observations: Observations): { parcel: Parcel; buffers: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  const places: Places = [];
  observations.waiting.detach();
  collect(observations, [], buffers, places);
  return { parcel: { data: observations, places }, buffers: [...buffers] };
}

/** Unpacks what `pack` made, on the other side. */
export function unpack(parcel: Parcel): Observations {
  for (const [path, name] of parcel.places) {
    let at = parcel.data as Record<string, unknown>;
    for (const key of path) at = at[key] as Record<string, unknown>;
    Object.setPrototypeOf(at, CLASSES[name].prototype);
  }
  return parcel.data as Observations;
}

function collect(value: unknown, path: string[], buffers: Set<ArrayBuffer>, places: Places): void {
  if (typeof value !== 'object' || value === null) return;
  // What lies in shared memory, both threads have.
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) if (ArrayBuffer.isView(item)) collect(item, path, buffers, places);
    return;
  }
  const name = Object.entries(CLASSES).find(([, type]) => Object.getPrototypeOf(value) === type.prototype)?.[0];
  if (name !== undefined) places.push([path, name]);
  for (const [key, item] of Object.entries(value)) collect(item, [...path, key], buffers, places);
}
