/**
 * The packets seen last, by a hash of what no hop changes: tells a duplicate from a new packet that
 * reuses an identifier, and from the same packet met again on another device.
 *
 * A direct-mapped cache: a slot remembers the newest packet that fell into it.
 */

const SLOTS = 1 << 15;

export enum Sighting {
  /** Not among the packets remembered. */
  New,
  /** The very same packet, at the same place: it was duplicated. */
  Duplicate,
  /** The same packet at another place of this capture: it passed two devices. */
  Elsewhere,
}

export class RecentPackets {
  private readonly words = new Int32Array(SLOTS * 4);

  /** What is known of a packet with identity `low`, `high`, met at the place `channel` (a hash). */
  sighting(low: number, high: number, channel: number): Sighting {
    const at = (low & (SLOTS - 1)) << 2;
    const { words } = this;
    if (words[at] !== low || words[at + 1] !== high) return Sighting.New;
    return words[at + 2] === channel ? Sighting.Duplicate : Sighting.Elsewhere;
  }

  remember(low: number, high: number, channel: number): void {
    const at = (low & (SLOTS - 1)) << 2;
    const { words } = this;
    words[at] = low;
    words[at + 1] = high;
    words[at + 2] = channel;
  }
}
