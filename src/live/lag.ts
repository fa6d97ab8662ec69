/**
 * How long after its time stamp a packet gets here: delays of the capturing system and of the way here, and the
 * difference of the clocks, which is not told apart. The least lag ever seen is taken for the clocks'; what
 * others have beyond that is delay, which has to be waited out before a packet is missed.
 */

/** Longest time, in nanoseconds, that a verdict is put off because packets come late. */
const MOST_DELAY = 5e9;
/** Clocks drift apart: the least lag is let go by so much in a second, 200 parts per million. */
const DRIFT = 200e-6;

export class Lag {
  readonly #sharesClock: boolean;
  #least = Number.POSITIVE_INFINITY;
  #leastAt = 0;
  /** Greatest delay of this span and of the one before. */
  #greatest = 0;
  #greatestBefore = 0;

  /** `sharesClock` when the packets are stamped by this machine's own clock. */
  constructor(sharesClock: boolean) {
    this.#sharesClock = sharesClock;
    if (sharesClock) this.#least = 0;
  }

  /** Notes a batch: times of its first and last packet, and when it came; all in nanoseconds since 1970. */
  note(first: number, last: number, arrival: number): void {
    if (!this.#sharesClock && arrival - last < this.#leastNow(arrival)) {
      this.#least = arrival - last;
      this.#leastAt = arrival;
    }
    const delay = arrival - first - this.#leastNow(arrival);
    if (delay > this.#greatest) this.#greatest = Math.min(delay, MOST_DELAY);
  }

  /** A span is over: what is older than the last two is forgotten. */
  rotate(): void {
    this.#greatestBefore = this.#greatest;
    this.#greatest = 0;
  }

  /** The time on the capture's clock when it is `wall` here. */
  captureTime(wall: number): number {
    const least = this.#leastNow(wall);
    return Number.isFinite(least) ? wall - least : Number.NaN;
  }

  /** Up to when, on the capture's clock, everything can be expected to have come when it is `wall` here. */
  completeUntil(wall: number): number {
    return this.captureTime(wall) - Math.max(this.#greatest, this.#greatestBefore);
  }

  #leastNow(wall: number): number {
    if (this.#sharesClock) return 0;
    return this.#least + (wall - this.#leastAt) * DRIFT;
  }
}
