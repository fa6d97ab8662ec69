/**
 * Turns decoded packets into observations: the switch that everything a capture holds goes through.
 *
 * Requests and replies are matched by identity (addresses, VNI, identifier, sequence number), never
 * by time. Nothing is allocated per packet.
 */
import { Kind, Outcome, type Packet, Tunnel } from '../decode/packet.ts';
import type { PortTable } from '../decode/ports.ts';
import { ChecksumAudit } from './checksum-audit.ts';
import { DnsObserver } from './dns-observer.ts';
import { EchoObserver } from './echo-observer.ts';
import { ErrorObserver } from './error-observer.ts';
import { observeFragment, observeTunnelFragment } from './fragment-observer.ts';
import { NeighborObserver } from './neighbor-observer.ts';
import { DEFAULT_LIMITS, type Limits, Observations } from './observations.ts';
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

export class Observer {
  readonly observations: Observations;
  private readonly options: ObserverOptions;
  private readonly echo: EchoObserver;
  private readonly neighbors: NeighborObserver;
  private readonly tcp: TcpObserver;
  private readonly dns: DnsObserver;
  private readonly errors: ErrorObserver;
  private readonly checksums: ChecksumAudit;

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
    this.checksums = new ChecksumAudit(observations.counts);
  }

  /**
   * Takes in one packet.
   */
  observe(packet: Packet, view: DataView): void {
    const { observations } = this;
    const { original, time, frame } = packet;
    const { counts } = observations;
    counts.packets++;
    const captured = packet.end - packet.start;
    counts.bytes += captured;
    counts.wireBytes += original;
    if (captured < original) counts.snapped++;
    if (!(time >= observations.firstTime)) this.extendWindow(packet);
    if (!(time <= observations.lastTime)) this.extendWindow(packet);
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
    if (this.checksums.isDue(frame)) this.checksums.verifyInnermost(packet, view);
  }

  private extendWindow(packet: Packet): void {
    const { time } = packet;
    if (Number.isNaN(time)) return;
    const { observations } = this;
    if (!(time >= observations.firstTime)) observations.firstTime = time;
    if (!(time <= observations.lastTime)) observations.lastTime = time;
  }
}
