/**
 * Turns decoded packets into observations: the switch that everything a capture holds goes through.
 *
 * Requests and replies are matched by identity (addresses, VNI, identifier, sequence number), never
 * by time. Nothing is allocated per packet.
 */
import { decodeFrame, isSupportedLinkType } from '../decode/frame.ts';
import { Kind, Outcome, Packet, Tunnel } from '../decode/packet.ts';
import type { PortTable } from '../decode/ports.ts';
import { ChecksumAudit, isChecksumDue } from './checksum-audit.ts';
import { DnsObserver } from './dns-observer.ts';
import { EchoObserver } from './echo-observer.ts';
import { ErrorObserver } from './error-observer.ts';
import { observeFragment, observeTunnelFragment } from './fragment-observer.ts';
import type { Frames, GlancedFrames, Interfaces } from './glanced-frames.ts';
import type { Kernel } from './kernel.ts';
import { NeighborObserver } from './neighbor-observer.ts';
import { type Limits, Observations } from './observations.ts';
import { OrdinaryObserver } from './ordinary-observer.ts';
import { RecentPackets } from './recent.ts';
import { Total } from './state.ts';
import { observeTalker } from './talkers.ts';
import { TcpObserver } from './tcp-observer.ts';
import { observeTunnel } from './tunnel-observer.ts';

/** How to read a capture. */
export interface ObserverOptions {
  /** Replies later than this are late, in nanoseconds. */
  replyTimeoutNanoseconds: number;
  ports: PortTable;
  /** Only these VNIs; packets outside any tunnel always count. Null for all. */
  vnis: ReadonlySet<number> | null;
  limits: Limits;
}

/** What is counted of every frame; see `Total`. */
interface FrameTotals {
  frames: number;
  bytes: number;
  wireBytes: number;
  snapped: number;
  firstTime: number;
  lastTime: number;
}

export class Observer {
  readonly #observations: Observations;
  /** Frames whose link type is not decoded, by link type. */
  readonly unsupported = new Map<number, number>();
  private readonly options: ObserverOptions;
  /** Null when every packet is decoded in full. */
  private readonly ordinary: OrdinaryObserver | null;
  private readonly echo: EchoObserver;
  private readonly neighbors: NeighborObserver;
  private readonly tcp: TcpObserver;
  private readonly dns: DnsObserver;
  private readonly errors: ErrorObserver;
  private readonly checksums: ChecksumAudit;
  private readonly packet = new Packet();

  /** With a kernel it takes in frames that the kernel glanced at, without one only packets. */
  constructor(options: ObserverOptions, kernel: Kernel | null = null) {
    this.options = options;
    const observations = new Observations(options.limits, kernel?.memory);
    const recent = new RecentPackets(kernel?.memory);
    this.#observations = observations;
    observations.replyTimeout = options.replyTimeoutNanoseconds;
    this.checksums = new ChecksumAudit(observations.counts);
    // The kernel knows of no selection.
    const isOrdinary = kernel !== null && options.vnis === null;
    this.ordinary = isOrdinary ? new OrdinaryObserver(observations, recent, kernel) : null;
    this.echo = new EchoObserver(observations, recent);
    this.neighbors = new NeighborObserver(observations);
    this.tcp = new TcpObserver(observations);
    this.dns = new DnsObserver(observations);
    this.errors = new ErrorObserver(observations, options.ports);
  }

  /** What the packets that were taken in come to. */
  get observations(): Observations {
    this.ordinary?.settle();
    this.#observations.settle();
    return this.#observations;
  }

  /** Takes in one packet, decoded in full. */
  observe(packet: Packet, view: DataView): void {
    const { start, end, original, time } = packet;
    const bytes = end - start;
    const snapped = bytes < original ? 1 : 0;
    this.count({ frames: 1, bytes, wireBytes: original, snapped, firstTime: time, lastTime: time });
    this.observeInFull(packet, view);
  }

  /** Takes in frames that nothing is known of yet, the first of which is number `number` of the capture. */
  observeUnseen(frames: Frames, interfaces: Interfaces, number: number): void {
    for (let k = 0; k < frames.count; k++) {
      this.decode(frames, interfaces, k, number + k);
      this.observe(this.packet, frames.view);
    }
  }

  /** Takes in frames that were glanced at, the first of which is number `number` of the capture. */
  observeFrames(frames: GlancedFrames, interfaces: Interfaces, number: number): void {
    const { ordinary } = this;
    const { count, totals } = frames;
    this.count({
      frames: count,
      bytes: totals[Total.Bytes],
      wireBytes: totals[Total.WireBytes],
      snapped: totals[Total.Snapped],
      firstTime: totals[Total.FirstTime],
      lastTime: totals[Total.LastTime],
    });
    ordinary?.begin(frames, number);
    for (let k = 0; k < count; k++) {
      if (ordinary !== null) k = ordinary.observe(k);
      if (k === count) break;
      this.decode(frames, interfaces, k, number + k);
      this.observeInFull(this.packet, frames.view);
    }
    ordinary?.end();
  }

