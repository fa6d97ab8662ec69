/** What a live run waits for: a time that comes, or a signal. */
import type { EndReason } from './events.ts';

/** Resolves when `signal` aborts, with what made it. */
export function aborted(signal: AbortSignal): Promise<EndReason> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(signal.reason === 'output-closed' ? 'output-closed' : 'signal');
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

/** A time that comes, unless it is cancelled. */
export class Deadline {
  readonly over: Promise<EndReason>;
  #timer: NodeJS.Timeout | null = null;

  constructor(milliseconds: number) {
    this.over = new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve('duration'), milliseconds);
    });
  }

  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
