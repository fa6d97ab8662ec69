/** The link layer a flow's packets came in at one capture, as plain values. */
import { formatMac } from '../wire/address.ts';
import { FlowFlag, Word } from './flow-table.ts';
import type { Sighting } from './sighting.ts';

export interface LinkView {
  /** MACs of the newest request and the newest reply; null where the link type has none or there was none. */
  request: { source: string; destination: string } | null;
  reply: { source: string; destination: string } | null;
  /** True when the MACs of requests were not the same throughout; the frame where they changed last. */
  changed: boolean;
  changeFrame: number;
  /** First request that the kernel marked as meant for another host; 0 for none. */
  otherHostFrame: number;
  /** Bits of the Linux packet types of requests. */
  requestTypes: number;
  firstFrame: number;
  firstReplyFrame: number;
  duplicateFrame: number;
  lateFrame: number;
  requestTimeToLive: number;
  replyTimeToLive: number;
  dontFragment: boolean;
  /** Numbers of the requests' and replies' directions in the capture's tunnel table; -1 for bare. */
  requestTunnel: number;
  replyTunnel: number;
}

/** The link layer of a flow at one capture, read from the tables. What is asked of very many flows, ask `Sighting.word`. */
export function linkView(sighting: Sighting): LinkView {
  const { flows } = sighting.vantage.observations;
  flows.select(sighting.flow);
  const { words, word } = flows;
  const at = (field: Word): number => words[word + field];
  const flags = at(Word.Flags);
  const requestHigh = at(Word.RequestMacHigh);
  const replyHigh = at(Word.ReplyMacHigh);
  return {
    request:
      (flags & FlowFlag.RequestMac) === 0
        ? null
        : {
            source: formatMac(requestHigh >>> 16, at(Word.RequestSourceLow)),
            destination: formatMac(requestHigh & 0xffff, at(Word.RequestDestinationLow)),
          },
    reply:
      (flags & FlowFlag.ReplyMac) === 0
        ? null
        : {
            source: formatMac(replyHigh >>> 16, at(Word.ReplySourceLow)),
            destination: formatMac(replyHigh & 0xffff, at(Word.ReplyDestinationLow)),
          },
    changed: (flags & FlowFlag.MacChanged) !== 0,
    changeFrame: at(Word.MacChangeFrame),
    otherHostFrame: at(Word.OtherHostFrame),
    requestTypes: flags & 0xff,
    firstFrame: at(Word.FirstFrame),
    firstReplyFrame: at(Word.FirstReplyFrame),
    duplicateFrame: at(Word.DuplicateFrame),
    lateFrame: at(Word.LateFrame),
    requestTimeToLive: at(Word.TimesToLive) & 0xff,
    replyTimeToLive: at(Word.TimesToLive) >>> 8,
    dontFragment: (flags & FlowFlag.DontFragment) !== 0,
    requestTunnel: at(Word.RequestTunnel),
    replyTunnel: at(Word.ReplyTunnel),
  };
}
