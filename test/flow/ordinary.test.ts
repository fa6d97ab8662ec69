/** Ordinary packets are taken in by the kernel. It must come to what decoding every packet in full comes to. */
import { afterEach, expect, type MockInstance, test, vi } from 'vitest';
import type { TrafficKind } from '../../bench/traffic.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { Packet } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { LINK_CHANGE_WORDS } from '../../src/flow/link-changes.ts';
import { DEFAULT_LIMITS, type Limits, type Observations } from '../../src/flow/observations.ts';
import { Observer, type ObserverOptions } from '../../src/flow/observer.ts';
import { OrdinaryObserver } from '../../src/flow/ordinary-observer.ts';
import { fold, pseudoHeaderSum, sum16 } from '../../src/wire/checksum.ts';
import { PROTOCOL_UDP } from '../../src/wire/ipv4.ts';
import { pointsOf } from './sample.ts';
import { type Random, random } from './simulation.ts';
import { type Dressing, ETHERNET, TrafficBatch } from './traffic-batch.ts';

const ports = portTable();
/** Batches of a variant, as a rule. */
const BATCHES = 5;

/** The tables, without what is only there to be fast. */
function plain(observations: Observations): unknown {
  const { counts, flows, waiting, runs, tunnels, talkers, claims, linkChanges } = observations;
  const { trajectory, roundTrips, firstTime, lastTime } = observations;
  const { start, positions } = waiting.byFlow(flows.count);
  const exchanges = [...positions].map((position) => waiting.at(position));
  return {
    counts,
    start,
    exchanges: exchanges.sort((a, b) => a.flow - b.flow || a.sequence - b.sequence),
    forgotten: waiting.forgotten,
    runs: runs.count,
    tunnels: [...tunnels.numbers.subarray(0, tunnels.count * 24)],
    talkers: [...talkers.table.keys.subarray(0, talkers.table.count * 5)],
    claims: [claims.table, claims.addresses].map(({ keys, count }) => [...keys.subarray(0, count * 5)]),
    linkChanges: [...linkChanges.words.subarray(0, linkChanges.count * LINK_CHANGE_WORDS)],
    claimNumbers: [...claims.numbers.subarray(0, claims.table.count * 8)],
    newestClaims: [...claims.newest.subarray(0, claims.addresses.count)],
    sample: pointsOf(trajectory),
    roundTrips: roundTrips.numbers.slice(0, roundTrips.rows * 128),
    firstTime,
    lastTime,
  };
}

/** The records of all flows. They come in blocks of 64, and a word of a block may be of any of them. */
function recordsOf({ flows }: Observations): Int32Array {
  return flows.words.subarray(0, Math.ceil(flows.count / 64) * 64 * 64);
}

/** How many of all packets the kernel took in, of those that `OrdinaryObserver` was asked for. */
function shareTaken(observe: MockInstance<OrdinaryObserver['observe']>, packets: number): number {
  const taken = observe.mock.results.map(({ value }, i) => value - observe.mock.calls[i][0]);
  return taken.reduce((sum, one) => sum + one, 0) / packets;
}

/** Bytes up to the inner frame, and up to the end of the inner transport's header. */
const TUNNEL_HEADERS = 50;
const HEADERS = 110;
const OUTER_CHECKSUM = 40;
const OUTER_DESTINATION = 30;

/** Changes some bytes of one frame in ten, and gives one in two an outer checksum: right, as a card is to complete it, or neither. */
function change(batch: TrafficBatch, draw: Random): void {
  const { view, offset, captured, count } = batch;
  for (let i = 0; i < count; i++) {
    const at = offset[i];
    const isTunnelled = captured[i] > HEADERS && view.getUint8(at + 23) === PROTOCOL_UDP;
    if (isTunnelled && draw() < 0.5) {
      const end = at + 14 + view.getUint16(at + 16);
      const pseudoHeader = pseudoHeaderSum(view, at + 14, 4, PROTOCOL_UDP, end - at - 34);
      const right = 0xffff - fold(sum16(view, at + 34, end, pseudoHeader));
      view.setUint16(at + OUTER_CHECKSUM, [right, fold(pseudoHeader), 0x1234][Math.floor(draw() * 3)]);
    }
    if (draw() > 0.1) continue;
    for (let n = 0; n < 3; n++) {
      view.setUint8(at + Math.floor(draw() * Math.min(captured[i], HEADERS)), Math.floor(draw() * 256));
    }
  }
}

