/**
 * Brings together what the captures saw of the same flow: first by addresses and identifier alone,
 * then apart again by VNI where the packets show that two overlays use the same addresses.
 */
import { Word } from './flow-table.ts';
import { KeyTable } from './key-table.ts';
import { IPV6 } from './observations.ts';
import type { OverlayVnis } from './overlay-vnis.ts';
import type { PacketSamples } from './sampled-packets.ts';
import type { Vantage } from './vantage.ts';

/** One capture's record of a flow. */
export interface FlowRecord {
  vantage: Vantage;
  flow: number;
  vni: number;
}

/** Records of the same addresses, protocol and identifier, over all captures and VNIs. */
export function* flowGroups(vantages: readonly Vantage[]): Generator<FlowRecord[]> {
  const total = vantages.reduce((sum, vantage) => sum + vantage.observations.flows.count, 0);
  const table = new KeyTable(Number.POSITIVE_INFINITY);
  const addresses = new KeyTable(Number.POSITIVE_INFINITY);
  const newest = new Int32Array(total).fill(-1);
  const next = new Int32Array(total).fill(-1);
  const bases: number[] = [];
  let base = 0;
  for (const vantage of vantages) {
    bases.push(base);
    const { flows } = vantage.observations;
    for (let flow = 0; flow < flows.count; flow++) {
      flows.select(flow);
      const { words, word } = flows;
      const protocol = words[word + Word.Protocol];
      const source = shared(vantage, protocol, words[word + Word.Source], addresses);
      const destination = shared(vantage, protocol, words[word + Word.Destination], addresses);
      const group = table.add(protocol, source, destination, words[word + Word.Identifier], 0);
      next[base + flow] = newest[group];
      newest[group] = base + flow;
    }
    base += flows.count;
  }
  for (let group = 0; group < table.count; group++) {
    const records: FlowRecord[] = [];
    for (let at = newest[group]; at >= 0; at = next[at]) {
      let v = vantages.length - 1;
      while (bases[v] > at) v--;
      const flow = at - bases[v];
      const { flows } = vantages[v].observations;
      flows.select(flow);
      records.push({ vantage: vantages[v], flow, vni: flows.words[flows.word + Word.Vni] });
    }
    yield records.reverse();
  }
}

/** The number of an address over all captures: IPv4 as it is, IPv6 numbered anew. */
function shared(vantage: Vantage, protocol: number, address: number, all: KeyTable): number {
  if ((protocol & IPV6) === 0) return address;
  const { addresses } = vantage.observations;
  const [a, b, c, d] = addresses.words(address);
  return all.add(a, b, c, d, 0);
}

/**
 * Splits a group by VNI. Records of one VNI belong together; two VNIs do when the same packets were
 * seen in both (an overlay routed into another); bare records join the VNI that shares packets with
 * them, or the only VNI there is. `overlays` says which VNI a capture without tunnels stands in.
 */
export function clusters(records: FlowRecord[], packets: PacketSamples, overlays: OverlayVnis): FlowRecord[][] {
  const vnis = new Set(records.map((record) => record.vni));
  const tunneled = [...vnis].filter((vni) => vni >= 0);
  if (tunneled.length <= 1) return [records];
  const parent = new Map<number, number>(tunneled.map((vni) => [vni, vni]));
  const root = (vni: number): number => {
    let at = vni;
    for (;;) {
      const up = parent.get(at) as number;
      if (up === at) return at;
      at = up;
    }
  };
  for (const a of records) {
    for (const b of records) {
      if (a.vni < 0 || b.vni <= a.vni || root(a.vni) === root(b.vni)) continue;
      if (sharedPackets(a, b, packets) > 0) parent.set(root(b.vni), root(a.vni));
    }
  }
  const result = new Map<number, FlowRecord[]>();
  const put = (key: number, record: FlowRecord): void => {
    const list = result.get(key);
    if (list === undefined) result.set(key, [record]);
    else list.push(record);
  };
  for (const record of records) {
    if (record.vni >= 0) put(root(record.vni), record);
  }
  for (const record of records) {
    if (record.vni >= 0) continue;
    const vni = overlays.of(record.vantage);
    const home = vni === null ? homeOf(record, records, root, packets) : parent.has(vni) ? root(vni) : -1;
    put(home, record);
  }
  return [...result.values()];
}

/** The cluster a bare record shares most packets with; -1, a cluster of its own, when it shares none. */
function homeOf(
  bare: FlowRecord,
  records: readonly FlowRecord[],
  root: (vni: number) => number,
  packets: PacketSamples,
): number {
  let best = 0;
  let home = -1;
  for (const record of records) {
    if (record.vni < 0) continue;
    const count = sharedPackets(bare, record, packets);
    if (count > best) {
      best = count;
      home = root(record.vni);
    }
  }
  return home;
}

function sharedPackets(a: FlowRecord, b: FlowRecord, packets: PacketSamples): number {
  const there = new Set<number>();
  for (const point of packets.of(b.vantage).ofFlow(b.flow)) there.add(point.low);
  let count = 0;
  for (const point of packets.of(a.vantage).ofFlow(a.flow)) {
    if (there.has(point.low)) count++;
  }
  return count;
}
