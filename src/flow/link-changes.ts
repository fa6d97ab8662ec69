/**
 * The link layers that requests of a flow came in before the one they come in now, as linked lists, one a flow.
 *
 * As a rule a flow has one link layer, which stands in its record, and no list. Where it changes, the one
 * before is kept with the frame that came differently: an entry for every change.
 */
import { FlowFlag, type FlowTable, Word } from './flow-table.ts';

const STRIDE = 8;
/** Changes kept of a flow: the first ones. */
const MOST_OF_FLOW = 8;
/** Changes kept of a capture, all flows together. */
const LIMIT = 1 << 18;

enum Field {
  MacHigh,
  SourceLow,
  DestinationLow,
  Tunnel,
  /** Linux packet type plus one << 1 | 1 where there are MACs. */
  Form,
  /** First frame that came differently. */
  Until,
  /** Requests of the flow up to then. */
  Requests,
  /** The entry before, plus one; 0 for none. */
  Before,
}

/** A link layer that requests had until a frame. */
export interface LinkChange {
  hasMacs: boolean;
  macHigh: number;
  sourceLow: number;
  destinationLow: number;
  /** Row of the tunnel table, -1 for bare. */
  tunnel: number;
  /** Linux packet type, or -1. */
  packetType: number;
  /** The first frame that came differently, and the flow's requests up to then. */
  until: number;
  requests: number;
}

export class LinkChanges {
  count = 0;
  private words = new Int32Array(64 * STRIDE);

  /** Keeps the link layer of the selected flow's requests, as its record has it, which ends before `frame`. */
  add(flows: FlowTable, frame: number): void {
    const { words, word } = flows;
    if ((words[word + Word.Flags] & FlowFlag.LinksLeftOut) !== 0) return;
    if (this.count >= LIMIT || this.length(words[word + Word.LinkChanges]) >= MOST_OF_FLOW) {
      words[word + Word.Flags] |= FlowFlag.LinksLeftOut;
      return;
    }
    const at = this.count++ * STRIDE;
    if (at >= this.words.length) this.grow();
    const own = this.words;
    const hasMacs = (words[word + Word.Flags] & FlowFlag.RequestMac) === 0 ? 0 : 1;
    own[at + Field.MacHigh] = words[word + Word.RequestMacHigh];
    own[at + Field.SourceLow] = words[word + Word.RequestSourceLow];
    own[at + Field.DestinationLow] = words[word + Word.RequestDestinationLow];
    own[at + Field.Tunnel] = words[word + Word.RequestTunnel];
    own[at + Field.Form] = (((words[word + Word.TimesToLive] >>> 16) & 0xff) << 1) | hasMacs;
    own[at + Field.Until] = frame;
    own[at + Field.Requests] = words[word + Word.Requests];
    own[at + Field.Before] = words[word + Word.LinkChanges];
    words[word + Word.LinkChanges] = this.count;
  }

  /** The changes of the flow whose `Word.LinkChanges` is `list`, oldest first. */
  list(list: number): LinkChange[] {
    const { words } = this;
    const changes: LinkChange[] = [];
    for (let entry = list; entry > 0; entry = words[(entry - 1) * STRIDE + Field.Before]) {
      const at = (entry - 1) * STRIDE;
      const form = words[at + Field.Form];
      changes.push({
        hasMacs: (form & 1) === 1,
        macHigh: words[at + Field.MacHigh],
        sourceLow: words[at + Field.SourceLow],
        destinationLow: words[at + Field.DestinationLow],
        tunnel: words[at + Field.Tunnel],
        packetType: (form >> 1) - 1,
        until: words[at + Field.Until],
        requests: words[at + Field.Requests],
      });
    }
    return changes.reverse();
  }

  private length(list: number): number {
    let length = 0;
    for (let entry = list; entry > 0; entry = this.words[(entry - 1) * STRIDE + Field.Before]) length++;
    return length;
  }

  private grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
