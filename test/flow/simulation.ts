/**
 * A path of vantage points that is simulated packet by packet, with everything that goes wrong on a
 * network, so that what became of every exchange is known.
 *
 * Requests pass the points in order and replies in reverse. Between two points, and between the last one
 * and the target, packets are lost, doubled, delayed and overtake one another. Each capture has a clock of
 * its own and runs for a time of its own.
 */
import * as wire from './encoding.ts';

export type SimulatedProtocol = 'icmp-echo' | 'icmpv6-echo' | 'tcp-connect' | 'dns' | 'arp';

export interface Point {
  label: string;
  host: string | null;
  /** False for an overlay point: packets are bare there, and those of `OVERLAY` only. */
  encapsulated: boolean;
  /** Clock: reads `offset + (1 + skew) * time`, in nanoseconds. */
  offset: number;
  skew: number;
  /** When the capture ran, in simulated nanoseconds. */
  start: number;
  stop: number;
}

export interface SimulatedFlow {
  protocol: SimulatedProtocol;
  vni: number;
  /** Last byte of both addresses. */
  source: number;
  destination: number;
  identifier: number;
  exchanges: SimulatedExchange[];
}

/** One exchange, and how often and when its packets passed each point while the capture ran there. */
export interface SimulatedExchange {
  sequence: number;
  sent: number;
  requests: number[][];
  replies: number[][];
}

export interface Frame {
  time: number;
  bytes: wire.Bytes;
}

export interface Simulation {
  points: Point[];
  flows: SimulatedFlow[];
  /** Per point, in the order they were captured; times on the capture's own clock. */
  frames: Frame[][];
}

export interface Troubles {
  loss: number;
  duplication: number;
  /** Share of packets that are held back long enough to be overtaken. */
  reordering: number;
  late: number;
  /** Captures that start later or stop earlier than the traffic. */
  windows: boolean;
}

export type Random = () => number;

