/**
 * Brings together what the captures saw of the same flow: first by addresses and identifier alone,
 * then apart again by VNI where the packets show that two overlays use the same addresses.
 */
import { Word } from './flow-table.ts';
import { Grouping } from './grouping.ts';
import { KeyTable, UNLIMITED } from './key-table.ts';
import { IPV6, Protocol } from './observations.ts';
import type { OverlayVnis } from './overlay-vnis.ts';
import type { PacketSamples } from './sampled-packets.ts';
import { Sighting } from './sighting.ts';
import type { TrajectoryPoint } from './trajectory.ts';
import type { Vantage } from './vantage.ts';

/** Records of the same addresses, protocol and identifier, over all captures and VNIs, in the order of the captures. */
export class FlowGroups {
  readonly vantages: readonly Vantage[];
  /** How many groups there are. */
  readonly count: number;
  /** Records of all captures, by number; null when each is a group of its own. */
  private readonly groups: Grouping | null = null;
  /** By capture: the number of its first record. */
  private readonly bases: number[] = [];
  private readonly scratch: Sighting[] = [];

  constructor(vantages: readonly Vantage[]) {
    this.vantages = vantages;
    let total = 0;
    for (const { observations } of vantages) {
      this.bases.push(total);
      total += observations.flows.count;
    }
    if (vantages.length > 1 || (vantages.length === 1 && !isOneOverlay(vantages[0]))) this.groups = this.group(total);
    this.count = this.groups === null ? total : this.groups.count;
  }

  records(group: number): Sighting[] {
    const { vantages, groups, bases, scratch } = this;
    if (groups === null) return [new Sighting(vantages[0], group)];
    let count = 0;
    for (let at = groups.first(group); at >= 0; at = groups.after(at)) {
      let v = vantages.length - 1;
      while (bases[v] > at) v--;
      scratch[count++] = new Sighting(vantages[v], at - bases[v]);
    }
    // A list of its own without the room that growing gives it: there are very many.
    return scratch.slice(0, count);
  }

  private group(total: number): Grouping {
    const groups = new Grouping(total);
    const addresses = new KeyTable(UNLIMITED);
    for (const [index, vantage] of this.vantages.entries()) {
      const { flows } = vantage.observations;
      for (let flow = 0; flow < flows.count; flow++) {
        addRecord(groups, this.bases[index] + flow, vantage, flow, addresses);
      }
    }
    return groups;
  }
}

/** True when all flows of a capture are in one VNI, or in none: no two of them have the same addresses, protocol and identifier then. */
function isOneOverlay({ observations: { flows } }: Vantage): boolean {
  flows.select(0);
  const vni = flows.vni;
  for (let flow = 1; flow < flows.count; flow++) {
    flows.select(flow);
    if (flows.vni !== vni) return false;
  }
  return true;
}

/**
 * Adds a capture's record of a flow, as that number, to those of the same addresses, protocol and identifier.
 * `addresses` numbers the IPv6 addresses of all captures.
 */
function addRecord(groups: Grouping, number: number, vantage: Vantage, flow: number, addresses: KeyTable): void {
  const { flows } = vantage.observations;
  flows.select(flow);
  const { words, word, protocol } = flows;
  const source = sharedAddress(vantage, protocol, words[word + Word.Source], addresses);
  const destination = sharedAddress(vantage, protocol, words[word + Word.Destination], addresses);
  groups.add(number, protocol, source, destination, words[word + Word.Identifier], 0);
}

/** The number of an address over all captures: IPv4 as it is, IPv6 numbered anew. */
function sharedAddress(vantage: Vantage, protocol: number, address: number, all: KeyTable): number {
  if ((protocol & IPV6) === 0) return address;
  const { addresses } = vantage.observations;
  const [a, b, c, d] = addresses.words(address);
  return all.add(a, b, c, d, 0);
}

/** True when all records of a group are in one VNI, or in none. */
export function isOneVni(records: readonly Sighting[]): boolean {
  const [{ vni }] = records;
  for (let i = 1; i < records.length; i++) if (records[i].vni !== vni) return false;
  return true;
}

/**
 * Splits a group of several VNIs. Records of one VNI belong together; two VNIs do when the same packets were
 * seen in both (an overlay routed into another); bare records join the VNI that shares packets with
 * them, or the only VNI there is, unless the same numbers are other packets there. `overlays` says
 * which VNI a capture without tunnels stands in.
 */
export function clusters(records: Sighting[], packets: PacketSamples, overlays: OverlayVnis): Sighting[][] {
  const tunneled = new Set(records.map((record) => record.vni).filter((vni) => vni >= 0));
  const sets = new VniSets(tunneled);
  for (const record of records) {
    if (record.vni >= 0) sets.add(record.vni, packets.of(record.vantage).ofFlow(record.flow));
  }
  const result = new Map<number, Sighting[]>();
  const put = (key: number, record: Sighting): void => {
    const list = result.get(key);
    if (list === undefined) result.set(key, [record]);
    else list.push(record);
  };
  for (const record of records) {
    if (record.vni >= 0) put(sets.root(record.vni), record);
  }
  for (const record of records) {
    if (record.vni < 0) put(sets.homeOf(record, packets.of(record.vantage).ofFlow(record.flow), overlays), record);
  }
  return [...result.values()];
}

/** VNIs that are one overlay, and the packets that were seen in each. */
class VniSets {
  private readonly parent: Map<number, number>;
  /** The VNI each packet was seen in first, by its hash. */
  private readonly vniOf = new Map<number, number>();
  /** Numbers of the requests that were seen in any VNI. */
  private readonly numbers = new Set<number>();

  constructor(vnis: ReadonlySet<number>) {
    this.parent = new Map([...vnis].map((vni) => [vni, vni]));
  }

  root(vni: number): number {
    let at = vni;
    for (;;) {
      const up = this.parent.get(at) as number;
      if (up === at) return at;
      at = up;
    }
  }

  add(vni: number, points: Iterable<TrajectoryPoint>): void {
    for (const { low, reply, sequence } of points) {
      const met = this.vniOf.get(low);
      if (met === undefined) this.vniOf.set(low, vni);
      else if (this.root(met) !== this.root(vni)) this.parent.set(this.root(vni), this.root(met));
      if (!reply) this.numbers.add(sequence & 0xffff);
    }
  }

  /** The cluster of a bare record; -1, one of its own, when it belongs to none. */
  homeOf({ vantage, protocol }: Sighting, points: Iterable<TrajectoryPoint>, overlays: OverlayVnis): number {
    const { trajectory } = vantage.observations;
    const shared = new Map<number, number>();
    let isOther = false;
    for (const { low, reply, sequence } of points) {
      const vni = this.vniOf.get(low);
      if (vni !== undefined) shared.set(this.root(vni), (shared.get(this.root(vni)) ?? 0) + 1);
      else if (!reply && this.numbers.has(sequence & 0xffff)) isOther = true;
    }
    if (this.parent.size > 1) {
      const vni = overlays.of(vantage);
      if (vni !== null) return this.parent.has(vni) ? this.root(vni) : -1;
    }
    const [home] = [...shared].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    if (home !== undefined) return home[0];
    if (this.parent.size > 1) return -1;
    if (protocol === Protocol.Echo && isOther && trajectory.selection === 0) return -1;
    const [only] = this.parent.keys();
    return only;
  }
}
