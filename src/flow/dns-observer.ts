/**
 * DNS queries over UDP and their responses (RFC 1035 section 4.1.1), matched by port and message id.
 * A query repeated with the same id is a retry of the same exchange.
 */
import type { Packet } from '../decode/packet.ts';
import { dns } from '../wire/dns.ts';
import { isMulticastOrBroadcast } from '../wire/ipv4.ts';
import { udp } from '../wire/udp.ts';
import { Endpoints } from './endpoints.ts';
import { answer, noteReplyLink, noteRequestLink } from './exchange.ts';
import { Double, Word } from './flow-table.ts';
import { type Observations, Protocol } from './observations.ts';
import { ExchangeState } from './waiting-table.ts';

export class DnsObserver {
  private readonly observations: Observations;
  private readonly endpoints = new Endpoints();

  constructor(observations: Observations) {
    this.observations = observations;
  }

  observeQuery(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return;
    const { source, destination, family } = endpoints;
    if (family === 0 && isMulticastOrBroadcast(destination)) return;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const flow = flows.add(Protocol.Dns + family, packet.vni, source, destination, udp.destinationPort(view, at));
    if (flow < 0) return;
    const { words, doubles, word, double } = flows;
    const key = (udp.sourcePort(view, at) << 16) | dns.id(view, at + udp.size);
    noteRequestLink(flows, packet, view, tunnel);
    const position = waiting.find(flow, key, 0);
    if (position >= 0) {
      if (waiting.state(position) === ExchangeState.Waiting) {
        words[word + Word.Retransmitted]++;
        return;
      }
      waiting.remove(position);
    }
    const { frame, time } = packet;
    const size = packet.payloadEnd - packet.ipAt;
    waiting.setTime(waiting.add(flow, key, 0, 0, frame, size, ExchangeState.Waiting), time);
    if (words[word + Word.Requests]++ === 0) {
      words[word + Word.FirstFrame] = frame;
      doubles[double + Double.FirstTime] = time;
    }
    words[word + Word.NewestFrame] = frame;
    doubles[double + Double.LastTime] = time;
  }

  observeResponse(packet: Packet, view: DataView, tunnel: number): void {
    const { observations, endpoints } = this;
    if (!endpoints.read(observations.addresses, packet, view)) return;
    const { flows, waiting } = observations;
    const at = packet.transportAt;
    const { source, destination, family } = endpoints;
    const flow = flows.add(Protocol.Dns + family, packet.vni, destination, source, udp.sourcePort(view, at));
    if (flow < 0) return;
    const { words, word } = flows;
    const key = (udp.destinationPort(view, at) << 16) | dns.id(view, at + udp.size);
    noteReplyLink(flows, packet, view, tunnel);
    const position = waiting.find(flow, key, 0);
    if (position < 0) {
      words[word + Word.UnmatchedReplies]++;
      const size = packet.payloadEnd - packet.ipAt;
      waiting.setTime(waiting.add(flow, key, 0, 0, packet.frame, size, ExchangeState.Unmatched), packet.time);
      return;
    }
    if (waiting.state(position) !== ExchangeState.Waiting) {
      words[word + Word.DuplicateReplies]++;
      return;
    }
    waiting.setState(position, ExchangeState.Answered);
    observations.roundTrips.latest = packet.time - waiting.time(position);
    answer(observations, packet.frame, waiting.size(position));
  }
}
