/**
 * The traffic that is measured with: the same packets for the same seed.
 *
 * `icmp`: VXLAN echoes with 56 bytes of payload, each flow sends one a second, 1 % stay unanswered.
 * `mix`: of 100 packets 40 are full TCP segments in VXLAN, 30 acknowledgements, 10 DNS, 10 echoes,
 * 2 ARP, and 8 are no VXLAN at all (TCP of the nodes, IPv6, ARP). 1 % of the frames carry a tag.
 */
import { FrameWriter } from './frame-writer.ts';
import { Random } from './random.ts';
import { Replies } from './replies.ts';

/** Takes a frame: microseconds since 1970, and `length` bytes, which the next frame overwrites. */
export type FrameSink = (microseconds: number, bytes: Uint8Array, length: number) => void;

export type TrafficKind = 'icmp' | 'mix';

/** Microseconds since 1970 of the first packet. */
const START = 1_712_345_678_000_000;
const VNI = 555_005;
const LOSS = 0.01;
const LONGEST_ROUND_TRIP = 900_000;
const TCP_FULL = 1384;
const POOL_BYTES = 1 << 20;

const RESOLVER = 0x0a60000a;
/** One question, for the address of service.default.svc.cluster.local; and the same with an answer behind it. */
const QUESTION = Uint8Array.from(
  Buffer.concat([
    ...['service', 'default', 'svc', 'cluster', 'local'].map((label) =>
      Buffer.from([label.length, ...Buffer.from(label)]),
    ),
    Buffer.from([0, 0, 1, 0, 1]),
  ]),
);
const ANSWERED = Uint8Array.from([...QUESTION, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 96, 0, 20]);

const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd };
const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 };

export class Traffic {
  private readonly sink: FrameSink;
  private readonly random: Random;
  private readonly frame = new FrameWriter();
  private readonly replies = new Replies();
  private readonly responses = new Replies();
  private readonly flows: number;
  private readonly sequences: Int32Array;
  private readonly pool = new Uint8Array(POOL_BYTES);
  private time = START;
  private nextFlow = 0;
  private written = 0;
  private questions = 0;
  private nodeQuestions = 0;
  private isArpOpen = false;
  private isNodeArpOpen = false;

  constructor(sink: FrameSink, flows: number, seed = 1) {
    this.sink = sink;
    this.flows = flows;
    this.random = new Random(seed);
    this.sequences = new Int32Array(flows);
    for (let i = 0; i < POOL_BYTES; i++) this.pool[i] = this.random.word() >>> 24;
  }

  /** Writes `packets` echoes, going on where it ended before. */
  icmp(packets: number): void {
    const end = this.written + packets;
    const gap = 1e6 / this.flows;
    while (this.written < end) {
      if (this.replies.next <= this.time) {
        this.reply(this.replies.next);
      } else {
        this.request(Math.floor(this.time), 200, 50_000);
        this.time += gap;
      }
    }
  }

  /** Writes `packets` packets of everything, going on where it ended before. */
  mix(packets: number): void {
    const { random } = this;
    const end = this.written + packets;
    while (this.written < end) {
      this.time += Math.floor(1 + random.exponential(20));
      const { time } = this;
      const draw = random.unit();
      const vlan = random.unit() < 0.01 ? 100 : 0;
      if (draw < 0.7) this.segment(time, draw < 0.4 ? TCP_FULL : 0, vlan);
      else if (draw < 0.8) this.responses.next <= time ? this.response(time, vlan) : this.query(time, vlan);
      else if (draw < 0.9) this.replies.next <= time ? this.reply(time) : this.request(time, 200, 1000);
      else if (draw < 0.92) this.arp(time, vlan);
      else this.bare(time, draw, vlan);
    }
  }

  private emit(time: number): void {
    this.sink(time, this.frame.bytes, this.frame.length);
    this.written++;
  }

