/** The live view: the alternate screen of a terminal, drawn anew twice a second and whenever its size changes. */
import type { WriteStream } from 'node:tty';
import type { UntimedEvent } from './events.ts';
import { screenLines } from './screen.ts';
import type { SessionListener, Snapshot } from './session.ts';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** Milliseconds between two drawings. */
const PERIOD = 500;
/** Messages that are kept for the bottom of the screen. */
const KEPT_MESSAGES = 50;
/** Bytes that the terminal may be behind before a drawing is left out. */
const MOST_WAITING = 64 * 1024;

export class LiveView implements SessionListener {
  readonly #terminal: WriteStream;
  readonly #messages: string[] = [];
  readonly #redraw = (): void => this.#draw();
  #snapshot: Snapshot | null = null;
  #lastDrawing = 0;
  #isOpen = false;
  readonly #useColor: boolean;

  constructor(terminal: WriteStream, useColor: boolean) {
    this.#terminal = terminal;
    this.#useColor = useColor;
  }

  event(event: UntimedEvent): void {
    if (event.event === 'started') this.#open();
    const message = messageOf(event);
    if (message === null) return;
    this.#messages.push(`${new Date().toISOString().slice(11, 19)} ${message}`);
    if (this.#messages.length > KEPT_MESSAGES) this.#messages.shift();
    this.#draw();
  }

  snapshot(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    if (Date.now() - this.#lastDrawing >= PERIOD) this.#draw();
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.off('resize', this.#redraw);
    this.#terminal.write(LEAVE);
  }

  /** The terminal is gone: nothing is written to it any more. */
  abandon(): void {
    this.#isOpen = false;
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#terminal.on('resize', this.#redraw);
    this.#terminal.write(ENTER + HOME + CLEAR_BELOW);
  }

  #draw(): void {
    if (!this.#isOpen || this.#snapshot === null || this.#terminal.writableLength > MOST_WAITING) return;
    this.#lastDrawing = Date.now();
    const columns = this.#terminal.columns || 80;
    const rows = this.#terminal.rows || 24;
    const lines = screenLines(this.#snapshot, this.#messages, { columns, rows, color: this.#useColor });
    this.#terminal.write(`${HOME}${lines.map((line) => line + CLEAR_LINE).join('\r\n')}${CLEAR_BELOW}`);
  }
}

/** What an event is worth saying of in the view. */
function messageOf(event: UntimedEvent): string | null {
  switch (event.event) {
    case 'source-failed':
      return event.message;
    case 'source-died':
      return `${event.label} died: ${event.message}${event.stderr === '' ? '' : ` (${event.stderr.split('\n').at(-1)})`}`;
    case 'source-ended':
      return `${event.label} ended`;
    case 'finding-raised':
      return `raised: ${event.finding.title}`;
    case 'finding-cleared':
      return `cleared after ${Math.round(event.activeSeconds)} s: ${event.title}`;
    case 'write-failed':
      return `cannot write ${event.file}: ${event.message}`;
    case 'write-resumed':
      return `writes ${event.file}, without ${event.packetsNotWritten} packets before`;
    case 'warning':
      return event.label === null ? event.message : `${event.label}: ${event.message}`;
    case 'file-written':
      return `wrote ${event.file}`;
    case 'started':
    case 'flow-summary':
    case 'ended':
      return null;
  }
}
