/**
 * A memory that slides: what was seen in the last while, for findings that come and go.
 *
 * Two observers look at every packet. The older one has seen everything of the last one to two spans and
 * is the one that is judged; when it has seen two spans it is given up, the younger one takes its place
 * and a new one begins. So memory is bounded by what two spans bring, and no exchange is cut in two that
 * does not lie across the beginning of the older one.
 */
import type { Packet } from '../decode/packet.ts';
import type { Observations } from '../flow/observations.ts';
import { Observer, type ObserverOptions } from '../flow/observer.ts';

/** One observer, and from when on it takes packets, in nanoseconds since the capture's epoch. */
interface Generation {
  readonly observer: Observer;
  readonly from: number;
}

export class Generations {
  readonly #options: ObserverOptions;
  #older: Generation;
  #younger: Generation | null = null;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#older = { observer: new Observer(options), from: Number.NEGATIVE_INFINITY };
  }

  /** Takes in one packet; one from before a generation began is none of its. */
  observe(packet: Packet, view: DataView): void {
    const { time } = packet;
    if (!(time < this.#older.from)) this.#older.observer.observe(packet, view);
    const younger = this.#younger;
    if (younger !== null && !(time < younger.from)) younger.observer.observe(packet, view);
  }

  /** A span is over: the younger takes the older's place. `now` is in nanoseconds since the capture's epoch. */
  rotate(now: number): void {
    if (this.#younger !== null) this.#older = this.#younger;
    this.#younger = { observer: new Observer(this.#options), from: now };
  }

  /** What the older generation saw. */
  get observations(): Observations {
    return this.#older.observer.observations;
  }
}