  /** Starts a frame whose inner frame has `length` bytes, from the node that hosts flow `from` to that of `to`. */
  private tunnel(from: number, to: number, flow: number, length: number, vlan: number): FrameWriter {
    const source = 0x0a000100 | ((from % 16) + 1);
    const destination = 0x0a000100 | ((to % 16) + 17);
    return this.frame
      .start()
      .ethernet(destination, source, ETHERTYPE.ipv4, vlan)
      .ipv4(source, destination, PROTOCOL.udp, 16 + length, flow)
      .udp(32_768 + (flow % 28_000), 4789, 8 + length)
      .u32(0x08000000)
      .u32(VNI << 8);
  }

  private echo(time: number, isReply: boolean, flow: number, sequence: number, sent: number): void {
    const asker = sourceOf(flow);
    const asked = destinationOf(flow);
    const [from, to] = isReply ? [asked, asker] : [asker, asked];
    const near = Math.floor(flow / 7);
    const frame = this.tunnel(isReply ? near : flow, isReply ? flow : near, flow * 31 + (isReply ? 1 : 0), 98, 0);
    frame.ethernet(to, from, ETHERTYPE.ipv4).ipv4(from, to, PROTOCOL.icmp, 64, sequence * 7 + flow);
    const start = frame.length;
    frame
      .u16(isReply ? 0 : 0x0800)
      .u16(0)
      .u16(identifierOf(flow))
      .u16(sequence & 0xffff);
    frame.u32(Math.floor(sent / 1e6)).u32(sent % 1e6);
    for (let i = 0; i < 48; i++) frame.u8(0x10 + i);
    frame.checksum(start, start + 2);
    this.emit(time);
  }

  /** A request of the flow whose turn it is, to be answered after `least` microseconds and `mean` more on average. */
  private request(time: number, least: number, mean: number): void {
    const flow = this.nextFlow++ % this.flows;
    const sequence = ++this.sequences[flow];
    this.echo(time, false, flow, sequence, time);
    if (this.random.unit() < LOSS) return;
    const roundTrip = Math.min(least + Math.floor(this.random.exponential(mean)), LONGEST_ROUND_TRIP);
    this.replies.push({ time: time + roundTrip, sent: time, flow, sequence });
  }

  private reply(time: number): void {
    const { sent, flow, sequence } = this.replies.pop();
    this.echo(time, true, flow, sequence, sent);
  }

  private segment(time: number, length: number, vlan: number): void {
    const { random } = this;
    const flow = random.below(5000);
    const isBack = random.below(2) === 1;
    const [from, to] = isBack ? [destinationOf(flow), sourceOf(flow)] : [sourceOf(flow), destinationOf(flow)];
    const near = Math.floor(flow / 7);
    const frame = this.tunnel(isBack ? near : flow, isBack ? flow : near, flow * 17, 66 + length, vlan);
    frame.ethernet(to, from, ETHERTYPE.ipv4).ipv4(from, to, PROTOCOL.tcp, 32 + length, random.word());
    const ports: [number, number] = isBack ? [443, 30_000 + flow] : [30_000 + flow, 443];
    frame.tcp(...ports, random.word(), random.word(), length > 0 ? 0x18 : 0x10);
    this.fill(length);
    this.emit(time);
  }

  private fill(length: number): void {
    this.frame.copy(this.pool, this.random.below(POOL_BYTES - 4096), length);
  }

  private query(time: number, vlan: number): void {
    const flow = this.random.below(5000);
    const id = this.random.below(65_536);
    this.dns(time, flow, id, QUESTION, 0x0100, 0, vlan);
    if (this.random.unit() < LOSS) return;
    this.responses.push({ time: time + 200 + this.random.exponential(1000), sent: time, flow, sequence: id });
  }

  private response(time: number, vlan: number): void {
    const { flow, sequence } = this.responses.pop();
    this.dns(time, flow, sequence, ANSWERED, 0x8180, 1, vlan);
  }

