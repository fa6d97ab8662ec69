/**
 * Echo requests and replies, ICMP (RFC 792) and ICMPv6 (RFC 4443).
 *
 * The newest request of a flow waits in the flow's record; when the next one comes before it was
 * answered it moves to the waiting table. Sequence numbers are extended beyond their 16 bits as RTP
 * does it (RFC 3550 appendix A.1): a step back that is no duplicate starts a new round, so that
 * wrap-around and the reuse of an identifier look alike and both are told apart from what was before.
 */
import type { Packet } from '../decode/packet.ts';
import { EchoPacket } from './echo-packet.ts';
import { answer, isReplyTo, setAside } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { noteReplyLink, noteRequestLink } from './link-layer.ts';
import type { Observations } from './observations.ts';
import { type RecentPackets, Sighting } from './recent.ts';
import { ExchangeState } from './waiting-table.ts';

/** Numbers of a round. A flow's first request counts as one of the second round, so that earlier ones may still come. */
export const ROUND = 65536;
/** Rounds that a late reply is looked for in: reuse after a wrap-around skips one. */
const ROUNDS = 3;

export class EchoObserver {
  private readonly observations: Observations;
  private readonly recent: RecentPackets;
  /** The packet in hand. */
  private readonly echo = new EchoPacket();

  constructor(observations: Observations, recent: RecentPackets) {
    this.observations = observations;
    this.recent = recent;
  }

