/**
 * The link layers that requests of a flow came in before the one they come in now, as linked lists, one a flow.
 *
 * As a rule a flow has one link layer, which stands in its record, and no list. Where it changes, the one
 * before is kept with the frame that came differently: an entry for every change.
 */
import { FlowFlag, type FlowTable, Word } from './flow-table.ts';
import { TableMemory } from './table-memory.ts';

/** Words of an entry. */
export const LINK_CHANGE_WORDS = 8;
/** Changes kept of a flow: the first ones. */
export const MOST_LINK_CHANGES = 8;
/** Changes kept of a capture, all flows together. */
export const MAXIMUM_LINK_CHANGES = 1 << 18;

export enum LinkField {
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
  /** The kernel counts, too. */
  count = 0;
  readonly words: Int32Array;

  constructor(memory = new TableMemory()) {
    this.words = memory.words(MAXIMUM_LINK_CHANGES * LINK_CHANGE_WORDS);
  }

  /** Keeps the link layer of the selected flow's requests, as its record has it, which ends before `frame`. */
  add(flows: FlowTable, frame: number): void {
    const { words, word } = flows;
    if ((words[word + Word.Flags] & FlowFlag.LinksLeftOut) !== 0) return;
    if (this.count >= MAXIMUM_LINK_CHANGES || this.length(words[word + Word.LinkChanges]) >= MOST_LINK_CHANGES) {
      words[word + Word.Flags] |= FlowFlag.LinksLeftOut;
      return;
    }
    const at = this.count++ * LINK_CHANGE_WORDS;
    const own = this.words;
    const hasMacs = (words[word + Word.Flags] & FlowFlag.RequestMac) === 0 ? 0 : 1;
    own[at + LinkField.MacHigh] = words[word + Word.RequestMacHigh];
    own[at + LinkField.SourceLow] = words[word + Word.RequestSourceLow];
    own[at + LinkField.DestinationLow] = words[word + Word.RequestDestinationLow];
    own[at + LinkField.Tunnel] = words[word + Word.RequestTunnel];
    own[at + LinkField.Form] = (((words[word + Word.TimesToLive] >>> 16) & 0xff) << 1) | hasMacs;
    own[at + LinkField.Until] = frame;
    own[at + LinkField.Requests] = words[word + Word.Requests];
    own[at + LinkField.Before] = words[word + Word.LinkChanges];
    words[word + Word.LinkChanges] = this.count;
  }

  /** The changes of the flow whose `Word.LinkChanges` is `list`, oldest first. */
  list(list: number): LinkChange[] {
    const { words } = this;
    const changes: LinkChange[] = [];
    for (let entry = list; entry > 0; entry = words[(entry - 1) * LINK_CHANGE_WORDS + LinkField.Before]) {
      const at = (entry - 1) * LINK_CHANGE_WORDS;
      const form = words[at + LinkField.Form];
      changes.push({
        hasMacs: (form & 1) === 1,
        macHigh: words[at + LinkField.MacHigh],
        sourceLow: words[at + LinkField.SourceLow],
        destinationLow: words[at + LinkField.DestinationLow],
        tunnel: words[at + LinkField.Tunnel],
        packetType: (form >> 1) - 1,
        until: words[at + LinkField.Until],
        requests: words[at + LinkField.Requests],
      });
    }
    return changes.reverse();
  }

  private length(list: number): number {
    let length = 0;
    for (let entry = list; entry > 0; entry = this.words[(entry - 1) * LINK_CHANGE_WORDS + LinkField.Before]) length++;
    return length;
  }
}