/** Has one tunnelled frame in ten come from another station, or by another tunnel end. */
function move({ view, offset, captured, count }: TrafficBatch, draw: Random): void {
  for (let i = 0; i < count; i++) {
    if (captured[i] < TUNNEL_HEADERS + 14 || view.getUint8(offset[i] + 23) !== PROTOCOL_UDP || draw() > 0.1) continue;
    const at = offset[i] + [TUNNEL_HEADERS + 5, TUNNEL_HEADERS + 11, OUTER_DESTINATION + 3][Math.floor(draw() * 3)];
    view.setUint8(at, view.getUint8(at) ^ 1);
  }
}

const DRESSINGS: Record<string, Dressing> = {
  'as it is': (frame) => frame,
  tagged: (frame) => Uint8Array.from([...frame.subarray(0, 12), 0x81, 0, 0, 100, ...frame.subarray(12)]),
  'without its tunnel': (frame) => (frame[23] === PROTOCOL_UDP ? frame.subarray(TUNNEL_HEADERS) : frame),
};

/** So few exchanges are remembered that some are given up all the time. */
const NARROW_LIMITS = { flows: 1 << 20, waiting: 256, answered: 32 };

interface Variant {
  kind: TrafficKind;
  dressing: keyof typeof DRESSINGS;
  flows: number;
  /** What of all packets the kernel is to take in. */
  share: number;
  /** Whether bytes are changed. */
  isChanged?: boolean;
  /** Whether packets of one flow come several ways; those that come once more, others than the first time. */
  isMoving?: boolean;
  /** Seconds after which each batch comes once more. */
  repeatedAfter?: number;
  /** Whether frames come in the opposite order, so that replies come before requests; and whether their times go backwards. */
  isReversed?: boolean;
  areTimesReversed?: boolean;
  limits?: Limits;
  batches?: number;
  /** Number of the first frame; 1 as a rule. */
  first?: number;
}

const VARIANTS: readonly Variant[] = [
  { kind: 'icmp', dressing: 'as it is', flows: 40, share: 0.99 },
  { kind: 'icmp', dressing: 'as it is', flows: 3000, share: 0.99 },
  // More packets than the sample has room for, and more flows than the table has room for at first.
  { kind: 'icmp', dressing: 'as it is', flows: 40_000, share: 0.99, batches: 24 },
  { kind: 'icmp', dressing: 'tagged', flows: 300, share: 0.99 },
  { kind: 'icmp', dressing: 'without its tunnel', flows: 300, share: 0.99 },
  { kind: 'mix', dressing: 'as it is', flows: 200, share: 0.98 },
  { kind: 'mix', dressing: 'without its tunnel', flows: 200, share: 0.88 },
  { kind: 'icmp', dressing: 'as it is', flows: 300, share: 0.8, isChanged: true },
  { kind: 'mix', dressing: 'as it is', flows: 200, share: 0.85, isChanged: true },
  { kind: 'mix', dressing: 'without its tunnel', flows: 200, share: 0.8, isChanged: true },
  { kind: 'mix', dressing: 'as it is', flows: 1000, share: 0.97, limits: NARROW_LIMITS },
  { kind: 'mix', dressing: 'as it is', flows: 100, share: 0.85, isChanged: true, limits: NARROW_LIMITS },
  // Of the numbers some do not fit into a word with a sign.
  { kind: 'mix', dressing: 'as it is', flows: 200, share: 0.85, isChanged: true, first: 2 ** 31 - 6000 },
  { kind: 'icmp', dressing: 'as it is', flows: 300, share: 0.98, isMoving: true },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.95, isMoving: true, batches: 12 },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.92, repeatedAfter: 0.02 },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.85, repeatedAfter: 0.02, isChanged: true },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.9, repeatedAfter: 0.02, isMoving: true },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.92, repeatedAfter: 3 },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.85, isReversed: true },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.85, isReversed: true, areTimesReversed: true },
  { kind: 'mix', dressing: 'as it is', flows: 300, share: 0.85, isReversed: true, repeatedAfter: -3 },
];

