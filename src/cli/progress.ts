/** A line on stderr that tells how far long work has come; only on a terminal. */
import { isCapable } from './terminal.ts';

const INTERVAL_MILLISECONDS = 200;

export class ProgressLine {
  private readonly labels: readonly string[];
  private readonly read: number[];
  private readonly total: (number | null)[];
  private readonly isOn = isCapable(process.stderr);
  private last = Date.now();
  private isShown = false;

  constructor(labels: readonly string[]) {
    this.labels = labels;
    this.read = labels.map(() => 0);
    this.total = labels.map(() => null);
  }

  /** Notes how much of a capture was read, in bytes; `total` is null for a stream. */
  update(capture: number, read: number, total: number | null): void {
    if (!this.isOn) return;
    this.read[capture] = read;
    this.total[capture] = total;
    const now = Date.now();
    if (now - this.last < INTERVAL_MILLISECONDS) return;
    this.last = now;
    const parts = this.labels.map((_, index) => this.part(index));
    process.stderr.write(`\r\x1b[K${`reading ${parts.join(', ')}`.slice(0, (process.stderr.columns || 80) - 1)}`);
    this.isShown = true;
  }

  /** Removes the line. */
  clear(): void {
    if (this.isShown) process.stderr.write('\r\x1b[K');
    this.isShown = false;
  }

  private part(index: number): string {
    const total = this.total[index];
    const label = this.labels[index].replace(/[^\x20-\x7e]/g, '?');
    if (total === null || total === 0) return `${label} ${Math.round(this.read[index] / 1e6)} MB`;
    return `${label} ${Math.min(100, Math.round((this.read[index] / total) * 100))} %`;
  }
}