  private dns(
    time: number,
    flow: number,
    id: number,
    body: Uint8Array,
    flags: number,
    answers: number,
    vlan: number,
  ): void {
    const length = 12 + body.length;
    const [from, to] = answers === 0 ? [sourceOf(flow), RESOLVER] : [RESOLVER, sourceOf(flow)];
    const frame = this.tunnel(flow, Math.floor(flow / 7), flow * 13, 42 + length, vlan);
    frame.ethernet(to, from, ETHERTYPE.ipv4).ipv4(from, to, PROTOCOL.udp, 8 + length, id);
    frame.udp(answers === 0 ? 40_000 + flow : 53, answers === 0 ? 53 : 40_000 + flow, length);
    frame.u16(id).u16(flags).u16(1).u16(answers).u32(0).copy(body, 0, body.length);
    this.emit(time);
  }

  /** A question, and the next time its answer; one question in twenty gets none. */
  private arp(time: number, vlan: number): void {
    const isReply = this.isArpOpen;
    if (!isReply) this.questions++;
    this.isArpOpen = !isReply && this.random.unit() >= 0.05;
    const asker = sourceOf(this.questions % 5000);
    const asked = (asker & ~0xff) | ((this.questions >> 4) & 0xff);
    const [from, to] = isReply ? [asked, asker] : [asker, asked];
    const frame = this.tunnel(this.questions, Math.floor(this.questions / 7), this.questions, 42, vlan);
    if (isReply) frame.ethernet(to, from, ETHERTYPE.arp).arp(2, from, to);
    else frame.broadcast(from, ETHERTYPE.arp).arp(1, from, to);
    this.emit(time);
  }

  /** What is no VXLAN: TCP between the nodes, IPv6, and now and then ARP. */
  private bare(time: number, draw: number, vlan: number): void {
    const { random, frame } = this;
    const length = random.below(2) === 1 ? TCP_FULL : 0;
    const source = 0x0a000101 + random.below(16);
    const destination = 0x0a000111 + random.below(16);
    frame.start();
    if (draw < 0.96) {
      frame.ethernet(destination, source, ETHERTYPE.ipv4, vlan);
      frame.ipv4(source, destination, PROTOCOL.tcp, 32 + length, random.word());
    } else if (draw < 0.99) {
      frame
        .ethernet(1, 2, ETHERTYPE.ipv6, vlan)
        .u32(0x60000000)
        .u16(32 + length)
        .u8(PROTOCOL.tcp)
        .u8(64);
      frame.u32(0xfd000000).zeros(8).u32(source).u32(0xfd000000).zeros(8).u32(destination);
    } else {
      const k = this.nodeQuestions;
      const [asker, asked] = [0x0a000101 + (k % 16), 0x0a000111 + (k % 13)];
      if (this.isNodeArpOpen) frame.ethernet(asker, asked, ETHERTYPE.arp, vlan).arp(2, asked, asker).zeros(18);
      else frame.broadcast(asker, ETHERTYPE.arp, vlan).arp(1, asker, asked).zeros(18);
      if (this.isNodeArpOpen) this.nodeQuestions++;
      this.isNodeArpOpen = !this.isNodeArpOpen;
      this.emit(time);
      return;
    }
    frame.tcp(6443, 40_000 + random.below(5000), random.word(), random.word(), 0x18);
    this.fill(length);
    this.emit(time);
  }
}

function scramble(flow: number): number {
  return Math.imul(flow, 0x9e3779b1) >>> 0;
}

function sourceOf(flow: number): number {
  return 0x0af40000 | (((scramble(flow) >>> 16) & 0xff) << 8) | ((flow % 250) + 1);
}

function destinationOf(flow: number): number {
  return 0x0af50000 | (((scramble(flow) >>> 8) & 0xff) << 8) | ((Math.floor(flow / 250) % 250) + 1);
}

function identifierOf(flow: number): number {
  return (scramble(flow) ^ flow) & 0xffff;
}
