/** Ordinary packets are taken in by the kernel. It must come to what decoding every packet in full comes to. */
import { expect, test } from 'vitest';
import type { TrafficKind } from '../../bench/traffic.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { Packet } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { DEFAULT_LIMITS, type Observations } from '../../src/flow/observations.ts';
import { Observer, type ObserverOptions } from '../../src/flow/observer.ts';
import { ETHERNET, TrafficBatch } from './traffic-batch.ts';

const ports = portTable();
const BATCHES = 5;

/** The tables, without what is only there to be fast. */
function plain(observations: Observations): unknown {
  const { counts, flows, waiting, runs, tunnels, trajectory, roundTrips, firstTime, lastTime } = observations;
  // Records come in blocks of 64, and a word of a block may be of any of them.
  const records = flows.words.slice(0, Math.ceil(flows.count / 64) * 64 * 64);
  const { start, positions } = waiting.byFlow(flows.count);
  const exchanges = [...positions].map((position) => waiting.at(position));
  return {
    counts,
    records,
    start,
    exchanges: exchanges.sort((a, b) => a.flow - b.flow || a.sequence - b.sequence),
    runs: runs.count,
    tunnels: [...tunnels.numbers.subarray(0, tunnels.count * 24)],
    sample: [...trajectory],
    roundTrips: roundTrips.numbers.slice(0, roundTrips.rows * 128),
    firstTime,
    lastTime,
  };
}

test.each<[TrafficKind, number]>([
  ['icmp', 40],
  ['icmp', 3000],
  ['mix', 200],
])('%s in %d flows', (kind, flows) => {
  const kernel = Kernel.start(ports);
  const batch = new TrafficBatch(kernel, kind, flows);
  const options: ObserverOptions = { replyTimeoutNanoseconds: 1e9, ports, vnis: null, limits: DEFAULT_LIMITS };
  const quick = new Observer(options, kernel);
  const full = new Observer(options);
  const packet = new Packet();
  let number = 1;
  for (let round = 0; round < BATCHES; round++) {
    batch.next();
    quick.observeFrames(batch, ETHERNET, number);
    for (let i = 0; i < batch.count; i++) {
      decodeFrame(batch.view, batch.offset[i], batch.captured[i], batch.original[i], 1, ports, packet);
      packet.frame = number + i;
      packet.time = batch.time[i];
      packet.channel = 0;
      full.observe(packet, batch.view);
    }
    number += batch.count;
  }
  expect(full.observations.flows.count).toBeGreaterThan(flows / 2);
  expect(plain(quick.observations)).toEqual(plain(full.observations));
});
