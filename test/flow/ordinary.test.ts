/** Ordinary packets are taken in by a loop of their own. It must come to what decoding every packet in full comes to. */
import { expect, test } from 'vitest';
import { Traffic, type TrafficKind } from '../../bench/traffic.ts';
import { BATCH_FRAMES, FrameBatch } from '../../src/capture/frames.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { Packet } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';
import { DEFAULT_LIMITS, type Observations } from '../../src/flow/observations.ts';
import { Observer, type ObserverOptions } from '../../src/flow/observer.ts';
import { totals, WINDOW, Window } from '../../src/flow/window.ts';

const ports = portTable();
const INTERFACES = [{ linkType: 1 }];
const BATCHES = 5;

/** The tables, without what is only there to be fast. */
function plain({ counts, flows, waiting, runs, tunnels, trajectory, firstTime, lastTime }: Observations): unknown {
  const records = Array.from({ length: flows.count }, (_, flow) => [
    ...flows.words.subarray(flow * 64, flow * 64 + 64),
  ]);
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
    firstTime,
    lastTime,
  };
}

test.each<[TrafficKind, number]>([
  ['icmp', 40],
  ['icmp', 3000],
  ['mix', 200],
])('%s in %d flows', (kind, flows) => {
  const batch = new FrameBatch();
  batch.bytes = new Uint8Array(BATCH_FRAMES * 1536);
  batch.view = new DataView(batch.bytes.buffer);
  let used = 0;
  let epoch = -1;
  const traffic = new Traffic((microseconds, bytes, length) => {
    if (epoch < 0) epoch = microseconds;
    const i = batch.count++;
    batch.bytes.set(bytes.subarray(0, length), used);
    batch.offset[i] = used;
    batch.captured[i] = length;
    batch.original[i] = length;
    batch.time[i] = (microseconds - epoch) * 1000;
    used += length;
  }, flows);
  const options: ObserverOptions = { replyTimeoutNanoseconds: 1e9, ports, vnis: null, limits: DEFAULT_LIMITS };
  const quick = new Observer(options);
  const full = new Observer(options);
  const packet = new Packet();
  const window = new Window();

  let number = 1;
  for (let round = 0; round < BATCHES; round++) {
    batch.count = 0;
    used = 0;
    traffic[kind](BATCH_FRAMES);
    quick.count(totals(batch, 0, batch.count));
    for (let from = 0; from < batch.count; from += WINDOW) {
      window.look(batch, INTERFACES, from, Math.min(WINDOW, batch.count - from), number + from, ports);
      quick.observeWindow(window);
    }
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
