/**
 * Address resolution: ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861).
 *
 * A repeated question is the same bytes again, so questions of a flow are numbered as they come. The
 * same question within a tenth of a second is a duplicate and no new attempt: hosts wait a second
 * between attempts (RFC 1122 section 2.3.2.1, RFC 4861 RETRANS_TIMER).
 */
import type { Packet } from '../decode/packet.ts';
import { arp } from '../wire/arp.ts';
import { ethernet } from '../wire/ethernet.ts';
import { icmpv6, linkLayerOption, neighborMessage, SOURCE_LINK_LAYER, TARGET_LINK_LAYER } from '../wire/icmpv6.ts';
import { PROTOCOL_ICMPV6 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { ClaimSource } from './claim-table.ts';
import { answer } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { noteReplyLink, noteRequestLink } from './link-layer.ts';
import { IPV6, type Observations, Protocol } from './observations.ts';
import { ExchangeState } from './waiting-table.ts';
import { wayOf } from './way.ts';

/** A question again so soon after the one before is a duplicate. */
export const REPEAT_NANOSECONDS = 100e6;

export class NeighborObserver {
  private readonly observations: Observations;

  constructor(observations: Observations) {
    this.observations = observations;
  }

  observeArpRequest(packet: Packet, view: DataView, tunnel: number): void {
    const at = packet.transportAt;
    const sender = arp.senderProtocol(view, at);
    const target = arp.targetProtocol(view, at);
    if (sender === 0) return;
    this.claimArp(packet, view);
    if (sender === target) return;
    this.observeQuestion(Protocol.Arp, packet, view, sender, target, tunnel);
  }

  observeArpReply(packet: Packet, view: DataView, tunnel: number): void {
    const at = packet.transportAt;
    const sender = arp.senderProtocol(view, at);
    const target = arp.targetProtocol(view, at);
    if (sender === 0) return;
    this.claimArp(packet, view);
    if (sender === target || target === 0) return;
    this.observeAnswer(Protocol.Arp, packet, view, target, sender, tunnel);
  }

  observeSolicitation(packet: Packet, view: DataView, tunnel: number): void {
    const { addresses } = this.observations;
    const target = addresses.add(view, packet.transportAt + neighborMessage.at.target);
    if (isUnspecified(view, packet.ipAt + ipv6.at.source)) return;
    const source = addresses.add(view, packet.ipAt + ipv6.at.source);
    if (target < 0 || source < 0) return this.observations.flows.decline();
    this.claimOption(packet, view, source, SOURCE_LINK_LAYER);
    this.observeQuestion(Protocol.Neighbor + IPV6, packet, view, source, target, tunnel);
  }

  observeAdvertisement(packet: Packet, view: DataView, tunnel: number): void {
    const { addresses } = this.observations;
    const target = addresses.add(view, packet.transportAt + neighborMessage.at.target);
    const asker = addresses.add(view, packet.ipAt + ipv6.at.destination);
    if (target < 0 || asker < 0) return this.observations.flows.decline();
    const isUnsolicited = view.getUint8(packet.ipAt + ipv6.at.destination) === 0xff;
    this.claimOption(packet, view, target, TARGET_LINK_LAYER, isUnsolicited);
    if (isUnsolicited) return;
    this.observeAnswer(Protocol.Neighbor + IPV6, packet, view, asker, target, tunnel);
  }

  /** Router solicitations, listener reports and the like: their sender speaks for itself. */
  observeOther(packet: Packet, view: DataView): void {
    if (packet.protocol !== PROTOCOL_ICMPV6 || packet.ethernetAt < 0 || packet.transportAt < 0) return;
    if (icmpv6.type(view, packet.transportAt) < 128 || ipv6.hopLimit(view, packet.ipAt) === 64) return;
    if (isUnspecified(view, packet.ipAt + ipv6.at.source)) return;
    const source = this.observations.addresses.add(view, packet.ipAt + ipv6.at.source);
    if (source < 0) return;
    this.observations.claims.add(
      packet,
      6,
      source,
      ClaimSource.Frame,
      ethernet.sourceHigh(view, packet.ethernetAt),
      ethernet.sourceLow(view, packet.ethernetAt),
    );
  }

  private observeQuestion(
    protocol: number,
    packet: Packet,
    view: DataView,
    source: number,
    target: number,
    tunnel: number,
  ): void {
    const { flows, waiting } = this.observations;
    const { frame, time } = packet;
    const flow = flows.add(protocol, packet.vni, source, target, 0);
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const asked = words[word + Word.Requests];
    const way = wayOf(packet, view);
    if (asked > 0 && Math.abs(time - doubles[double + Double.LastTime]) < REPEAT_NANOSECONDS) {
      // The same question at another device of this capture, of another host with that address, or twice at one place.
      if (words[word + Word.RequestTunnel] === tunnel && words[word + Word.RequestWay] === way && tellsPlaces(packet)) {
        words[word + Word.DuplicateRequests]++;
        if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = frame;
      }
      return;
    }
    noteRequestLink(this.observations, packet, view, tunnel, way);
    if (asked === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
      doubles[double + Double.RunTime] = time;
      words[word + Word.RunFrame] = frame;
    }
    if (words[word + Word.OpenFrame] !== 0) {
      const sequence = words[word + Word.Newest];
      const newestFrame = words[word + Word.OpenFrame];
      const position = waiting.add(flow, sequence, 0, 0, newestFrame, 0, ExchangeState.Waiting);
      waiting.setTime(position, doubles[double + Double.LastTime]);
    }
    words[word + Word.Requests] = asked + 1;
    words[word + Word.Newest] = asked;
    words[word + Word.OpenFrame] = frame;
    doubles[double + Double.LastTime] = time;
  }

  private observeAnswer(
    protocol: number,
    packet: Packet,
    view: DataView,
    asker: number,
    target: number,
    tunnel: number,
  ): void {
    const { flows, answers } = this.observations;
    const { frame, time } = packet;
    const flow = flows.add(protocol, packet.vni, asker, target, 0);
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const isRepeat =
      words[word + Word.FirstReplyFrame] !== 0 &&
      Math.abs(time - doubles[double + Double.LastReplyTime]) < REPEAT_NANOSECONDS;
    const way = wayOf(packet, view);
    const isSamePlace =
      words[word + Word.ReplyTunnel] === tunnel && words[word + Word.ReplyWay] === way && tellsPlaces(packet);
    noteReplyLink(flows, packet, view, tunnel, way);
    doubles[double + Double.LastReplyTime] = time;
    if (words[word + Word.OpenFrame] !== 0) {
      words[word + Word.OpenFrame] = 0;
      answers.roundTrip = time - doubles[double + Double.LastTime];
      answer(this.observations, frame, 0);
    } else if (!isRepeat) {
      words[word + Word.UnmatchedReplies]++;
    } else if (isSamePlace) {
      words[word + Word.DuplicateReplies]++;
      if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = frame;
    }
  }

  private claimArp(packet: Packet, view: DataView): void {
    const at = packet.transportAt;
    this.observations.claims.add(
      packet,
      4,
      arp.senderProtocol(view, at),
      ClaimSource.Arp,
      arp.senderHardwareHigh(view, at),
      arp.senderHardwareLow(view, at),
      arp.senderProtocol(view, at) === arp.targetProtocol(view, at),
    );
  }

  /** The link-layer address option of one kind, if the message has it (RFC 4861 section 4.6.1). */
  private claimOption(packet: Packet, view: DataView, address: number, kind: number, isAnnouncement = false): void {
    const end = Math.min(packet.payloadEnd, packet.end);
    const mac = linkLayerOption(view, packet.transportAt + neighborMessage.size, end, kind);
    if (mac < 0) return;
    const { claims } = this.observations;
    claims.add(packet, 6, address, ClaimSource.Ndp, view.getUint16(mac), view.getInt32(mac + 2), isAnnouncement);
  }
}

/**
 * True when the way of a packet tells two places apart, and two senders, for its link has MACs: in a cooked
 * capture of all devices the same packet stands at several.
 */
function tellsPlaces({ packetType, ethernetAt }: Packet): boolean {
  return packetType < 0 && ethernetAt >= 0;
}

function isUnspecified(view: DataView, at: number): boolean {
  return (view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8) | view.getInt32(at + 12)) === 0;
}
