/**
 * TCP connection attempts (RFC 9293 section 3.5): a SYN and the SYN-ACK or reset that answers it.
 *
 * An attempt is told by its ports and its initial sequence number; a SYN with the same number is a
 * retransmission and no new attempt. A flow is all attempts from one address to one port of another.
 */
import type { Packet } from '../decode/packet.ts';
import { tcp } from '../wire/tcp.ts';
import { Endpoints } from './endpoints.ts';
import { answer, noteReplyLink, noteRequestLink } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { finish, mix } from './hash.ts';
import { type Observations, Protocol } from './observations.ts';
import { ExchangeState } from './waiting-table.ts';

const SYN_SALT = 0x2c1b3c6d;
const ANSWER_SALT = 0x297a2d39;

export class TcpObserver {
  private readonly observations: Observations;
  private readonly timeout: number;
  private readonly endpoints = new Endpoints();

  constructor(observations: Observations, timeoutNanoseconds: number) {
    this.observations = observations;
    this.timeout = timeoutNanoseconds;
  }

  observeSyn(packet: Packet, view: DataView, frame: number, time: number, tunnel: number): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const protocol = Protocol.TcpConnect + endpoints.family;
    const { source, destination } = endpoints;
    const flow = flows.add(protocol, packet.vni, source, destination, tcp.destinationPort(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const sourcePort = tcp.sourcePort(view, at);
    const initial = tcp.sequence(view, at);
    noteRequestLink(flows, packet, view, frame, tunnel);
    if (waiting.find(flow, sourcePort, initial) >= 0) {
      words[word + Word.Retransmitted]++;
      return;
    }
    const size = packet.payloadEnd - packet.ipAt;
    waiting.add(flow, sourcePort, initial, 0, frame, size, ExchangeState.Waiting, time);
    if (words[word + Word.Requests]++ === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
    }
    words[word + Word.NewestFrame] = frame;
    doubles[double + Double.LastTime] = time;
    this.sample(SYN_SALT, initial, flow, false, sourcePort, frame, time);
  }

  /** A SYN-ACK, or a reset (`refused`) that acknowledges a SYN; other resets concern no attempt. */
  observeAnswer(packet: Packet, view: DataView, frame: number, time: number, tunnel: number, refused: boolean): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const protocol = Protocol.TcpConnect + endpoints.family;
    const { source, destination } = endpoints;
    const flow = flows.find(protocol, packet.vni, destination, source, tcp.sourcePort(view, at));
    const sourcePort = tcp.destinationPort(view, at);
    const initial = (tcp.acknowledgment(view, at) - 1) | 0;
    if (flow < 0) {
      if (!refused) this.observeUnmatched(packet, view, frame, time, tunnel, initial);
      return;
    }
    const position = waiting.find(flow, sourcePort, initial);
    if (position < 0) {
      if (!refused) this.observeUnmatched(packet, view, frame, time, tunnel, initial);
      return;
    }
    const { words, word } = flows;
    if (waiting.state(position) !== ExchangeState.Waiting) return;
    noteReplyLink(flows, packet, view, frame, tunnel);
    if (refused) words[word + Word.Refused]++;
    const sent = waiting.time(position);
    waiting.setState(position, ExchangeState.Answered);
    answer(observations, time - sent, this.timeout, frame, waiting.size(position));
    this.sample(ANSWER_SALT, initial, flow, true, sourcePort, frame, time);
  }

  /** A SYN-ACK whose SYN this capture did not see. */
  private observeUnmatched(
    packet: Packet,
    view: DataView,
    frame: number,
    time: number,
    tunnel: number,
    initial: number,
  ): void {
    const { observations, endpoints } = this;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const protocol = Protocol.TcpConnect + endpoints.family;
    const flow = flows.add(protocol, packet.vni, endpoints.destination, endpoints.source, tcp.sourcePort(view, at));
    if (flow < 0) return;
    const sourcePort = tcp.destinationPort(view, at);
    if (waiting.find(flow, sourcePort, initial) >= 0) return;
    noteReplyLink(flows, packet, view, frame, tunnel);
    flows.words[flows.word + Word.UnmatchedReplies]++;
    waiting.add(flow, sourcePort, initial, 0, frame, packet.payloadEnd - packet.ipAt, ExchangeState.Unmatched, time);
    this.sample(ANSWER_SALT, initial, flow, true, sourcePort, frame, time);
  }

  private sample(
    salt: number,
    initial: number,
    flow: number,
    reply: boolean,
    port: number,
    frame: number,
    time: number,
  ): void {
    const { endpoints } = this;
    const pair = endpoints.sourceHash ^ endpoints.destinationHash;
    const low = finish(mix(mix(mix(salt, pair), initial), port));
    const { trajectory } = this.observations;
    if ((low & trajectory.selection) !== 0) return;
    trajectory.add(low, finish(mix(mix(salt ^ 0x5bd1e995, initial), port)), flow, reply, port, frame, time);
  }
}
