/** The link layer a flow's packets came in at one capture, as plain values. */
import { formatMac } from '../wire/address.ts';
import { FlowFlag, Word } from './flow-table.ts';
import type { Sighting } from './sighting.ts';

export { PACKET_OTHERHOST } from '../wire/sll.ts';

export interface LinkView {
  /** MACs of the newest request and the newest reply; null where the link type has none or there was none. */
  request: { source: string; destination: string } | null;
  reply: { source: string; destination: string } | null;
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
    otherHostFrame: at(Word.OtherHostFrame),
    requestTypes: flags & 0xff,
    firstFrame: at(Word.FirstFrame),
    firstReplyFrame: at(Word.FirstReplyFrame),
    duplicateFrame: at(Word.DuplicateFrame),
    lateFrame: at(Word.LateFrame),
    requestTimeToLive: at(Word.TimesToLive) & 0xff,
    replyTimeToLive: (at(Word.TimesToLive) >>> 8) & 0xff,
    dontFragment: (flags & FlowFlag.DontFragment) !== 0,
    requestTunnel: at(Word.RequestTunnel),
    replyTunnel: at(Word.ReplyTunnel),
  };
}

/** A time in which all requests of a flow came in one link layer. */
export interface LinkPeriod {
  source: string | null;
  /** MACs; null where the link type has none. */
  destination: string | null;
  /** Linux packet type, or -1. */
  packetType: number;
  /** Row of the tunnel table, -1 for bare. */
  tunnel: number;
  /** The first frame, and the first behind it that came differently; infinite when none did. */
  from: number;
  until: number;
  /** Requests in that time; a packet that was met again at another device of the capture is none. */
  requests: number;
}

/**
 * The link layers that a flow's requests had one after the other at one capture, oldest first. What came after more
 * changes than are kept is left out.
 */
export function linkPeriods(sighting: Sighting): LinkPeriod[] {
  const { flows, linkChanges } = sighting.vantage.observations;
  flows.select(sighting.flow);
  const { words, word } = flows;
  const periods: LinkPeriod[] = [];
  let from = words[word + Word.FirstFrame];
  let counted = 0;
  for (const change of linkChanges.list(words[word + Word.LinkChanges])) {
    const { hasMacs, macHigh, sourceLow, destinationLow, packetType, tunnel, until, requests } = change;
    periods.push({
      source: hasMacs ? formatMac(macHigh >>> 16, sourceLow) : null,
      destination: hasMacs ? formatMac(macHigh & 0xffff, destinationLow) : null,
      ...{ packetType, tunnel, from, until, requests: requests - counted },
    });
    from = until;
    counted = requests;
  }
  if ((words[word + Word.Flags] & FlowFlag.LinksLeftOut) !== 0) return periods;
  const { request, requestTunnel } = linkView(sighting);
  periods.push({
    source: request?.source ?? null,
    destination: request?.destination ?? null,
    packetType: ((words[word + Word.TimesToLive] >>> 16) & 0xff) - 1,
    tunnel: requestTunnel,
    from,
    until: Number.POSITIVE_INFINITY,
    requests: words[word + Word.Requests] - counted,
  });
  return periods;
}
