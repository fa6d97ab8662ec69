/** Numbers that look random and are the same for the same seed (xorshift32, Marsaglia 2003). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) | 0 || 1;
  }

  /** A whole number from 0 up to, but not, 2^32. */
  word(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  /** A whole number from 0 up to, but not, `bound`. */
  below(bound: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * bound);
  }

  /** A number between 0 and 1, neither of them included. */
  unit(): number {
    return (this.word() + 0.5) / 0x1_0000_0000;
  }

  /** A number from an exponential distribution with that mean. */
  exponential(mean: number): number {
    return -mean * Math.log(this.unit());
  }
}
