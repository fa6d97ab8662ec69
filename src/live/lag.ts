/**
 * How long after its time stamp a packet gets here: delays of the capturing system and of the way here, and the
 * difference of the clocks, which is not told apart. The least lag ever seen is taken for the clocks'; what
 * others have beyond that is delay, which has to be waited out before a packet is missed.
 */

/** What is expected of a source that brought nothing yet, in nanoseconds; tcpdump without options waits for a second. */
const FIRST_DELAY = 0.3e9;
/** Delays are never taken to be less than this, nor more than that. */
const LEAST_DELAY = 0.1e9;
const MOST_DELAY = 5e9;
/** Clocks drift apart: the least lag is let go by so much in a second, 200 parts per million. */
const DRIFT = 200e-6;

export class Lag {
  readonly sharesClock: boolean;
  #least = Number.POSITIVE_INFINITY;
  #leastAt = 0;
  #batches = 0;
  /** Greatest delay of this span and of the one before. */
  #greatest = 0;
  #greatestBefore = 0;

  /** `sharesClock` when the packets are stamped by this machine's own clock. */
  constructor(sharesClock: boolean) {
    this.sharesClock = sharesClock;
  }

  /**
   * Notes a batch: times of its first and last packet, and when it came; all in nanoseconds since 1970. One that
   * was not read as soon as it came tells nothing of the delay.
   */
  note(first: number, last: number, arrival: number, isPrompt: boolean): void {
    if (!this.sharesClock && arrival - last < this.#leastNow(arrival)) {
      this.#least = arrival - last;
      this.#leastAt = arrival;
    }
    if (!isPrompt) return;
    this.#batches++;
    const delay = arrival - first - this.#leastNow(arrival);
    if (delay > this.#greatest) this.#greatest = Math.min(delay, MOST_DELAY);
  }

  /** A span is over: what is older than the last two is forgotten. */
  rotate(): void {
    this.#greatestBefore = this.#greatest;
    this.#greatest = 0;
  }

  /** Nanoseconds after which a packet can be expected to have come. */
  get delay(): number {
    const seen = Math.max(this.#greatest, this.#greatestBefore);
    // Half as much again: the next may be later than any before.
    return Math.max(seen * 1.5, this.#batches > 0 ? LEAST_DELAY : FIRST_DELAY);
  }

  /** The time on the capture's clock when it is `wall` here; NaN while nothing is known of that clock. */
  captureTime(wall: number): number {
    const least = this.#leastNow(wall);
    return Number.isFinite(least) ? wall - least : Number.NaN;
  }

  #leastNow(wall: number): number {
    if (this.sharesClock) return 0;
    return this.#least + (wall - this.#leastAt) * DRIFT;
  }
}
