/** What requests and replies of every protocol have in common: the link layer they came in, and the answer. */
import type { Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { DONT_FRAGMENT, ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { PACKET_OTHERHOST } from '../wire/sll.ts';
import { Double, FlowFlag, type FlowTable, Word } from './flow-table.ts';
import type { Observations } from './observations.ts';

/**
 * Notes MACs, packet type, time to live and tunnel of a request of the selected flow, `way` being its
 * `wayOf`. As a rule nothing has changed since the request before.
 */
export function noteRequestLink(flows: FlowTable, packet: Packet, view: DataView, tunnel: number, way: number): void {
  const { words, word } = flows;
  if (words[word + Word.RequestWay] === way) return;
  words[word + Word.RequestWay] = way;
  words[word + Word.RequestTunnel] = tunnel;
  if (packet.packetType >= 0) {
    words[word + Word.Flags] |= 1 << (packet.packetType & 7);
    if (packet.packetType === PACKET_OTHERHOST && words[word + Word.OtherHostFrame] === 0) {
      words[word + Word.OtherHostFrame] = packet.frame;
    }
  }
  if (packet.ipVersion === 4) {
    if ((ipv4.flagsFragmentOffset(view, packet.ipAt) & DONT_FRAGMENT) !== 0)
      words[word + Word.Flags] |= FlowFlag.DontFragment;
  }
  words[word + Word.TimesToLive] = (words[word + Word.TimesToLive] & ~0xff) | hopsLeft(packet, view);
  const at = packet.ethernetAt;
  if (at < 0) return;
  const high = (ethernet.sourceHigh(view, at) << 16) | ethernet.destinationHigh(view, at);
  const source = ethernet.sourceLow(view, at);
  const destination = ethernet.destinationLow(view, at);
  if ((words[word + Word.Flags] & FlowFlag.RequestMac) === 0) {
    words[word + Word.Flags] |= FlowFlag.RequestMac;
  } else if (
    words[word + Word.RequestDestinationLow] === destination &&
    words[word + Word.RequestSourceLow] === source &&
    words[word + Word.RequestMacHigh] === high
  ) {
    return;
  } else {
    words[word + Word.Flags] |= FlowFlag.MacChanged;
    words[word + Word.MacChangeFrame] = packet.frame;
  }
  words[word + Word.RequestMacHigh] = high;
  words[word + Word.RequestSourceLow] = source;
  words[word + Word.RequestDestinationLow] = destination;
}

/** Notes the same of a reply. */
export function noteReplyLink(flows: FlowTable, packet: Packet, view: DataView, tunnel: number, way: number): void {
  const { words, word } = flows;
  if (words[word + Word.ReplyWay] === way) return;
  words[word + Word.ReplyWay] = way;
  words[word + Word.ReplyTunnel] = tunnel;
  if (words[word + Word.FirstReplyFrame] === 0) words[word + Word.FirstReplyFrame] = packet.frame;
  if (packet.packetType >= 0) words[word + Word.Flags] |= 256 << (packet.packetType & 7);
  words[word + Word.TimesToLive] = (words[word + Word.TimesToLive] & 0xff) | (hopsLeft(packet, view) << 8);
  const at = packet.ethernetAt;
  if (at < 0) return;
  words[word + Word.Flags] |= FlowFlag.ReplyMac;
  words[word + Word.ReplyMacHigh] = (ethernet.sourceHigh(view, at) << 16) | ethernet.destinationHigh(view, at);
  words[word + Word.ReplySourceLow] = ethernet.sourceLow(view, at);
  words[word + Word.ReplyDestinationLow] = ethernet.destinationLow(view, at);
}

/** Time to live or hop limit of the innermost packet; 0 where it is no IP. */
function hopsLeft(packet: Packet, view: DataView): number {
  if (packet.ipVersion === 4) return ipv4.timeToLive(view, packet.ipAt);
  return packet.ipVersion === 6 ? ipv6.hopLimit(view, packet.ipAt) : 0;
}

/**
 * Counts an answered request of the selected flow: its round-trip time in nanoseconds is
 * `roundTrips.latest`, `size` that of the request in bytes, `frame` the reply's.
 */
export function answer(observations: Observations, frame: number, size: number): void {
  const { flows, roundTrips } = observations;
  const { words, doubles, word, double } = flows;
  const roundTrip = roundTrips.latest;
  words[word + Word.Answered]++;
  if (size > words[word + Word.LargestAnswered]) words[word + Word.LargestAnswered] = size;
  if (!(roundTrip >= 0)) return;
  if (roundTrip > observations.replyTimeout) {
    words[word + Word.Late]++;
    if (words[word + Word.LateFrame] === 0) words[word + Word.LateFrame] = frame;
  }
  const count = words[word + Word.RttCount];
  if (count === 0 || roundTrip < doubles[double + Double.RttMinimum]) doubles[double + Double.RttMinimum] = roundTrip;
  if (count === 0 || roundTrip > doubles[double + Double.RttMaximum]) doubles[double + Double.RttMaximum] = roundTrip;
  roundTrips.add(flows);
}
