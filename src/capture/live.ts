/** A capture in progress: the process behind it, and the reader of what it prints. */
import { VxtraceError } from '../errors.ts';
import { tcpdump } from './backend-tcpdump.ts';
import { CaptureCommand, type Ending, type Invocation } from './command.ts';
import { dropWarnings } from './drops.ts';
import type { CaptureInterface, CaptureReader, CaptureWarning } from './frames.ts';
import type { Backend, CaptureCounters } from './live-backend.ts';
import { NAMESPACE_NEED } from './namespace.ts';
import { readCapture } from './open.ts';

/** What to start, and how it is ended. */
export interface LiveStart {
  readonly label: string;
  readonly invocation: Invocation;
  /** Null where a command of the user's own captures. */
  readonly backend: Backend | null;
  /** True when the end of its standard input makes it end in order. */
  readonly endsByInput: boolean;
}

/** Between two questions for counts, in milliseconds. */
const COUNTERS_PERIOD = 1000;

export class LiveCapture {
  readonly label: string;
  readonly reader: CaptureReader;
  readonly #command: CaptureCommand;
  readonly #backend: Backend | null;
  readonly #endsByInput: boolean;
  readonly #timer: NodeJS.Timeout | null;

  private constructor({ label, backend, endsByInput }: LiveStart, command: CaptureCommand, reader: CaptureReader) {
    this.label = label;
    this.reader = reader;
    this.#command = command;
    this.#backend = backend;
    this.#endsByInput = endsByInput;
    // Behind ssh the signal would reach ssh.
    const signal = endsByInput ? null : (backend?.countersSignal ?? null);
    this.#timer = signal === null ? null : setInterval(() => command.signal(signal), COUNTERS_PERIOD);
    void command.ended.then(() => {
      if (this.#timer !== null) clearInterval(this.#timer);
    });
  }

  /**
   * Starts a capture; resolves when it is running, which it shows by its file header. `onCommand` is told
   * the process as soon as there is one.
   *
   * @throws VxtraceError `missing-program`, `missing-privilege`, or `input-unreadable` with what it said.
   */
  static async start(start: LiveStart, onCommand: (command: CaptureCommand) => void): Promise<LiveCapture> {
    const command = new CaptureCommand(start.invocation);
    onCommand(command);
    try {
      const reader = await readCapture(command.output, { name: start.label, format: 'live' });
      return new LiveCapture(start, command, reader);
    } catch (error) {
      void command.stop(false);
      throw notStarted(start, command, await command.ended, error);
    }
  }

  /** The packets received and dropped so far, as far as the capturing system tells; null when it does not. */
  get counters(): CaptureCounters | null {
    // Most commands of users end in tcpdump; its words are looked for there too.
    const told = (this.#backend ?? tcpdump).countersOf(this.#command.messages);
    if (told !== null) return told;
    const known = this.reader.interfaces.filter(({ dropped }) => dropped !== null);
    if (known.length === 0) return null;
    const sum = (field: 'received' | 'dropped'): number => known.reduce((total, one) => total + (one[field] ?? 0), 0);
    return { received: sum('received'), dropped: sum('dropped') };
  }

  /** The interfaces that the capture declares, with the counts that came another way. */
  interfaces(fallbackName: string | null): CaptureInterface[] {
    const { counters } = this;
    return this.reader.interfaces.map((one, index) => ({
      ...one,
      name: one.name ?? fallbackName,
      received: one.received ?? (index === 0 && counters !== null ? counters.received : null),
      dropped: one.dropped ?? (index === 0 && counters !== null ? counters.dropped : null),
    }));
  }

  /** What weakens the capture so far; losses too, which not every format of a capture has room for. */
  warnings(fallbackName: string | null): CaptureWarning[] {
    const others = this.reader.warnings.filter(({ code }) => code !== 'drops');
    return [...dropWarnings(this.interfaces(fallbackName)), ...others];
  }

  get ended(): Promise<Ending> {
    return this.#command.ended;
  }

  /** False where a command of the user's own captures. */
  get hasBackend(): boolean {
    return this.#backend !== null;
  }

  get isStopping(): boolean {
    return this.#command.isStopping;
  }

  get messages(): string {
    return this.#command.messages.trim();
  }

  /** Asks it to end; what it captured until then is still read. */
  stop(): Promise<void> {
    return this.#command.stop(this.#endsByInput);
  }

  kill(): void {
    this.#command.kill();
  }
}

function notStarted(start: LiveStart, command: CaptureCommand, ending: Ending, error: unknown): VxtraceError {
  const { label, backend, invocation } = start;
  const said = command.messages.trim();
  if (ending.error?.code === 'ENOENT') {
    return new VxtraceError('missing-program', `${label}: ${invocation.program} is not installed`);
  }
  if (ending.error !== null) {
    return new VxtraceError('input-unreadable', `${label}: ${invocation.program}: ${ending.error.message}`);
  }
  if (backend?.lacksPrivilege(said)) {
    const hint = isOfNamespace(said) ? NAMESPACE_NEED : privilegeHint(backend);
    return new VxtraceError('missing-privilege', `${label}: ${hint} (${refusal(said)})`);
  }
  return new VxtraceError('input-unreadable', whyNot(label, command, ending, error as Error), { cause: error });
}

/** Why a command printed no capture: by its own words, else by how it ended or by what it printed instead. */
function whyNot(label: string, { messages, hasPrinted }: CaptureCommand, ending: Ending, error: Error): string {
  const said = messages.trim();
  if (said !== '') return `${label}: ${endingText(ending)}: ${said.split('\n').join(' / ')}`;
  return hasPrinted ? error.message : `${label}: its command ${endingText(ending)} before it printed a capture`;
}

/** True for what ip and nsenter say when they may not enter a namespace. */
function isOfNamespace(said: string): boolean {
  return /network namespace|namespace '|^nsenter:|^mount /m.test(said);
}

/** The line that says what was refused; programs go on with advice of their own. */
function refusal(said: string): string {
  const lines = said.split('\n');
  return lines.find((line) => /not permitted|permission|denied/i.test(line))?.trim() ?? lines[0];
}

function privilegeHint(backend: Backend): string {
  const need = 'capturing needs CAP_NET_RAW: run with sudo';
  if (!backend.isGrantable) return `${need}, or use dumpcap, which can be granted it alone`;
  return `${need}, or grant it once: sudo setcap cap_net_raw,cap_net_admin=ep ${backend.find() ?? backend.name}`;
}

/** How a command ended, as a phrase. */
export function endingText({ exit, signal, error }: Ending): string {
  if (error !== null) return error.message;
  return signal === null ? `ended with exit status ${exit}` : `was ended by ${signal}`;
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** The warning for a capture that went away before it was asked to. */
export function endedEarly(ending: Ending, messages: string): CaptureWarning {
  const said = messages === '' ? '' : `: ${lastLine(messages)}`;
  return {
    code: 'ended-early',
    message: `its capture ${endingText(ending)} before the run was over${said}`,
    offset: null,
  };
}