  /** Counts frames that are observed as well. */
  private count({ frames, bytes, wireBytes, snapped, firstTime, lastTime }: FrameTotals): void {
    const observations = this.#observations;
    const { counts } = observations;
    counts.packets += frames;
    counts.bytes += bytes;
    counts.wireBytes += wireBytes;
    counts.snapped += snapped;
    if (firstTime < observations.firstTime || Number.isNaN(observations.firstTime)) observations.firstTime = firstTime;
    if (lastTime > observations.lastTime || Number.isNaN(observations.lastTime)) observations.lastTime = lastTime;
  }

  /** Decodes the frame at position `k`, number `frame` of the capture, in full: it is `packet` then. */
  private decode(frames: Frames, interfaces: Interfaces, k: number, frame: number): void {
    const { packet, unsupported } = this;
    const { view, offset, captured, original, time, interfaceIndex } = frames;
    const { linkType } = interfaces[interfaceIndex[k]];
    if (!isSupportedLinkType(linkType)) unsupported.set(linkType, (unsupported.get(linkType) ?? 0) + 1);
    decodeFrame(view, offset[k], captured[k], original[k], linkType, this.options.ports, packet);
    packet.frame = frame;
    packet.time = time[k];
    packet.channel = interfaceIndex[k];
  }

  private observeInFull(packet: Packet, view: DataView): void {
    const observations = this.#observations;
    const { counts } = observations;
    const { frame } = packet;
    if (packet.outcome === Outcome.Malformed) counts.malformed++;
    else if (packet.outcome === Outcome.Unsupported) counts.unsupported++;
    else if (packet.outcome === Outcome.Truncated && packet.kind === Kind.Other) counts.headersCut++;
    let tunnel = -1;
    if (packet.tunnel !== Tunnel.None) {
      if (this.options.vnis !== null && !this.options.vnis.has(packet.vni)) {
        counts.leftOut++;
        return;
      }
      if (packet.tunnel === Tunnel.Vxlan) counts.vxlan++;
      else counts.geneve++;
      tunnel = observeTunnel(observations, packet, view);
      if (packet.outerFragment) observeTunnelFragment(observations, packet, view, frame);
      if (isChecksumDue(frame)) this.checksums.verifyTunnel(observations, packet, view, tunnel, frame);
    } else {
      counts.bare++;
    }
    if (packet.firstFragment) observeFragment(observations, packet, view, frame);
    switch (packet.kind) {
      case Kind.Other:
        this.neighbors.observeOther(packet, view);
        if (packet.tunnel === Tunnel.None && packet.ipAt >= 0) observeTalker(observations, packet, view);
        return;
      case Kind.EchoRequest:
        if (packet.ipVersion === 4) counts.echoRequests++;
        else counts.echoRequestsV6++;
        this.echo.observeRequest(packet, view, tunnel);
        break;
      case Kind.EchoReply:
        if (packet.ipVersion === 4) counts.echoReplies++;
        else counts.echoRepliesV6++;
        this.echo.observeReply(packet, view, tunnel);
        break;
      case Kind.ArpRequest:
        counts.arpRequests++;
        this.neighbors.observeArpRequest(packet, view, tunnel);
        return;
      case Kind.ArpReply:
        counts.arpReplies++;
        this.neighbors.observeArpReply(packet, view, tunnel);
        return;
      case Kind.NeighborSolicitation:
        counts.neighborSolicitations++;
        this.neighbors.observeSolicitation(packet, view, tunnel);
        return;
      case Kind.NeighborAdvertisement:
        counts.neighborAdvertisements++;
        this.neighbors.observeAdvertisement(packet, view, tunnel);
        return;
      case Kind.Error:
        this.errors.observe(packet, view);
        return;
      case Kind.Syn:
        this.tcp.observeSyn(packet, view, tunnel);
        return;
      case Kind.SynAck:
        this.tcp.observeAnswer(packet, view, tunnel, false);
        return;
      case Kind.Reset:
        this.tcp.observeAnswer(packet, view, tunnel, true);
        return;
      case Kind.DnsQuery:
        this.dns.observeQuery(packet, view, tunnel);
        return;
      case Kind.DnsResponse:
        this.dns.observeResponse(packet, view, tunnel);
        return;
      case Kind.LaterFragment:
        observeFragment(observations, packet, view, frame);
        return;
    }
    if (isChecksumDue(frame)) this.checksums.verifyInnermost(packet, view);
  }
}