function nameOf(variant: Variant): string {
  const { kind, dressing, flows, isChanged, isMoving, repeatedAfter, isReversed, areTimesReversed, limits, first } =
    variant;
  const more = [
    isChanged && 'bytes changed',
    isMoving && 'several ways',
    repeatedAfter && `repeated after ${repeatedAfter} s`,
    isReversed && 'the last first',
    areTimesReversed && 'times going backwards',
    limits && 'few exchanges remembered',
    first && `from frame ${first} on`,
  ];
  return [kind, dressing, `${flows} flows`, ...more].filter(Boolean).join(', ');
}

/** Puts the frames of a batch in the opposite order, with or without their times. */
function reverse({ offset, captured, original, time, count }: TrafficBatch, areTimesReversed: boolean): void {
  for (const words of [offset, captured, original]) words.subarray(0, count).reverse();
  if (areTimesReversed) time.subarray(0, count).reverse();
}

afterEach(() => vi.restoreAllMocks());

test.each(VARIANTS.map((variant) => [nameOf(variant), variant] as const))('%s', (_name, variant) => {
  const { kind, dressing, flows, share, limits = DEFAULT_LIMITS, batches = BATCHES, first = 1 } = variant;
  const { isChanged = false, isMoving = false, repeatedAfter, isReversed = false, areTimesReversed = false } = variant;
  const observe = vi.spyOn(OrdinaryObserver.prototype, 'observe');
  const kernel = Kernel.start(ports)!;
  const batch = new TrafficBatch(kernel, kind, flows, DRESSINGS[dressing]);
  const options: ObserverOptions = { replyTimeoutNanoseconds: 1e9, ports, vnis: null, limits };
  const quick = new Observer(options, kernel);
  const full = new Observer(options);
  const packet = new Packet();
  const draw = random(flows);
  let number = first;
  const takeIn = (): void => {
    kernel.glance(batch, ETHERNET);
    quick.observeFrames(batch, ETHERNET, number);
    for (let i = 0; i < batch.count; i++) {
      decodeFrame(batch.view, batch.offset[i], batch.captured[i], batch.original[i], 1, ports, packet);
      packet.frame = number + i;
      packet.time = batch.time[i];
      packet.channel = 0;
      full.observe(packet, batch.view);
    }
    number += batch.count;
  };
  for (let round = 0; round < batches; round++) {
    batch.next();
    if (isChanged) change(batch, draw);
    if (isMoving) move(batch, draw);
    if (isReversed) reverse(batch, areTimesReversed);
    takeIn();
    if (repeatedAfter === undefined) continue;
    for (let i = 0; i < batch.count; i++) batch.time[i] += repeatedAfter * 1e9;
    if (isMoving) move(batch, draw);
    takeIn();
  }
  expect(full.observations.flows.count).toBeGreaterThan(flows / 2);
  expect(shareTaken(observe, number - first)).toBeGreaterThan(share);
  if (isChanged) expect(full.observations.counts.checksumsWrong).toBeGreaterThan(100);
  if (isMoving) expect(full.observations.linkChanges.count).toBeGreaterThan(500);
  expect(plain(quick.observations)).toEqual(plain(full.observations));
  const records = recordsOf(full.observations);
  // In millions of words that are equal the test framework looks for differences for seconds.
  expect(recordsOf(quick.observations).findIndex((word, at) => word !== records[at])).toBe(-1);
});
