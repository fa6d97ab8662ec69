/**
 * DNS queries over UDP and their responses (RFC 1035 section 4.1.1), matched by port and message id.
 * A query repeated with the same id is a retry of the same exchange.
 */
import type { Packet } from '../decode/packet.ts';
import { dns } from '../wire/dns.ts';
import { isMulticastOrBroadcast } from '../wire/ipv4.ts';
import { udp } from '../wire/udp.ts';
import { Endpoints } from './endpoints.ts';
import { answer } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { identityHigh, identityLow } from './identity.ts';
import { noteReplyLink, noteRequestLink } from './link-layer.ts';
import { type Observations, Protocol } from './observations.ts';
import { ExchangeState } from './waiting-table.ts';
import { wayOf } from './way.ts';

export class DnsObserver {
  private readonly observations: Observations;
  private readonly endpoints = new Endpoints();

  constructor(observations: Observations) {
    this.observations = observations;
  }

  observeQuery(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return observations.flows.decline();
    const { source, destination, family } = endpoints;
    if (family === 0 && isMulticastOrBroadcast(destination)) return;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const flow = flows.add(Protocol.Dns + family, packet.vni, source, destination, udp.destinationPort(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const key = (udp.sourcePort(view, at) << 16) | dns.id(view, at + udp.size);
    const { frame, time } = packet;
    const way = wayOf(packet, view);
    noteRequestLink(observations, packet, view, tunnel, way);
    const size = packet.payloadEnd - packet.ipAt;
    let position = waiting.find(flow, key, 0);
    if (position < 0) {
      position = waiting.add(flow, key, 0, way, frame, size, ExchangeState.Waiting);
    } else if (waiting.state(position) === ExchangeState.Unmatched) {
      // Its response came before it.
      words[word + Word.UnmatchedReplies]--;
      observations.answers.roundTrip = waiting.time(position) - time;
      answer(observations, waiting.frame(position), size);
      waiting.replace(position, way, frame, size, ExchangeState.Answered);
    } else if (this.isRetry(position, time)) {
      if (waiting.fingerprint(position) === way) words[word + Word.Retransmitted]++;
      return;
    } else {
      waiting.replace(position, way, frame, size, ExchangeState.Waiting);
    }
    waiting.setTime(position, time);
    this.sample(key, flow, false, packet);
    if (words[word + Word.Requests]++ === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
    }
    doubles[double + Double.LastTime] = time;
  }

  observeResponse(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return observations.flows.decline();
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const { source, destination, family } = endpoints;
    const flow = flows.add(Protocol.Dns + family, packet.vni, destination, source, udp.sourcePort(view, at));
    if (flow < 0) return;
    const { words, word } = flows;
    const key = (udp.destinationPort(view, at) << 16) | dns.id(view, at + udp.size);
    const way = wayOf(packet, view);
    noteReplyLink(flows, packet, view, tunnel, way);
    const position = waiting.find(flow, key, 0);
    if (position < 0) {
      words[word + Word.UnmatchedReplies]++;
      const size = packet.payloadEnd - packet.ipAt;
      const added = waiting.add(flow, key, 0, way, packet.frame, size, ExchangeState.Unmatched);
      waiting.setTime(added, packet.time);
      this.sample(key, flow, true, packet);
      return;
    }
    if (waiting.state(position) !== ExchangeState.Waiting) {
      if (waiting.fingerprint(position) === way) words[word + Word.DuplicateReplies]++;
      return;
    }
    waiting.setState(position, ExchangeState.Answered);
    waiting.setFingerprint(position, way);
    this.sample(key, flow, true, packet);
    observations.answers.roundTrip = packet.time - waiting.time(position);
    answer(observations, packet.frame, waiting.size(position));
  }

  /** True when a query that was asked before is asked again: it waits for its response, or has not had it for long. */
  private isRetry(position: number, time: number): boolean {
    const { waiting, replyTimeout } = this.observations;
    return waiting.state(position) === ExchangeState.Waiting || time - waiting.time(position) <= replyTimeout;
  }

  private sample(key: number, flow: number, reply: boolean, packet: Packet): void {
    const { sourceHash, destinationHash } = this.endpoints;
    const { trajectory } = this.observations;
    const low = identityLow(0, key, !reply, sourceHash, destinationHash);
    if ((low & trajectory.selection) !== 0) return;
    trajectory.time = packet.time;
    const high = identityHigh(0, key, !reply, sourceHash, destinationHash);
    trajectory.add(low, high, flow, reply, key, packet.frame);
  }
}
