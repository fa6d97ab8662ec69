/**
 * Echo requests and replies, ICMP (RFC 792) and ICMPv6 (RFC 4443).
 *
 * The newest request of a flow waits in the flow's record; when the next one comes before it was
 * answered it moves to the waiting table. Sequence numbers are extended beyond their 16 bits as RTP
 * does it (RFC 3550 appendix A.1): a step back that is no duplicate starts a new round, so that
 * wrap-around and the reuse of an identifier look alike and both are told apart from what was before.
 */
import type { Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { icmp } from '../wire/icmp.ts';
import { ipv4, isMulticastOrBroadcast } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { answer, noteReplyLink, noteRequestLink } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { finish, sum5 } from './hash.ts';
import { IPV6, type Observations, Protocol } from './observations.ts';
import { RecentPackets, Sighting } from './recent.ts';
import { ExchangeState } from './waiting-table.ts';

const REQUEST_SALT = 0x1b873593;
const REPLY_SALT = 0x6c62272e;

export class EchoObserver {
  private readonly observations: Observations;
  private readonly recent = new RecentPackets();
  // The packet in hand, set by `identify`.
  private protocol = 0;
  private source = 0;
  private destination = 0;
  private fingerprint = 0;
  private low = 0;
  private high = 0;
  /** `high` with the VNI in it: the packet's identity within one overlay. */
  private local = 0;
  private channel = 0;

  constructor(observations: Observations) {
    this.observations = observations;
  }

  observeRequest(packet: Packet, view: DataView, tunnel: number): void {
    if (!this.identify(packet, view, REQUEST_SALT)) return this.observations.flows.decline();
    const { observations } = this;
    const { frame, time } = packet;
    if (isGroupAddress(packet, view)) {
      observations.counts.groupRequests++;
      return;
    }
    const { flows } = observations;
    const at = packet.transportAt;
    const flow = flows.add(this.protocol, packet.vni, this.source, this.destination, icmp.identifier(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const sequence = icmp.sequence(view, at);
    const size = packet.payloadEnd - packet.ipAt;
    noteRequestLink(flows, packet, view, tunnel);
    const previous = words[word + Word.Newest];
    let extended = sequence + 65536;
    if (words[word + Word.Requests] === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
      this.startRun(extended, packet);
    } else {
      extended = previous + (((sequence - previous) << 16) >> 16);
      if (extended === previous + 1) {
        // the ordinary case: the next of its run
      } else if (extended > previous) {
        this.closeRun();
        this.startRun(extended, packet);
      } else if (this.isSeen(extended) || this.isTooLateToBeOvertaken(packet)) {
        if (this.isRepeated(flow, extended, packet)) return;
        extended = ((previous >> 16) + 1) * 65536 + sequence;
        this.closeRun();
        this.startRun(extended, packet);
      } else {
        this.observeOvertaken(flow, extended, size, packet);
        this.recent.remember(this.low, this.local, this.channel);
        return;
      }
    }
    this.recent.remember(this.low, this.local, this.channel);
    if (words[word + Word.Open] === 1) this.setAside(flow);
    words[word + Word.Requests]++;
    words[word + Word.Newest] = extended;
    words[word + Word.NewestFingerprint] = this.fingerprint;
    words[word + Word.NewestFrame] = frame;
    words[word + Word.NewestSize] = size;
    words[word + Word.Open] = 1;
    doubles[double + Double.LastTime] = time;
    if (size > words[word + Word.LargestRequest]) words[word + Word.LargestRequest] = size;
    if (words[word + Word.UnmatchedReplies] !== 0) this.meetEarlyReply(flow, extended, packet);
    this.sample(flow, false, extended, packet);
  }

  observeReply(packet: Packet, view: DataView, tunnel: number): void {
    if (!this.identify(packet, view, REPLY_SALT)) return this.observations.flows.decline();
    const { observations } = this;
    const { flows, waiting, roundTrips } = observations;
    const { frame, time } = packet;
    const at = packet.transportAt;
    const flow = flows.add(this.protocol, packet.vni, this.destination, this.source, icmp.identifier(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const sequence = icmp.sequence(view, at);
    noteReplyLink(flows, packet, view, tunnel);
    const newest = words[word + Word.Newest];
    if (
      words[word + Word.Open] === 1 &&
      (newest & 0xffff) === sequence &&
      (this.isReplyTo(words[word + Word.NewestFingerprint]) || this.awaiting(flow, newest - 65536) < 0)
    ) {
      words[word + Word.Open] = 0;
      const size = words[word + Word.NewestSize];
      roundTrips.latest = time - doubles[double + Double.LastTime];
      answer(observations, frame, size);
      this.recent.remember(this.low, this.local, this.channel);
      this.sample(flow, true, newest, packet);
      return;
    }
    // A number above the newest is of the round before, or of a request that was not captured.
    const nearest = words[word + Word.Requests] === 0 ? sequence + 65536 : newest + (((sequence - newest) << 16) >> 16);
    const isAhead = nearest > newest;
    let extended = isAhead && words[word + Word.Requests] !== 0 ? nearest - 65536 : nearest;
    let position = this.awaiting(flow, extended);
    if (position < 0) position = this.awaiting(flow, extended - 65536);
    if (position < 0) position = waiting.find(flow, extended, 0);
    if (position >= 0 && waiting.state(position) === ExchangeState.Waiting) {
      const size = waiting.size(position);
      roundTrips.latest = time - waiting.time(position);
      waiting.remove(position);
      answer(observations, frame, size);
    } else {
      const sighting = this.recent.sighting(this.low, this.local, this.channel);
      if (sighting === Sighting.Elsewhere) return;
      const early = waiting.find(flow, nearest, 0);
      if (sighting === Sighting.Duplicate || early >= 0 || (!isAhead && this.isSeen(extended))) {
        words[word + Word.DuplicateReplies]++;
        if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = frame;
        return;
      }
      words[word + Word.UnmatchedReplies]++;
      const size = packet.payloadEnd - packet.ipAt;
      const added = waiting.add(flow, nearest, 0, this.fingerprint, frame, size, ExchangeState.Unmatched);
      waiting.setTime(added, time);
      extended = nearest;
    }
    this.recent.remember(this.low, this.local, this.channel);
    this.sample(flow, true, extended, packet);
  }

  /** Reads addresses and identity of the packet in hand; false when an address finds no room. */
  private identify(packet: Packet, view: DataView, salt: number): boolean {
    const ip = packet.ipAt;
    let sourceHash: number;
    let destinationHash: number;
    let hops: number;
    if (packet.ipVersion === 4) {
      this.protocol = Protocol.Echo;
      this.source = sourceHash = ipv4.source(view, ip);
      this.destination = destinationHash = ipv4.destination(view, ip);
      this.fingerprint = icmp.checksum(view, packet.transportAt) | (ipv4.identification(view, ip) << 16);
      hops = ipv4.timeToLive(view, ip);
    } else {
      const { addresses } = this.observations;
      this.protocol = Protocol.Echo + IPV6;
      this.source = addresses.add(view, ip + ipv6.at.source);
      this.destination = addresses.add(view, ip + ipv6.at.destination);
      if (this.source < 0 || this.destination < 0) return false;
      sourceHash = addresses.hash(this.source);
      destinationHash = addresses.hash(this.destination);
      this.fingerprint = icmp.checksum(view, packet.transportAt);
      hops = ipv6.hopLimit(view, ip);
    }
    const frame = packet.ethernetAt;
    const tunnel = packet.tunnelIpAt;
    const interfaces = sum5(packet.channel, packet.packetType, packet.interfaceIndex, packet.tunnelDepth, hops);
    const sourceMac = frame < 0 ? 0 : ethernet.sourceLow(view, frame);
    const destinationMac = frame < 0 ? 0 : ethernet.destinationLow(view, frame);
    const vtep = tunnel >= 0 && packet.tunnelIpVersion === 4 ? ipv4.source(view, tunnel) : 0;
    this.channel = sum5(interfaces, sourceMac, destinationMac, vtep, 0);
    const { fingerprint } = this;
    const idSequence = view.getInt32(packet.transportAt + icmp.at.identifier);
    this.low = finish(sum5(sourceHash, destinationHash, idSequence, fingerprint, salt));
    this.high = sum5(fingerprint, idSequence, salt, sourceHash, destinationHash);
    this.local = this.high ^ Math.imul(packet.vni + 2, 0x2545f491);
    return true;
  }

  /** Position of the waiting request with this number, if the reply in hand carries back its very payload; or -1. */
  private awaiting(flow: number, extended: number): number {
    const { waiting } = this.observations;
    const position = waiting.find(flow, extended, 0);
    if (position < 0 || waiting.state(position) !== ExchangeState.Waiting) return -1;
    return this.isReplyTo(waiting.fingerprint(position)) ? position : -1;
  }

  /**
   * True when the checksum of the reply in hand is that of the request with another type: the reply
   * returns identifier, number and data as they came, so the rest of the sum is the same.
   */
  private isReplyTo(request: number): boolean {
    const difference =
      (this.fingerprint & 0xffff) - (request & 0xffff) - (this.protocol === Protocol.Echo ? 0x800 : -0x100);
    return difference % 0xffff === 0;
  }

  private sample(flow: number, reply: boolean, sequence: number, packet: Packet): void {
    const { trajectory } = this.observations;
    if ((this.low & trajectory.selection) !== 0) return;
    trajectory.add(this.low, this.high, flow, reply, sequence, packet);
  }

  /** True when the selected flow had a request with this number already. */
  private isSeen(extended: number): boolean {
    const { flows, runs } = this.observations;
    const { words, word } = flows;
    if (words[word + Word.Requests] === 0) return false;
    if (extended >= words[word + Word.RunStart] && extended <= words[word + Word.Newest]) return true;
    return runs.includes(words[word + Word.Runs], extended);
  }

  /**
   * Whether a request with a number that was seen before is the same packet once more (counted, and
   * true), and not a new exchange that reuses identifier and number.
   */
  private isRepeated(flow: number, extended: number, packet: Packet): boolean {
    const { flows, waiting } = this.observations;
    const { words, word } = flows;
    const sighting = this.recent.sighting(this.low, this.local, this.channel);
    if (sighting === Sighting.Elsewhere) return true;
    if (this.isStale(packet)) return false;
    if (sighting === Sighting.New) {
      if (extended === words[word + Word.Newest]) {
        if (words[word + Word.NewestFingerprint] !== this.fingerprint) return false;
      } else {
        const position = waiting.find(flow, extended, 0);
        if (position < 0 || waiting.fingerprint(position) !== this.fingerprint) return false;
      }
    }
    words[word + Word.DuplicateRequests]++;
    if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = packet.frame;
    return true;
  }

  /**
   * True when the run that is growing began longer ago than replies are waited for. A number below it that
   * comes only now was not overtaken by it: another process uses the identifier.
   */
  private isTooLateToBeOvertaken(packet: Packet): boolean {
    const { observations } = this;
    const { doubles, double } = observations.flows;
    return packet.time - doubles[double + Double.RunTime] > observations.replyTimeout;
  }

  /** True when the flow's newest request is older than replies are waited for: what comes now is no copy of one. */
  private isStale(packet: Packet): boolean {
    const { observations } = this;
    const { doubles, double } = observations.flows;
    return packet.time - doubles[double + Double.LastTime] > observations.replyTimeout;
  }

  private startRun(extended: number, packet: Packet): void {
    const { words, doubles, word, double } = this.observations.flows;
    words[word + Word.RunStart] = extended;
    words[word + Word.RunFrame] = packet.frame;
    doubles[double + Double.RunTime] = packet.time;
  }

  private closeRun(): void {
    const { flows, runs } = this.observations;
    const { words, doubles, word, double } = flows;
    words[word + Word.Runs] = runs.push(
      words[word + Word.RunStart],
      words[word + Word.Newest],
      doubles[double + Double.RunTime],
      doubles[double + Double.LastTime],
      words[word + Word.RunFrame],
      words[word + Word.Runs],
    );
  }

  /** Moves the newest request, still unanswered, to the waiting table. */
  private setAside(flow: number): void {
    const { flows, waiting } = this.observations;
    const { words, doubles, word, double } = flows;
    const sequence = words[word + Word.Newest];
    const size = words[word + Word.NewestSize];
    const frame = words[word + Word.NewestFrame];
    const fingerprint = words[word + Word.NewestFingerprint];
    const position = waiting.add(flow, sequence, 0, fingerprint, frame, size, ExchangeState.Waiting);
    waiting.setTime(position, doubles[double + Double.LastTime]);
  }

  /** A request that a later one overtook, or that comes below the flow's first: it is new, but not the newest. */
  private observeOvertaken(flow: number, extended: number, size: number, packet: Packet): void {
    const { flows, runs, waiting } = this.observations;
    const { frame, time } = packet;
    const { words, word } = flows;
    words[word + Word.Requests]++;
    if (extended === words[word + Word.RunStart] - 1) {
      words[word + Word.RunStart] = extended;
    } else if (!runs.extend(words[word + Word.Runs], extended)) {
      words[word + Word.Runs] = runs.push(extended, extended, time, time, frame, words[word + Word.Runs]);
    }
    if (size > words[word + Word.LargestRequest]) words[word + Word.LargestRequest] = size;
    const early = waiting.find(flow, extended, 0);
    if (early >= 0) this.meetEarlyReply(flow, extended, packet);
    else {
      const position = waiting.add(flow, extended, 0, this.fingerprint, frame, size, ExchangeState.Waiting);
      waiting.setTime(position, time);
    }
    this.sample(flow, false, extended, packet);
  }

  /** The reply came before its request: captured out of order. */
  private meetEarlyReply(flow: number, extended: number, packet: Packet): void {
    const { flows, waiting } = this.observations;
    const { words, word } = flows;
    const position = waiting.find(flow, extended, 0);
    if (position < 0 || waiting.state(position) !== ExchangeState.Unmatched) return;
    const { observations } = this;
    observations.roundTrips.latest = waiting.time(position) - packet.time;
    const { frame } = waiting.at(position);
    waiting.remove(position);
    words[word + Word.UnmatchedReplies]--;
    answer(observations, frame, packet.payloadEnd - packet.ipAt);
    if (extended === words[word + Word.Newest]) words[word + Word.Open] = 0;
  }
}

function isGroupAddress(packet: Packet, view: DataView): boolean {
  if (packet.ipVersion === 6) return view.getUint8(packet.ipAt + ipv6.at.destination) === 0xff;
  if (isMulticastOrBroadcast(ipv4.destination(view, packet.ipAt))) return true;
  return packet.ethernetAt >= 0 && (ethernet.destinationHigh(view, packet.ethernetAt) & 0x100) !== 0;
}
