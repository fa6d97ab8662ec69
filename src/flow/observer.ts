/**
 * Turns decoded packets into observations: the switch that everything a capture holds goes through.
 *
 * Requests and replies are matched by identity (addresses, VNI, identifier, sequence number), never
 * by time. Nothing is allocated per packet.
 */
import { Kind, Outcome, type Packet, Tunnel } from '../decode/packet.ts';
import type { PortTable } from '../decode/ports.ts';
import { Window } from '../decode/window.ts';
import { ChecksumAudit } from './checksum-audit.ts';
import { DnsObserver } from './dns-observer.ts';
import { EchoObserver } from './echo-observer.ts';
import { ErrorObserver } from './error-observer.ts';
import { observeFragment, observeTunnelFragment } from './fragment-observer.ts';
import { NeighborObserver } from './neighbor-observer.ts';
import { DEFAULT_LIMITS, type Limits, Observations } from './observations.ts';
import { observeTalker } from './talkers.ts';
import { TcpObserver } from './tcp-observer.ts';
import { observeKnownTunnel, observeTunnel } from './tunnel-observer.ts';

/** How to read a capture. */
export interface ObserverOptions {
  /** Replies later than this are late, in nanoseconds. */
  replyTimeoutNanoseconds: number;
  ports: PortTable;
  /** Only these VNIs; packets outside any tunnel always count. Null for all. */
  vnis: ReadonlySet<number> | null;
  limits: Limits;
}

export class Observer {
  readonly observations: Observations;
  private readonly options: ObserverOptions;
  private readonly echo: EchoObserver;
  private readonly neighbors: NeighborObserver;
  private readonly tcp: TcpObserver;
  private readonly dns: DnsObserver;
  private readonly errors: ErrorObserver;
  private readonly checksums: ChecksumAudit;
  /** What looking ahead returned: kept, so that the compiler keeps the looking. */
  fetched = 0;
  private readonly single: Window;

  constructor(options: ObserverOptions) {
    this.options = options;
    const observations = new Observations(options.limits ?? DEFAULT_LIMITS);
    this.observations = observations;
    observations.replyTimeout = options.replyTimeoutNanoseconds;
    this.echo = new EchoObserver(observations);
    this.neighbors = new NeighborObserver(observations);
    this.tcp = new TcpObserver(observations);
    this.dns = new DnsObserver(observations);
    this.errors = new ErrorObserver(observations, options.ports);
    this.single = new Window(options.ports);
    this.checksums = new ChecksumAudit(observations.counts);
  }

  /** Takes in one packet, decoded in full. */
  observe(packet: Packet, view: DataView): void {
    this.single.hold(packet, view);
    this.observeWindow(this.single);
  }

  /**
   * Takes in the packets of a window, in their order. Several at a time, because the records of their
   * flows are fetched from memory together before the first is needed.
   */
  observeWindow(window: Window): void {
    const { packets, count } = window;
    this.count(window);
    this.fetched = this.echo.fetch(window);
    for (let k = 0; k < count; k++) {
      const packet = packets[k];
      if (!packet.isGlance || this.checksums.isDue(packet.frame) || !this.observeGlance(window, k)) {
        this.observeInFull(window, k);
      }
    }
  }

  /** What is counted of every packet. */
  private count({ packets, count }: Window): void {
    const { observations } = this;
    const { counts } = observations;
    let { firstTime, lastTime } = observations;
    let bytes = 0;
    let wireBytes = 0;
    let snapped = 0;
    for (let k = 0; k < count; k++) {
      const { start, end, original, time } = packets[k];
      bytes += end - start;
      wireBytes += original;
      if (end - start < original) snapped++;
      // A time that is not known is neither less nor more than any other.
      if (time < firstTime || Number.isNaN(firstTime)) firstTime = time;
      if (time > lastTime || Number.isNaN(lastTime)) lastTime = time;
    }
    counts.packets += count;
    counts.bytes += bytes;
    counts.wireBytes += wireBytes;
    counts.snapped += snapped;
    observations.firstTime = firstTime;
    observations.lastTime = lastTime;
  }

  /** Takes in an ordinary packet of a tunnel that is known; false, and nothing done, when it is not. */
  private observeGlance(window: Window, k: number): boolean {
    const { observations, options } = this;
    const { counts } = observations;
    const glance = window.glances[k];
    if (options.vnis !== null && !options.vnis.has(glance.vni)) return true;
    const tunnel = observeKnownTunnel(observations, glance, window.packets[k]);
    if (tunnel < 0) return false;
    counts.vxlan++;
    if (glance.kind === Kind.EchoRequest) {
      counts.echoRequests++;
      this.echo.observeRequest(window, k, tunnel);
    } else if (glance.kind === Kind.EchoReply) {
      counts.echoReplies++;
      this.echo.observeReply(window, k, tunnel);
    }
    return true;
  }

  private observeInFull(window: Window, k: number): void {
    const { observations } = this;
    const { counts } = observations;
    const { view } = window;
    const packet = window.inFull(k);
    const { frame } = packet;
    if (packet.outcome === Outcome.Malformed) counts.malformed++;
    else if (packet.outcome === Outcome.Unsupported) counts.unsupported++;
    else if (packet.outcome === Outcome.Truncated && packet.kind === Kind.Other) counts.headersCut++;
    let tunnel = -1;
    if (packet.tunnel !== Tunnel.None) {
      if (this.options.vnis !== null && !this.options.vnis.has(packet.vni)) return;
      if (packet.tunnel === Tunnel.Vxlan) counts.vxlan++;
      else counts.geneve++;
      tunnel = observeTunnel(observations, packet, view);
      if (packet.outerFragment) observeTunnelFragment(observations, packet, view, frame);
      if (this.checksums.isDue(frame)) this.checksums.verifyTunnel(observations, packet, view, tunnel, frame);
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
        this.echo.observeRequest(window, k, tunnel);
        break;
      case Kind.EchoReply:
        if (packet.ipVersion === 4) counts.echoReplies++;
        else counts.echoRepliesV6++;
        this.echo.observeReply(window, k, tunnel);
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
    if (this.checksums.isDue(frame)) this.checksums.verifyInnermost(packet, view);
  }
}