  observeRequest(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, echo } = this;
    if (!this.read(packet, view)) return observations.flows.decline();
    if (echo.isGroup) {
      observations.counts.groupRequests++;
      return;
    }
    const { flows } = observations;
    const { frame, time } = packet;
    const { sequence, size } = echo;
    const flow = this.flowOf(echo);
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    noteRequestLink(observations, packet, view, tunnel, echo.way);
    const previous = words[word + Word.Newest];
    let extended = sequence + ROUND;
    if (words[word + Word.Requests] === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
      this.startRun(extended, packet);
    } else {
      extended = previous + (((sequence - previous) << 16) >> 16);
      if (extended === previous + 1) {
        // the ordinary case: the next of its run
      } else if (extended > previous) {
        // Of a round before, perhaps: a copy that was held back.
        if (this.isRepeated(flow, extended, packet)) return;
        this.closeRun();
        this.startRun(extended, packet);
      } else if (this.isSeen(extended) || this.isTooLateToBeOvertaken(packet)) {
        if (this.isRepeated(flow, extended, packet)) return;
        extended = ((previous >> 16) + 1) * ROUND + sequence;
        this.closeRun();
        this.startRun(extended, packet);
      } else {
        this.observeOvertaken(flow, extended, size, packet);
        this.recent.remember(echo.low, echo.local, echo.way);
        return;
      }
    }
    this.recent.remember(echo.low, echo.local, echo.way);
    if (words[word + Word.OpenFrame] !== 0) setAside(observations, flow);
    words[word + Word.Requests]++;
    words[word + Word.Newest] = extended;
    words[word + Word.NewestFingerprint] = echo.fingerprint;
    if (words[word + Word.NewestSize] !== size) this.noteSize(size);
    words[word + Word.OpenFrame] = frame;
    doubles[double + Double.LastTime] = time;
    if (words[word + Word.UnmatchedReplies] !== 0) this.meetEarlyReply(flow, extended, packet);
    this.sample(flow, false, extended, packet);
  }

  observeReply(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, echo } = this;
    if (!this.read(packet, view)) return observations.flows.decline();
    const { flows, waiting, answers } = observations;
    const { frame, time } = packet;
    const { sequence } = echo;
    const flow = this.flowOf(echo);
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    noteReplyLink(flows, packet, view, tunnel, echo.way);
    const newest = words[word + Word.Newest];
    if (
      words[word + Word.OpenFrame] !== 0 &&
      (newest & 0xffff) === sequence &&
      (isReplyTo(echo.fingerprint, words[word + Word.NewestFingerprint], echo.protocol) ||
        this.awaiting(flow, newest - ROUND) < 0)
    ) {
      words[word + Word.OpenFrame] = 0;
      const size = words[word + Word.NewestSize];
      answers.roundTrip = time - doubles[double + Double.LastTime];
      answer(observations, frame, size);
      this.recent.remember(echo.low, echo.local, echo.way);
      this.sample(flow, true, newest, packet);
      return;
    }
    // A number above the newest is of the round before, or of a request that was not captured.
    const nearest = words[word + Word.Requests] === 0 ? sequence + ROUND : newest + (((sequence - newest) << 16) >> 16);
    const isAhead = nearest > newest;
    let extended = isAhead && words[word + Word.Requests] !== 0 ? nearest - ROUND : nearest;
    let position = this.awaiting(flow, extended);
    if (position < 0) position = waiting.find(flow, extended, 0);
    if (position >= 0 && waiting.state(position) === ExchangeState.Waiting) {
      const size = waiting.size(position);
      answers.roundTrip = time - waiting.time(position);
      waiting.remove(position);
      answer(observations, frame, size);
    } else {
      const sighting = this.recent.sighting(echo.low, echo.local, echo.way);
      if (sighting === Sighting.Elsewhere) return;
      const early = waiting.find(flow, nearest, 0);
      if (sighting === Sighting.Duplicate || early >= 0 || (!isAhead && this.isSeen(extended))) {
        words[word + Word.DuplicateReplies]++;
        if (words[word + Word.DuplicateFrame] === 0) words[word + Word.DuplicateFrame] = frame;
        return;
      }
      words[word + Word.UnmatchedReplies]++;
      const { size } = echo;
      const added = waiting.add(flow, nearest, 0, echo.fingerprint, frame, size, ExchangeState.Unmatched);
      waiting.setTime(added, time);
      extended = nearest;
    }
    this.recent.remember(echo.low, echo.local, echo.way);
    this.sample(flow, true, extended, packet);
  }

  /** Reads the packet that is in hand from now on; false when an address finds no room. */
  private read(packet: Packet, view: DataView): boolean {
    if (packet.ipVersion === 6) return this.echo.readIpv6(packet, view, this.observations.addresses);
    this.echo.readIpv4(packet, view);
    return true;
  }

  /** Position of the waiting request with this number, or that of a round before, if the reply in hand carries back its very payload; or -1. */
  private awaiting(flow: number, extended: number): number {
    const { waiting } = this.observations;
    const { fingerprint, protocol } = this.echo;
    for (let round = 0; round < ROUNDS; round++) {
      const position = waiting.find(flow, extended - round * ROUND, 0);
      if (position < 0 || waiting.state(position) !== ExchangeState.Waiting) continue;
      if (isReplyTo(fingerprint, waiting.fingerprint(position), protocol)) return position;
    }
    return -1;
  }

  private sample(flow: number, reply: boolean, sequence: number, packet: Packet): void {
    const { trajectory } = this.observations;
    const { low, high } = this.echo;
    if ((low & trajectory.selection) !== 0) return;
    trajectory.time = packet.time;
    trajectory.add(low, high, flow, reply, sequence, packet.frame);
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
    const { echo } = this;
    const sighting = this.recent.sighting(echo.low, echo.local, echo.way);
    if (sighting === Sighting.Elsewhere) return true;
    if (this.isStale(packet)) return false;
    if (sighting === Sighting.New) {
      if (extended === words[word + Word.Newest]) {
        if (words[word + Word.NewestFingerprint] !== echo.fingerprint) return false;
      } else {
        const position = waiting.find(flow, extended, 0);
        if (position < 0 || waiting.fingerprint(position) !== echo.fingerprint) return false;
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

  /** Selects the flow of the echo, made when it is new; its number, or -1. */
  private flowOf({ protocol, vni, source, destination, identifier }: EchoPacket): number {
    return this.observations.flows.add(protocol, vni, source, destination, identifier);
  }

  /** The newest request has another size than the one before. */
  private noteSize(size: number): void {
    const { words, word } = this.observations.flows;
    words[word + Word.NewestSize] = size;
    if (size > words[word + Word.LargestRequest]) words[word + Word.LargestRequest] = size;
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
    const known = waiting.find(flow, extended, 0);
    const isWaiting = known >= 0 && waiting.state(known) === ExchangeState.Waiting;
    if (!isWaiting && !this.meetEarlyReply(flow, extended, packet)) {
      const position = waiting.add(flow, extended, 0, this.echo.fingerprint, frame, size, ExchangeState.Waiting);
      waiting.setTime(position, time);
    }
    this.sample(flow, false, extended, packet);
  }

  /** True when the reply came before its request: captured out of order. One of an earlier round with this number is given up. */
  private meetEarlyReply(flow: number, extended: number, packet: Packet): boolean {
    const { observations, echo } = this;
    const { flows, waiting, answers } = observations;
    const { words, word } = flows;
    const position = waiting.find(flow, extended, 0);
    if (position < 0 || waiting.state(position) !== ExchangeState.Unmatched) return false;
    const { fingerprint, frame, time } = waiting.at(position);
    waiting.remove(position);
    if (!isReplyTo(fingerprint, echo.fingerprint, echo.protocol)) return false;
    answers.roundTrip = time - packet.time;
    words[word + Word.UnmatchedReplies]--;
    answer(observations, frame, echo.size);
    if (extended === words[word + Word.Newest]) words[word + Word.OpenFrame] = 0;
    return true;
  }
}