/** Mulberry32. */
export function random(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The VNI that the overlay points belong to. */
export const OVERLAY = 5001;
export const INTERVAL = 300e6;
export const TIMEOUT = 1e9;
const HOUR = 3600e9;
/** The vantage points there are, in the order a request passes them; a simulation takes some of them. */
const PLACES = [
  { label: 'a-bridge', host: 'a', encapsulated: false },
  { label: 'a-vxlan', host: 'a', encapsulated: false },
  { label: 'a-ens', host: 'a', encapsulated: true },
  { label: 'b-ens', host: 'b', encapsulated: true },
  { label: 'b-vxlan', host: 'b', encapsulated: false },
];

/** Vantage points, in order; hosts are named or not, and clocks are hours apart. */
export function points(draw: Random, indices: readonly number[] = PLACES.map((_, index) => index)): Point[] {
  const named = draw() < 0.5;
  const clocks = new Map(
    ['a', 'b'].map((host) => [host, { offset: (draw() - 0.5) * 6 * HOUR, skew: (draw() - 0.5) * 8e-5 }]),
  );
  return indices.map((index) => {
    const { host, ...place } = PLACES[index];
    const own = { offset: (draw() - 0.5) * 6 * HOUR, skew: (draw() - 0.5) * 8e-5 };
    const clock = (named ? clocks.get(host) : own) ?? own;
    return { ...place, ...clock, host: named ? host : null, start: -Infinity, stop: Infinity };
  });
}

/** True when the flow's packets pass the point. */
export function passes(point: Point, flow: SimulatedFlow): boolean {
  return point.encapsulated || flow.vni === OVERLAY;
}

/** Lets the flows' exchanges happen. `flows` come with their sequence numbers and no times. */
export function simulate(draw: Random, path: Point[], flows: SimulatedFlow[], troubles: Troubles): Simulation {
  const frames: Frame[][] = path.map(() => []);
  const longest = Math.max(...flows.map(({ exchanges }) => exchanges.length));
  if (troubles.windows) {
    for (const point of path) {
      if (draw() < 0.4) point.start = (Math.floor(draw() * longest * 0.4) + 0.9) * INTERVAL;
      if (draw() < 0.4) point.stop = (Math.ceil(longest * (0.6 + draw() * 0.4)) + 0.9) * INTERVAL;
    }
  }
  const edges = path.flatMap(({ start, stop }) => [start, stop]);
  for (const flow of flows) {
    flow.exchanges.forEach((exchange, index) => {
      exchange.sent = (index + draw() * 0.1) * INTERVAL;
      // Around the start and the stop of a capture nothing is lost: what a capture missed there cannot be known.
      const calm = edges.some((edge) => Math.abs(exchange.sent - edge) < 2.5 * INTERVAL);
      travel(draw, path, flow, exchange, calm ? { ...troubles, loss: 0, reordering: 0, late: 0 } : troubles, frames);
    });
  }
  for (const list of frames) list.sort((a, b) => a.time - b.time);
  return { points: path, flows, frames };
}

function travel(
  draw: Random,
  path: readonly Point[],
  flow: SimulatedFlow,
  exchange: SimulatedExchange,
  troubles: Troubles,
  frames: Frame[][],
): void {
  const { loss, duplication, reordering, late } = troubles;
  exchange.requests = path.map(() => []);
  exchange.replies = path.map(() => []);
  const nonce = Math.floor(draw() * 2 ** 32);
  const segment = (times: number[]): number[] =>
    times.flatMap((time) => {
      if (draw() < loss) return [];
      const delay = 100e3 + draw() * 100e3 + (draw() < reordering ? 1.5 * INTERVAL : 0);
      return draw() < duplication ? [time + delay, time + delay + 20e3 + draw() * 50e3] : [time + delay];
    });
  const record = (point: number, times: readonly number[], isReply: boolean, identification: number): void => {
    if (!passes(path[point], flow)) return;
    const { start, stop, offset, skew, encapsulated } = path[point];
    const bytes = frameOf(flow, exchange, isReply, identification, nonce, encapsulated);
    for (const time of times) {
      if (time < start || time > stop) continue;
      (isReply ? exchange.replies : exchange.requests)[point].push(time);
      frames[point].push({ time: Math.round(offset + time * (1 + skew)), bytes });
    }
  };
  const identification = Math.floor(draw() * 65536);
  let times = [exchange.sent];
  path.forEach((_, point) => {
    if (point > 0) times = segment(times);
    record(point, times, false, identification);
  });
  for (const arrival of segment(times)) {
    let back = segment([arrival + (draw() < late ? TIMEOUT * (1.1 + draw()) : 50e3)]);
    const own = Math.floor(draw() * 65536);
    for (let point = path.length - 1; point >= 0; point--) {
      record(point, back, true, own);
      back = segment(back);
    }
  }
}

function frameOf(
  flow: SimulatedFlow,
  { sequence }: SimulatedExchange,
  isReply: boolean,
  identification: number,
  nonce: number,
  encapsulated: boolean,
): wire.Bytes {
  const { protocol, vni, identifier } = flow;
  const from = isReply ? flow.destination : flow.source;
  const to = isReply ? flow.source : flow.destination;
  const address = (last: number): number[] => [10, 132, 2, last];
  const header = { source: address(from), destination: address(to), identification };
  const payload = [(nonce >>> 24) & 255, (nonce >>> 16) & 255, (nonce >>> 8) & 255, nonce & 255, 1, 2, 3, 4];
  const ephemeral = 32768 + (sequence & 0x3fff);
  let etherType = 0x0800;
  let packet: wire.Bytes = [];
  switch (protocol) {
    case 'icmp-echo':
      packet = wire.ipv4(header, 1, wire.icmpEcho(isReply ? 0 : 8, identifier, sequence & 0xffff, payload));
      break;
    case 'icmpv6-echo': {
      etherType = 0x86dd;
      const long = (last: number): number[] => [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
      const header6 = { source: long(from), destination: long(to) };
      const echo = wire.icmpv6Echo(isReply ? 129 : 128, identifier, sequence & 0xffff, payload, header6);
      packet = wire.ipv6(header6, 58, echo);
      break;
    }
    case 'tcp-connect':
      packet = isReply
        ? wire.ipv4(header, 6, wire.tcp(identifier, ephemeral, ~nonce >>> 0, (nonce + 1) >>> 0, wire.SYN_ACK))
        : wire.ipv4(header, 6, wire.tcp(ephemeral, identifier, nonce, 0, wire.SYN));
      break;
    case 'dns':
      packet = wire.ipv4(
        header,
        17,
        isReply
          ? wire.udp(53, ephemeral, wire.dns(sequence & 0xffff, true))
          : wire.udp(ephemeral, 53, wire.dns(sequence & 0xffff, false)),
      );
      break;
    case 'arp':
      etherType = 0x0806;
      packet = isReply
        ? wire.arp(2, wire.mac(from), address(from), wire.mac(to), address(to))
        : wire.arp(1, wire.mac(from), address(from), [0, 0, 0, 0, 0, 0], address(to));
      break;
  }
  const destination = protocol === 'arp' && !isReply ? wire.BROADCAST : wire.mac(to);
  const frame = wire.ethernet(wire.mac(from), destination, etherType, packet);
  if (!encapsulated) return frame;
  const ends = [192, 168, 10];
  return isReply
    ? wire.vxlan(vni, [...ends, 2], [...ends, 1], frame)
    : wire.vxlan(vni, [...ends, 1], [...ends, 2], frame);
}

/** A flow with `count` exchanges numbered from `first`. */
export function flowOf(
  protocol: SimulatedProtocol,
  vni: number,
  ends: readonly [number, number],
  identifier: number,
  first: number,
  count: number,
): SimulatedFlow {
  const exchanges = Array.from({ length: count }, (_, i) => ({
    sequence: first + i,
    sent: 0,
    requests: [],
    replies: [],
  }));
  return { protocol, vni, source: ends[0], destination: ends[1], identifier, exchanges };
}
