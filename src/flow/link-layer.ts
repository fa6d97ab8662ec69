/** The link layer that requests and replies of a flow came in. As a rule nothing has changed since the packet before. */
import type { Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { DONT_FRAGMENT, ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { PACKET_OTHERHOST } from '../wire/sll.ts';
import { FlowFlag, type FlowTable, Word } from './flow-table.ts';
import type { Observations } from './observations.ts';

/** What is kept of a packet's link layer, and of the IP header as far as hops change or obey it. */
class LinkLayer {
  frame = 0;
  /** Linux packet type, or -1. */
  packetType = -1;
  timeToLive = 0;
  isWhole = false;
  /** False where the link type has no MACs, which then mean nothing. */
  hasMacs = false;
  /** Source << 16 | destination. */
  macHigh = 0;
  sourceLow = 0;
  destinationLow = 0;

  readPacket(packet: Packet, view: DataView): void {
    const { ipVersion, ipAt, ethernetAt: at } = packet;
    this.frame = packet.frame;
    this.packetType = packet.packetType;
    this.timeToLive = ipVersion === 4 ? ipv4.timeToLive(view, ipAt) : ipVersion === 6 ? ipv6.hopLimit(view, ipAt) : 0;
    this.isWhole = ipVersion === 4 && (ipv4.flagsFragmentOffset(view, ipAt) & DONT_FRAGMENT) !== 0;
    this.hasMacs = at >= 0;
    if (at < 0) return;
    this.macHigh = (ethernet.sourceHigh(view, at) << 16) | ethernet.destinationHigh(view, at);
    this.sourceLow = ethernet.sourceLow(view, at);
    this.destinationLow = ethernet.destinationLow(view, at);
  }
}

const inHand = new LinkLayer();

/**
 * Notes MACs, packet type, time to live and tunnel of a request of the selected flow, `way` being its
 * `wayOf`.
 */
export function noteRequestLink(
  observations: Observations,
  packet: Packet,
  view: DataView,
  tunnel: number,
  way: number,
): void {
  const { flows } = observations;
  if (flows.words[flows.word + Word.RequestWay] === way) return;
  inHand.readPacket(packet, view);
  if (isOtherLink(flows, tunnel)) observations.linkChanges.add(flows, packet.frame);
  noteRequest(flows, tunnel, way);
}

/** Notes the same of a reply. */
export function noteReplyLink(flows: FlowTable, packet: Packet, view: DataView, tunnel: number, way: number): void {
  if (flows.words[flows.word + Word.ReplyWay] === way) return;
  inHand.readPacket(packet, view);
  noteReply(flows, tunnel, way);
}

/** True when the selected flow's requests came in another link layer up to now than the packet in hand. */
function isOtherLink({ words, word }: FlowTable, tunnel: number): boolean {
  if (words[word + Word.RequestWay] === 0) return false;
  if (words[word + Word.RequestTunnel] !== tunnel) return true;
  if (((words[word + Word.TimesToLive] >>> 16) & 0xff) !== inHand.packetType + 1) return true;
  if (!inHand.hasMacs || (words[word + Word.Flags] & FlowFlag.RequestMac) === 0) return false;
  return (
    words[word + Word.RequestDestinationLow] !== inHand.destinationLow ||
    words[word + Word.RequestSourceLow] !== inHand.sourceLow ||
    words[word + Word.RequestMacHigh] !== inHand.macHigh
  );
}

function noteRequest(flows: FlowTable, tunnel: number, way: number): void {
  const { words, word } = flows;
  const { frame, packetType, macHigh, sourceLow, destinationLow } = inHand;
  words[word + Word.RequestWay] = way;
  words[word + Word.RequestTunnel] = tunnel;
  words[word + Word.TimesToLive] =
    (words[word + Word.TimesToLive] & 0xff00) | inHand.timeToLive | ((packetType + 1) << 16);
  if (inHand.isWhole) words[word + Word.Flags] |= FlowFlag.DontFragment;
  if (packetType >= 0) {
    words[word + Word.Flags] |= 1 << (packetType & 7);
    if (packetType === PACKET_OTHERHOST && words[word + Word.OtherHostFrame] === 0) {
      words[word + Word.OtherHostFrame] = frame;
    }
  }
  if (!inHand.hasMacs) return;
  words[word + Word.Flags] |= FlowFlag.RequestMac;
  words[word + Word.RequestMacHigh] = macHigh;
  words[word + Word.RequestSourceLow] = sourceLow;
  words[word + Word.RequestDestinationLow] = destinationLow;
}

function noteReply(flows: FlowTable, tunnel: number, way: number): void {
  const { words, word } = flows;
  const { packetType } = inHand;
  words[word + Word.ReplyWay] = way;
  words[word + Word.ReplyTunnel] = tunnel;
  words[word + Word.TimesToLive] = (words[word + Word.TimesToLive] & ~0xff00) | (inHand.timeToLive << 8);
  if (words[word + Word.FirstReplyFrame] === 0) words[word + Word.FirstReplyFrame] = inHand.frame;
  if (packetType >= 0) words[word + Word.Flags] |= 256 << (packetType & 7);
  if (!inHand.hasMacs) return;
  words[word + Word.Flags] |= FlowFlag.ReplyMac;
  words[word + Word.ReplyMacHigh] = inHand.macHigh;
  words[word + Word.ReplySourceLow] = inHand.sourceLow;
  words[word + Word.ReplyDestinationLow] = inHand.destinationLow;
}
