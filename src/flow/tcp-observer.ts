/**
 * TCP connection attempts (RFC 9293 section 3.5): a SYN and the SYN-ACK or reset that answers it.
 *
 * An attempt is told by its ports and its initial sequence number; a SYN with the same number is a
 * retransmission and no new attempt. A flow is all attempts from one address to one port of another.
 */
import type { Packet } from '../decode/packet.ts';
import { tcp } from '../wire/tcp.ts';
import { Endpoints } from './endpoints.ts';
import { answer } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { finish, mix } from './hash.ts';
import { noteReplyLink, noteRequestLink } from './link-layer.ts';
import { type Observations, Protocol } from './observations.ts';
import { ExchangeState } from './waiting-table.ts';
import { wayOf } from './way.ts';

const SYN_SALT = 0x2c1b3c6d;
const ANSWER_SALT = 0x297a2d39;

export class TcpObserver {
  private readonly observations: Observations;
  private readonly endpoints = new Endpoints();

  constructor(observations: Observations) {
    this.observations = observations;
  }

  observeSyn(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return observations.flows.decline();
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const protocol = Protocol.TcpConnect + endpoints.family;
    const { source, destination } = endpoints;
    const flow = flows.add(protocol, packet.vni, source, destination, tcp.destinationPort(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const sourcePort = tcp.sourcePort(view, at);
    const initial = tcp.sequence(view, at);
    const { frame, time } = packet;
    const way = wayOf(packet, view);
    noteRequestLink(observations, packet, view, tunnel, way);
    const size = packet.payloadEnd - packet.ipAt;
    let position = waiting.find(flow, sourcePort, initial);
    if (position < 0) {
      position = waiting.add(flow, sourcePort, initial, way, frame, size, ExchangeState.Waiting);
    } else if (waiting.state(position) === ExchangeState.Unmatched) {
      // The answer was captured before the question.
      words[word + Word.UnmatchedReplies]--;
      observations.answers.roundTrip = waiting.time(position) - time;
      answer(observations, waiting.frame(position), size);
      waiting.replace(position, way, frame, size, ExchangeState.Answered);
    } else {
      if (waiting.fingerprint(position) === way) words[word + Word.Retransmitted]++;
      return;
    }
    waiting.setTime(position, time);
    if (words[word + Word.Requests]++ === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
    }
    doubles[double + Double.LastTime] = time;
    this.sample(SYN_SALT, initial, flow, false, sourcePort, packet);
  }

  /** A SYN-ACK, or a reset (`refused`) that acknowledges a SYN; other resets concern no attempt. */
  observeAnswer(packet: Packet, view: DataView, tunnel: number, refused: boolean): void {
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
      if (!refused) this.observeUnmatched(packet, view, tunnel, initial);
      return;
    }
    const position = waiting.find(flow, sourcePort, initial);
    if (position < 0) {
      if (!refused) this.observeUnmatched(packet, view, tunnel, initial);
      return;
    }
    const { words, word } = flows;
    if (waiting.state(position) !== ExchangeState.Waiting) return;
    noteReplyLink(flows, packet, view, tunnel, wayOf(packet, view));
    if (refused) words[word + Word.Refused]++;
    observations.answers.roundTrip = packet.time - waiting.time(position);
    waiting.setState(position, ExchangeState.Answered);
    answer(observations, packet.frame, waiting.size(position));
    this.sample(ANSWER_SALT, initial, flow, true, sourcePort, packet);
  }

  /** A SYN-ACK whose SYN this capture did not see. */
  private observeUnmatched(packet: Packet, view: DataView, tunnel: number, initial: number): void {
    const { observations, endpoints } = this;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const protocol = Protocol.TcpConnect + endpoints.family;
    const flow = flows.add(protocol, packet.vni, endpoints.destination, endpoints.source, tcp.sourcePort(view, at));
    if (flow < 0) return;
    const sourcePort = tcp.destinationPort(view, at);
    if (waiting.find(flow, sourcePort, initial) >= 0) return;
    noteReplyLink(flows, packet, view, tunnel, wayOf(packet, view));
    flows.words[flows.word + Word.UnmatchedReplies]++;
    const size = packet.payloadEnd - packet.ipAt;
    const position = waiting.add(flow, sourcePort, initial, 0, packet.frame, size, ExchangeState.Unmatched);
    waiting.setTime(position, packet.time);
    this.sample(ANSWER_SALT, initial, flow, true, sourcePort, packet);
  }

  private sample(salt: number, initial: number, flow: number, reply: boolean, port: number, packet: Packet): void {
    const { endpoints } = this;
    const pair = endpoints.sourceHash ^ endpoints.destinationHash;
    const low = finish(mix(mix(mix(salt, pair), initial), port));
    const { trajectory } = this.observations;
    if ((low & trajectory.selection) !== 0) return;
    trajectory.time = packet.time;
    trajectory.add(low, finish(mix(mix(salt ^ 0x5bd1e995, initial), port)), flow, reply, port, packet.frame);
  }
}
