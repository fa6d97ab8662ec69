/** The link layer that requests and replies of a flow came in: Ethernet, in a capture that tells no packet types; as `noteRequestLink` and `noteReplyLink` note it. */
import { Digest, DONT_FRAGMENT, ethernet, FlowFlag, INNER_ETHERNET, INNER_IP, ipv4, Word } from './declarations.ts';
import { setWord, word } from './memory.ts';

/** Notes the link layer of the first request of a flow, which is the frame at `frame`. */
export function noteFirstRequest(record: usize, row: usize, frame: usize, tunnel: i32): void {
  const link = frame + INNER_ETHERNET;
  const ip = frame + INNER_IP;
  const isWhole = (ipv4.flagsFragmentOffset(ip) & DONT_FRAGMENT) !== 0;
  setWord(record, Word.RequestWay, word(row, Digest.Way));
  setWord(record, Word.RequestTunnel, tunnel);
  setWord(record, Word.TimesToLive, ipv4.timeToLive(ip));
  setWord(record, Word.Flags, FlowFlag.RequestMac | (isWhole ? FlowFlag.DontFragment : 0));
  setWord(record, Word.RequestMacHigh, macHigh(link));
  setWord(record, Word.RequestSourceLow, ethernet.sourceLow(link));
  setWord(record, Word.RequestDestinationLow, ethernet.destinationLow(link));
}

/** Notes that of a reply which came another way than those before, or is the first: number `number` of the capture. */
export function noteReply(record: usize, row: usize, frame: usize, tunnel: i32, number: i32): void {
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
}

/** High halves of both MACs: source << 16 | destination. */
function macHigh(link: usize): i32 {
  return (ethernet.sourceHigh(link) << 16) | ethernet.destinationHigh(link);
}
