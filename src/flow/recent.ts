/**
 * The packets seen last, by a hash of what no hop changes: tells a duplicate from a new packet that
 * reuses an identifier, and from the same packet met again on another device.
 *
 * A direct-mapped cache: a slot remembers the newest packet that fell into it.
 */
import { TableMemory } from './table-memory.ts';

/** A power of two. */
export const RECENT_SLOTS = 8192;

export enum Sighting {
  /** Not among the packets remembered. */
  New,
  /** The very same packet, at the same place: it was duplicated. */
  Duplicate,
  /** The same packet at another place of this capture: it passed two devices. */
  Elsewhere,
}

export class RecentPackets {
  readonly words: Int32Array;

  constructor(memory = new TableMemory()) {
    this.words = memory.words(RECENT_SLOTS * 2);
  }

  /** What is known of a packet with identity `low`, `high`, met at the place `place` (a hash). */
  sighting(low: number, high: number, place: number): Sighting {
    const at = (low & (RECENT_SLOTS - 1)) << 1;
    const { words } = this;
    // 13 bits of `low` are in the position; the other 19 go into the first word with `high`.
    if (words[at] !== (high ^ low)) return Sighting.New;
    return words[at + 1] === place ? Sighting.Duplicate : Sighting.Elsewhere;
  }

  remember(low: number, high: number, place: number): void {
    const at = (low & (RECENT_SLOTS - 1)) << 1;
    const { words } = this;
    words[at] = high ^ low;
    words[at + 1] = place;
  }
}
