/**
 * The link layer that requests and replies of a flow came in: Ethernet, in a capture that tells no packet types; as
 * `noteRequestLink` and `noteReplyLink` note it.
 */
import { Digest, DONT_FRAGMENT, ethernet, FlowFlag, ipv4, Ordinary, Word } from './declarations.ts';
import { setWord, word } from './memory.ts';
import { NOT_TAKEN, tunnelOf } from './tunnels.ts';

/**
 * Notes the link layer of a request if it is the first of its flow. Returns the number of its tunnel direction, or
 * `NO_TUNNEL`; and `NOT_TAKEN` when there is no room for the direction, or requests came another way up to now: then
 * nothing was noted.
 */
export function noteRequest(record: usize, row: usize, frame: usize): i32 {
  const way = word(record, Word.RequestWay);
  if (way === word(row, Digest.Way)) return known(word(record, Word.RequestTunnel), row);
  const tunnel = way === 0 ? tunnelOf(row, frame) : NOT_TAKEN;
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  const link = linkOf(row, frame);
  const flags = FlowFlag.RequestMac | (isWhole(row, frame) ? FlowFlag.DontFragment : 0);
  setWord(record, Word.RequestWay, word(row, Digest.Way));
  setWord(record, Word.RequestTunnel, tunnel);
  setWord(record, Word.TimesToLive, (word(record, Word.TimesToLive) & 0xff00) | hopsOf(row, frame));
  setWord(record, Word.Flags, word(record, Word.Flags) | flags);
  setWord(record, Word.RequestMacHigh, macHigh(link));
  setWord(record, Word.RequestSourceLow, ethernet.sourceLow(link));
  setWord(record, Word.RequestDestinationLow, ethernet.destinationLow(link));
  return tunnel;
}

/**
 * Notes that of a reply, number `number` of the capture, if it came another way than those before or is the first.
 * Returns what `noteRequest` does.
 */
export function noteReply(record: usize, row: usize, frame: usize, number: i32): i32 {
  if (word(record, Word.ReplyWay) === word(row, Digest.Way)) return known(word(record, Word.ReplyTunnel), row);
  const tunnel = tunnelOf(row, frame);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  const link = linkOf(row, frame);
  setWord(record, Word.ReplyWay, word(row, Digest.Way));
  setWord(record, Word.ReplyTunnel, tunnel);
  setWord(record, Word.TimesToLive, (word(record, Word.TimesToLive) & ~0xff00) | (hopsOf(row, frame) << 8));
  if (word(record, Word.FirstReplyFrame) === 0) setWord(record, Word.FirstReplyFrame, number);
  setWord(record, Word.Flags, word(record, Word.Flags) | FlowFlag.ReplyMac);
  setWord(record, Word.ReplyMacHigh, macHigh(link));
  setWord(record, Word.ReplySourceLow, ethernet.sourceLow(link));
  setWord(record, Word.ReplyDestinationLow, ethernet.destinationLow(link));
  return tunnel;
}

/** The tunnel direction that a record names; `NOT_TAKEN` when it names none of a packet in a tunnel, for which there was no room. */
function known(tunnel: i32, row: usize): i32 {
  return tunnel < 0 && word(row, Digest.OuterLength) !== 0 ? NOT_TAKEN : tunnel;
}

/** Time to live; 0 of ARP, which no router passes on. */
function hopsOf(row: usize, frame: usize): i32 {
  return isResolution(row) ? 0 : ipv4.timeToLive(frame + word(row, Digest.Ip));
}

/** True when routers may not fragment the packet. */
function isWhole(row: usize, frame: usize): bool {
  if (isResolution(row)) return false;
  return (ipv4.flagsFragmentOffset(frame + word(row, Digest.Ip)) & DONT_FRAGMENT) !== 0;
}

function isResolution(row: usize): bool {
  return word(row, Digest.Kind) === Ordinary.ArpRequest || word(row, Digest.Kind) === Ordinary.ArpReply;
}

/** Address of the innermost Ethernet header: outside any tunnel there may be a tag behind it. */
function linkOf(row: usize, frame: usize): usize {
  return word(row, Digest.OuterLength) === 0 ? frame : frame + word(row, Digest.Ip) - ethernet.size;
}

/** High halves of both MACs: source << 16 | destination. */
function macHigh(link: usize): i32 {
  return (ethernet.sourceHigh(link) << 16) | ethernet.destinationHigh(link);
}
