/** The link layer a flow's packets came in at one capture, as plain values. */
import { formatMac } from '../wire/address.ts';
import { FlowFlag, Word } from './flow-table.ts';
import type { Sighting } from './sighting.ts';

export { PACKET_OTHERHOST } from '../wire/sll.ts';

/** The MACs of a frame. */
export interface Macs {
  source: string;
  destination: string;
}

/** The link layer of a flow at one capture, read from the tables when it is asked for. */
export class LinkView {
  private readonly sighting: Sighting;

  constructor(sighting: Sighting) {
    this.sighting = sighting;
  }

  /** MACs of the newest request and the newest reply; null where the link type has none or there was none. */
  get request(): Macs | null {
    if ((this.at(Word.Flags) & FlowFlag.RequestMac) === 0) return null;
    return this.macs(Word.RequestMacHigh, Word.RequestSourceLow, Word.RequestDestinationLow);
  }

  get reply(): Macs | null {
    if ((this.at(Word.Flags) & FlowFlag.ReplyMac) === 0) return null;
    return this.macs(Word.ReplyMacHigh, Word.ReplySourceLow, Word.ReplyDestinationLow);
  }

  /** Destination MAC of the newest request. */
  get requestDestination(): string | null {
    if ((this.at(Word.Flags) & FlowFlag.RequestMac) === 0) return null;
    return formatMac(this.at(Word.RequestMacHigh) & 0xffff, this.at(Word.RequestDestinationLow));
  }

  /** True when requests came in another link layer before. */
  get hasChanged(): boolean {
    return this.at(Word.LinkChanges) !== 0 || (this.at(Word.Flags) & FlowFlag.LinksLeftOut) !== 0;
  }

  /** Bits of the Linux packet types of requests. */
  get requestTypes(): number {
    return this.at(Word.Flags) & 0xff;
  }

  get firstFrame(): number {
    return this.at(Word.FirstFrame);
  }

  get firstReplyFrame(): number {
    return this.at(Word.FirstReplyFrame);
  }

  get duplicateFrame(): number {
    return this.at(Word.DuplicateFrame);
  }

  get lateFrame(): number {
    return this.at(Word.LateFrame);
  }

  get requestTimeToLive(): number {
    return this.at(Word.TimesToLive) & 0xff;
  }

  get replyTimeToLive(): number {
    return (this.at(Word.TimesToLive) >>> 8) & 0xff;
  }

  /** Linux packet type of the newest request, or -1. */
  get packetType(): number {
    return ((this.at(Word.TimesToLive) >>> 16) & 0xff) - 1;
  }

  get dontFragment(): boolean {
    return (this.at(Word.Flags) & FlowFlag.DontFragment) !== 0;
  }

  /** Numbers of the requests' and replies' directions in the capture's tunnel table; -1 for bare. */
  get requestTunnel(): number {
    return this.at(Word.RequestTunnel);
  }

  get replyTunnel(): number {
    return this.at(Word.ReplyTunnel);
  }

  private at(field: Word): number {
    return this.sighting.word(field);
  }

  private macs(high: Word, source: Word, destination: Word): Macs {
    const highs = this.at(high);
    return {
      source: formatMac(highs >>> 16, this.at(source)),
      destination: formatMac(highs & 0xffff, this.at(destination)),
    };
  }
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
  const { request, requestTunnel, packetType } = new LinkView(sighting);
  periods.push({
    source: request?.source ?? null,
    destination: request?.destination ?? null,
    packetType,
    tunnel: requestTunnel,
    from,
    until: Number.POSITIVE_INFINITY,
    requests: words[word + Word.Requests] - counted,
  });
  return periods;
}
