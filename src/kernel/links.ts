/**
 * The link layer that requests and replies of a flow came in: Ethernet, in a capture that tells no packet types; as
 * `noteRequestLink` and `noteReplyLink` note it.
 */
import {
  Digest,
  DONT_FRAGMENT,
  ethernet,
  FlowFlag,
  ipv4,
  LINK_CHANGE_WORDS,
  LinkField,
  MAXIMUM_LINK_CHANGES,
  MOST_LINK_CHANGES,
  Ordinary,
  State,
  Word,
} from './declarations.ts';
import { setState, setWord, state, word } from './memory.ts';
import { NOT_TAKEN, tunnelOf } from './tunnels.ts';

/**
 * Notes the link layer of a request, number `number` of the capture, if it came another way than those before or is the
 * first. Returns the number of its tunnel direction, or `NO_TUNNEL`; and `NOT_TAKEN` when there is no room for the
 * direction: then nothing was noted.
 */
export function noteRequest(record: usize, row: usize, frame: usize, number: i32): i32 {
  const way = word(record, Word.RequestWay);
  if (way === word(row, Digest.Way)) return known(word(record, Word.RequestTunnel), row);
  const tunnel = tunnelOf(row, frame);
  if (tunnel === NOT_TAKEN) return NOT_TAKEN;
  const link = linkOf(row, frame);
  if (way !== 0 && isOtherLink(record, link, tunnel)) addChange(record, number);
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

/** Notes that of a reply; takes and returns what `noteRequest` does. */
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

/** True when the flow's requests came in another link layer up to now than the one at `link` in that tunnel. */
function isOtherLink(record: usize, link: usize, tunnel: i32): bool {
  if (word(record, Word.RequestTunnel) !== tunnel || packetTypeOf(record) !== 0) return true;
  if ((word(record, Word.Flags) & FlowFlag.RequestMac) === 0) return false;
  return (
    word(record, Word.RequestDestinationLow) !== ethernet.destinationLow(link) ||
    word(record, Word.RequestSourceLow) !== ethernet.sourceLow(link) ||
    word(record, Word.RequestMacHigh) !== macHigh(link)
  );
}

/** Keeps the link layer of a flow's requests, which ends before frame `number`; as `LinkChanges` does. */
export function addChange(record: usize, number: i32): void {
  const flags = word(record, Word.Flags);
  if ((flags & FlowFlag.LinksLeftOut) !== 0) return;
  const changes: usize = state(State.LinkChanges);
  const count = state(State.LinkChangeCount);
  const before = word(record, Word.LinkChanges);
  if (count >= MAXIMUM_LINK_CHANGES || lengthOf(changes, before) >= MOST_LINK_CHANGES) {
    setWord(record, Word.Flags, flags | FlowFlag.LinksLeftOut);
    return;
  }
  const change = changeAt(changes, count + 1);
  setWord(change, LinkField.MacHigh, word(record, Word.RequestMacHigh));
  setWord(change, LinkField.SourceLow, word(record, Word.RequestSourceLow));
  setWord(change, LinkField.DestinationLow, word(record, Word.RequestDestinationLow));
  setWord(change, LinkField.Tunnel, word(record, Word.RequestTunnel));
  setWord(change, LinkField.Form, (packetTypeOf(record) << 1) | i32((flags & FlowFlag.RequestMac) !== 0));
  setWord(change, LinkField.Until, number);
  setWord(change, LinkField.Requests, word(record, Word.Requests));
  setWord(change, LinkField.Before, before);
  setState(State.LinkChangeCount, count + 1);
  setWord(record, Word.LinkChanges, count + 1);
}

/** How many changes are in the list that ends with that entry, counted from 1. */
function lengthOf(changes: usize, last: i32): i32 {
  let length = 0;
  for (let entry = last; entry > 0; entry = word(changeAt(changes, entry), LinkField.Before)) length++;
  return length;
}

function changeAt(changes: usize, entry: i32): usize {
  return changes + ((<usize>(entry - 1) * LINK_CHANGE_WORDS) << 2);
}

/** Linux packet type of the flow's newest request plus one; 0 in Ethernet. */
function packetTypeOf(record: usize): i32 {
  return (word(record, Word.TimesToLive) >>> 16) & 0xff;
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
