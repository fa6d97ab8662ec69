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
import { finish, mix } from './hash.ts';
import { IPV6, type Observations, Protocol } from './observations.ts';
import { RecentPackets, Sighting } from './recent.ts';
import { ExchangeState } from './waiting-table.ts';

const REQUEST_SALT = 0x1b873593;
const REPLY_SALT = 0x6c62272e;

export class EchoObserver {
  private readonly observations: Observations;
  private readonly timeout: number;
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

  constructor(observations: Observations, timeoutNanoseconds: number) {
    this.observations = observations;
    this.timeout = timeoutNanoseconds;
  }

  observeRequest(packet: Packet, view: DataView, frame: number, time: number, channel: number, tunnel: number): void {
    const { observations } = this;
    if (!this.identify(packet, view, channel, REQUEST_SALT)) return;
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
    noteRequestLink(flows, packet, view, frame, tunnel);
    const previous = words[word + Word.Newest];
    let extended = sequence + 65536;
    if (words[word + Word.Requests] === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
      this.startRun(extended, frame, time);
    } else {
      extended = previous + (((sequence - previous) << 16) >> 16);
      if (extended === previous + 1) {
        // the ordinary case: the next of its run
      } else if (extended > previous) {
        this.closeRun();
        this.startRun(extended, frame, time);
      } else if (this.isSeen(extended)) {
        if (this.isRepeated(flow, extended, time, frame)) return;
        extended = ((previous >> 16) + 1) * 65536 + sequence;
        this.closeRun();
        this.startRun(extended, frame, time);
      } else {
        this.observeOvertaken(flow, extended, frame, size, time);
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
    if (words[word + Word.UnmatchedReplies] !== 0) this.meetEarlyReply(flow, extended, time);
    this.sample(flow, false, extended, frame, time);
  }

  observeReply(packet: Packet, view: DataView, frame: number, time: number, channel: number, tunnel: number): void {
    if (!this.identify(packet, view, channel, REPLY_SALT)) return;
    const { observations } = this;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const flow = flows.add(this.protocol, packet.vni, this.destination, this.source, icmp.identifier(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const sequence = icmp.sequence(view, at);
    noteReplyLink(flows, packet, view, frame, tunnel);
    const newest = words[word + Word.Newest];
    if (words[word + Word.Open] === 1 && (newest & 0xffff) === sequence) {
      words[word + Word.Open] = 0;
      const size = words[word + Word.NewestSize];
      answer(observations, time - doubles[double + Double.LastTime], this.timeout, frame, size);
      this.recent.remember(this.low, this.local, this.channel);
      this.sample(flow, true, newest, frame, time);
      return;
    }
    let extended = words[word + Word.Requests] === 0 ? sequence + 65536 : newest + (((sequence - newest) << 16) >> 16);
    if (extended > newest && words[word + Word.Requests] !== 0) extended -= 65536;
    const position = waiting.find(flow, extended, 0);
    if (position >= 0 && waiting.state(position) === ExchangeState.Waiting) {
      const sent = waiting.time(position);
      const size = waiting.size(position);
      waiting.remove(position);
      answer(observations, time - sent, this.timeout, frame, size);
    } else {
      const sighting = this.recent.sighting(this.low, this.local, this.channel);
      if (sighting === Sighting.Elsewhere) return;
      if (sighting === Sighting.Duplicate || position >= 0 || this.isSeen(extended)) {
        words[word + Word.DuplicateReplies]++;
        if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = frame;
        return;
      }
      words[word + Word.UnmatchedReplies]++;
      const unmatched =
        words[word + Word.Requests] === 0 ? sequence + 65536 : newest + (((sequence - newest) << 16) >> 16);
      if (waiting.find(flow, unmatched, 0) < 0) {
        waiting.add(
          flow,
          unmatched,
          0,
          this.fingerprint,
          frame,
          packet.payloadEnd - packet.ipAt,
          ExchangeState.Unmatched,
          time,
        );
      }
      extended = unmatched;
    }
    this.recent.remember(this.low, this.local, this.channel);
    this.sample(flow, true, extended, frame, time);
  }

  /** Reads addresses and identity of the packet in hand; false when an address finds no room. */
  private identify(packet: Packet, view: DataView, channel: number, salt: number): boolean {
    const ip = packet.ipAt;
    let sourceHash: number;
    let destinationHash: number;
    let place = mix(channel, packet.packetType + (packet.interfaceIndex << 4));
    if (packet.ipVersion === 4) {
      this.protocol = Protocol.Echo;
      this.source = sourceHash = ipv4.source(view, ip);
      this.destination = destinationHash = ipv4.destination(view, ip);
      this.fingerprint = icmp.checksum(view, packet.transportAt) | (ipv4.identification(view, ip) << 16);
      place = mix(place, ipv4.timeToLive(view, ip));
    } else {
      const { addresses } = this.observations;
      this.protocol = Protocol.Echo + IPV6;
      this.source = addresses.add(view, ip + ipv6.at.source);
      this.destination = addresses.add(view, ip + ipv6.at.destination);
      if (this.source < 0 || this.destination < 0) return false;
      sourceHash = addresses.hash(this.source);
      destinationHash = addresses.hash(this.destination);
      this.fingerprint = icmp.checksum(view, packet.transportAt);
      place = mix(place, ipv6.hopLimit(view, ip));
    }
    if (packet.ethernetAt >= 0) {
      const frame = packet.ethernetAt;
      place = mix(mix(place, ethernet.sourceLow(view, frame)), ethernet.destinationLow(view, frame));
    }
    if (packet.tunnelIpAt >= 0 && packet.tunnelIpVersion === 4) {
      place = mix(place, ipv4.source(view, packet.tunnelIpAt) ^ packet.tunnelDepth);
    }
    this.channel = place;
    const idSequence = view.getInt32(packet.transportAt + icmp.at.identifier);
    const a = mix(mix(mix(salt, sourceHash), destinationHash), idSequence);
    this.low = finish(mix(a, this.fingerprint));
    this.high = finish(mix(a ^ 0x5bd1e995, this.fingerprint));
    this.local = this.high ^ Math.imul(packet.vni + 2, 0x2545f491);
    return true;
  }

  private sample(flow: number, reply: boolean, sequence: number, frame: number, time: number): void {
    const { trajectory } = this.observations;
    if ((this.low & trajectory.selection) !== 0) return;
    trajectory.add(this.low, this.high, flow, reply, sequence, frame, time);
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
  private isRepeated(flow: number, extended: number, time: number, frame: number): boolean {
    const { flows, waiting } = this.observations;
    const { words, doubles, word, double } = flows;
    const sighting = this.recent.sighting(this.low, this.local, this.channel);
    if (sighting === Sighting.Elsewhere) return true;
    if (sighting === Sighting.New) {
      if (extended === words[word + Word.Newest]) {
        if (words[word + Word.NewestFingerprint] !== this.fingerprint) return false;
      } else {
        const position = waiting.find(flow, extended, 0);
        if (position < 0 || waiting.fingerprint(position) !== this.fingerprint) return false;
      }
      if (time - doubles[double + Double.LastTime] > this.timeout) return false;
    }
    words[word + Word.DuplicateRequests]++;
    if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = frame;
    return true;
  }

  private startRun(extended: number, frame: number, time: number): void {
    const { words, doubles, word, double } = this.observations.flows;
    words[word + Word.RunStart] = extended;
    words[word + Word.RunFrame] = frame;
    doubles[double + Double.RunTime] = time;
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
    waiting.add(
      flow,
      sequence,
      0,
      words[word + Word.NewestFingerprint],
      frame,
      size,
      ExchangeState.Waiting,
      doubles[double + Double.LastTime],
    );
  }

  /** A request that a later one overtook, or that comes below the flow's first: it is new, but not the newest. */
  private observeOvertaken(flow: number, extended: number, frame: number, size: number, time: number): void {
    const { flows, runs, waiting } = this.observations;
    const { words, word } = flows;
    words[word + Word.Requests]++;
    if (extended === words[word + Word.RunStart] - 1) {
      words[word + Word.RunStart] = extended;
    } else if (!runs.extend(words[word + Word.Runs], extended)) {
      words[word + Word.Runs] = runs.push(extended, extended, time, time, frame, words[word + Word.Runs]);
    }
    if (size > words[word + Word.LargestRequest]) words[word + Word.LargestRequest] = size;
    const early = waiting.find(flow, extended, 0);
    if (early >= 0) this.meetEarlyReply(flow, extended, time);
    else waiting.add(flow, extended, 0, this.fingerprint, frame, size, ExchangeState.Waiting, time);
    this.sample(flow, false, extended, frame, time);
  }

  /** The reply came before its request: captured out of order. */
  private meetEarlyReply(flow: number, extended: number, time: number): void {
    const { flows, waiting } = this.observations;
    const { words, word } = flows;
    const position = waiting.find(flow, extended, 0);
    if (position < 0 || waiting.state(position) !== ExchangeState.Unmatched) return;
    const replied = waiting.time(position);
    waiting.remove(position);
    words[word + Word.UnmatchedReplies]--;
    words[word + Word.Answered]++;
    if (replied > time) words[word + Word.Late]++;
    if (extended === words[word + Word.Newest]) words[word + Word.Open] = 0;
  }
}

function isGroupAddress(packet: Packet, view: DataView): boolean {
  if (packet.ipVersion === 6) return view.getUint8(packet.ipAt + ipv6.at.destination) === 0xff;
  if (isMulticastOrBroadcast(ipv4.destination(view, packet.ipAt))) return true;
  return packet.ethernetAt >= 0 && (ethernet.destinationHigh(view, packet.ethernetAt) & 0x100) !== 0;
}
