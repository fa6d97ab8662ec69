/** What requests and replies of every protocol have in common: the link layer they came in, and the answer. */
import type { Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { DONT_FRAGMENT, ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { PACKET_OTHERHOST } from '../wire/sll.ts';
import { Double, FlowFlag, type FlowTable, Word } from './flow-table.ts';
import type { Observations } from './observations.ts';

/** Notes MACs, packet type, time to live and tunnel of a request of the selected flow. */
export function noteRequestLink(flows: FlowTable, packet: Packet, view: DataView, tunnel: number): void {
  const { words, word } = flows;
  words[word + Word.RequestTunnel] = tunnel;
  if (packet.packetType >= 0) {
    words[word + Word.Flags] |= 1 << (packet.packetType & 7);
    if (packet.packetType === PACKET_OTHERHOST && words[word + Word.OtherHostFrame] === 0) {
      words[word + Word.OtherHostFrame] = packet.frame;
    }
  }
  if (packet.ipVersion === 4) {
    words[word + Word.RequestTimeToLive] = ipv4.timeToLive(view, packet.ipAt);
    if ((ipv4.flagsFragmentOffset(view, packet.ipAt) & DONT_FRAGMENT) !== 0)
      words[word + Word.Flags] |= FlowFlag.DontFragment;
  } else if (packet.ipVersion === 6) {
    words[word + Word.RequestTimeToLive] = ipv6.hopLimit(view, packet.ipAt);
  }
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

/** Notes MACs, packet type, time to live and tunnel of a reply of the selected flow. */
export function noteReplyLink(flows: FlowTable, packet: Packet, view: DataView, tunnel: number): void {
  const { words, word } = flows;
  words[word + Word.ReplyTunnel] = tunnel;
  if (words[word + Word.FirstReplyFrame] === 0) words[word + Word.FirstReplyFrame] = packet.frame;
  if (packet.packetType >= 0) words[word + Word.Flags] |= 256 << (packet.packetType & 7);
  if (packet.ipVersion === 4) words[word + Word.ReplyTimeToLive] = ipv4.timeToLive(view, packet.ipAt);
  else if (packet.ipVersion === 6) words[word + Word.ReplyTimeToLive] = ipv6.hopLimit(view, packet.ipAt);
  const at = packet.ethernetAt;
  if (at < 0) return;
  words[word + Word.Flags] |= FlowFlag.ReplyMac;
  words[word + Word.ReplyMacHigh] = (ethernet.sourceHigh(view, at) << 16) | ethernet.destinationHigh(view, at);
  words[word + Word.ReplySourceLow] = ethernet.sourceLow(view, at);
  words[word + Word.ReplyDestinationLow] = ethernet.destinationLow(view, at);
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
  words[word + Word.RttRow] = roundTrips.add(words[word + Word.RttRow], count);
  words[word + Word.RttCount] = count + 1;
}
