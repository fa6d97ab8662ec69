/** The link layer that requests and replies of a flow came in: Ethernet, in a capture that tells no packet types; as `noteRequestLink` and `noteReplyLink` note it. */
import { Digest, DONT_FRAGMENT, ethernet, FlowFlag, INNER_ETHERNET, INNER_IP, ipv4, Word } from './declarations.ts';
import { setWord, word } from './memory.ts';
import { tunnelOf } from './tunnels.ts';

/**
 * Notes the link layer of a request if it is the first of its flow. Returns the number of its tunnel direction; -1 when
 * that is not known, or requests of the flow came another way up to now, and nothing was noted.
 */
export function noteRequest(record: usize, row: usize, frame: usize): i32 {
  const way = word(record, Word.RequestWay);
  if (way === word(row, Digest.Way)) return word(record, Word.RequestTunnel);
  const tunnel = way === 0 ? tunnelOf(frame) : -1;
  if (tunnel < 0) return -1;
  const link = frame + INNER_ETHERNET;
  const ip = frame + INNER_IP;
  const isWhole = (ipv4.flagsFragmentOffset(ip) & DONT_FRAGMENT) !== 0;
  setWord(record, Word.RequestWay, word(row, Digest.Way));
  setWord(record, Word.RequestTunnel, tunnel);
  setWord(record, Word.TimesToLive, (word(record, Word.TimesToLive) & 0xff00) | ipv4.timeToLive(ip));
  const flags = FlowFlag.RequestMac | (isWhole ? FlowFlag.DontFragment : 0);
  setWord(record, Word.Flags, word(record, Word.Flags) | flags);
  setWord(record, Word.RequestMacHigh, macHigh(link));
  setWord(record, Word.RequestSourceLow, ethernet.sourceLow(link));
  setWord(record, Word.RequestDestinationLow, ethernet.destinationLow(link));
  return tunnel;
}

/**
 * Notes that of a reply, number `number` of the capture, if it came another way than those before or is the first.
 * Returns the number of its tunnel direction; -1 when it is not known, and nothing was noted.
 */
export function noteReply(record: usize, row: usize, frame: usize, number: i32): i32 {
  if (word(record, Word.ReplyWay) === word(row, Digest.Way)) return word(record, Word.ReplyTunnel);
  const tunnel = tunnelOf(frame);
  if (tunnel < 0) return -1;
  const link = frame + INNER_ETHERNET;
  const hops = ipv4.timeToLive(frame + INNER_IP) << 8;
  setWord(record, Word.ReplyWay, word(row, Digest.Way));
  setWord(record, Word.ReplyTunnel, tunnel);
  setWord(record, Word.TimesToLive, (word(record, Word.TimesToLive) & ~0xff00) | hops);
  if (word(record, Word.FirstReplyFrame) === 0) setWord(record, Word.FirstReplyFrame, number);
  setWord(record, Word.Flags, word(record, Word.Flags) | FlowFlag.ReplyMac);
  setWord(record, Word.ReplyMacHigh, macHigh(link));
  setWord(record, Word.ReplySourceLow, ethernet.sourceLow(link));
  setWord(record, Word.ReplyDestinationLow, ethernet.destinationLow(link));
  return tunnel;
}

/** High halves of both MACs: source << 16 | destination. */
function macHigh(link: usize): i32 {
  return (ethernet.sourceHigh(link) << 16) | ethernet.destinationHigh(link);
}
