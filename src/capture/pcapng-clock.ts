/**
 * Timestamps of a pcapng interface: 64 bits in units that the interface declares, counted from 1970 plus an
 * offset in seconds.
 *
 * Nanoseconds since 1970 do not fit a double, their distance from the first packet does. So the two 32-bit
 * halves are subtracted from those of the first packet's second, which is exact to the nanosecond for 104
 * days, without a BigInt per packet. Only units that do not divide the nanosecond's multiples (powers of two,
 * picoseconds) are calculated with BigInt.
 */
import { MAX_SECONDS } from './record-parser.ts';

const BILLION = 1_000_000_000n;

/** The clock of one interface. */
export class InterfaceClock {
  /** Nanoseconds of one unit when that is a whole number, else 0. */
  readonly nanosecondsPerUnit: number;
  /** Upper and lower 32 bits of the epoch in this clock's units; valid after `settle`. */
  baseHigh = 0;
  baseLow = 0;

  readonly #unitsPerSecond: bigint;
  readonly #offsetSeconds: bigint;
  #epochSeconds = 0n;

  /** `resolution` as in if_tsresol: a power of 10, or with the top bit of a power of 2. */
  constructor(resolution: number, offsetSeconds: bigint) {
    const exponent = BigInt(resolution & 0x7f);
    this.#unitsPerSecond = (resolution & 0x80 ? 2n : 10n) ** exponent;
    this.#offsetSeconds = offsetSeconds;
    this.nanosecondsPerUnit = BILLION % this.#unitsPerSecond === 0n ? Number(BILLION / this.#unitsPerSecond) : 0;
  }

  /** Nanoseconds per unit, a fraction where the unit is finer. */
  get resolutionNanoseconds(): number {
    return 1e9 / Number(this.#unitsPerSecond);
  }

  /** Sets the second that times count from. */
  settle(epochSeconds: number): void {
    this.#epochSeconds = BigInt(epochSeconds);
    const base = (this.#epochSeconds - this.#offsetSeconds) * this.#unitsPerSecond;
    this.baseHigh = Number(base >> 32n);
    this.baseLow = Number(base & 0xffff_ffffn);
  }

  /** Unix seconds of a timestamp, rounded down; null when it is before 1970 or after the year 9999. */
  seconds(high: number, low: number): number | null {
    const seconds = Number(this.#units(high, low) / this.#unitsPerSecond + this.#offsetSeconds);
    return seconds >= 0 && seconds < MAX_SECONDS ? seconds : null;
  }

  /** Nanoseconds since the epoch, rounded down to whole ones; the way for units that are no whole nanoseconds. */
  nanoseconds(high: number, low: number): number {
    const sinceOffset = (this.#units(high, low) * BILLION) / this.#unitsPerSecond;
    return Number(sinceOffset + (this.#offsetSeconds - this.#epochSeconds) * BILLION);
  }

  #units(high: number, low: number): bigint {
    return (BigInt(high) << 32n) | BigInt(low);
  }
}
