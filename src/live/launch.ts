/** The start of all sources at once, how each is watched then, and what is to be killed when the program ends. */
import { LiveCapture } from '../capture/live.ts';
import { privilege } from '../capture/privilege.ts';
import { portTable } from '../decode/ports.ts';
import { reasonOf, VxtraceError } from '../errors.ts';
import type { Limits } from '../flow/observations.ts';
import type { ObserverOptions } from '../flow/observer.ts';
import type { Arrangement } from './arrangement.ts';
import { CaptureFiles } from './capture-files.ts';
import { Deadline } from './deadline.ts';
import type { UntimedEvent } from './events.ts';
import { Lag } from './lag.ts';
import type { SessionOptions } from './settings.ts';
import { Watch } from './watch.ts';

/** Milliseconds that a source may take to be ready before the others begin without it. */
const START_PATIENCE = 10_000;
/** What is kept of a source over the whole run, and over the sliding memory. */
const RUN_LIMITS: Limits = { flows: 1 << 18, waiting: 1 << 18, answered: 1 << 18 };
const WINDOW_LIMITS: Limits = { flows: 1 << 15, waiting: 1 << 15, answered: 1 << 15 };

/** A source that captures. */
interface Started {
  readonly arrangement: Arrangement;
  readonly capture: LiveCapture;
}

export class Launch {
  readonly #tell: (event: UntimedEvent) => void;
  readonly #commands: { kill(): void }[] = [];

  constructor(tell: (event: UntimedEvent) => void) {
    this.#tell = tell;
  }

  killAll(): void {
    for (const command of this.#commands) command.kill();
  }

  /**
   * Starts all sources at once; resolves when each has started, failed or taken too long. Those that `stop`
   * finds not ready are killed.
   *
   * @throws VxtraceError when none has started.
   */
  async start(arrangements: readonly Arrangement[], stop: AbortSignal): Promise<Started[]> {
    const failures: VxtraceError[] = [];
    const starting = arrangements.map(async (arrangement) => {
      try {
        const capture = await LiveCapture.start(arrangement.start, (command) => this.#commands.push(command));
        return { arrangement, capture };
      } catch (error) {
        if (!(error instanceof VxtraceError)) throw error;
        failures.push(error);
        const { label } = arrangement.start;
        if (arrangements.length > 1 && !stop.aborted) {
          this.#tell({ event: 'source-failed', label, code: error.code, message: error.message });
        }
        return null;
      }
    });
    // What needs root is started or noted, and nothing that it captured was read yet.
    const complaint = privilege.giveUp();
    if (complaint !== null) this.#tell({ event: 'warning', label: null, message: complaint });
    const started = await this.#ready(starting, arrangements, stop);
    if (started.length === 0) {
      throw failures[0] ?? new VxtraceError('input-unreadable', 'no source could be started');
    }
    return started;
  }

  async #ready(
    starting: readonly Promise<Started | null>[],
    arrangements: readonly Arrangement[],
    stop: AbortSignal,
  ): Promise<Started[]> {
    const patience = new Deadline(START_PATIENCE);
    const giveUp = (): void => this.killAll();
    stop.addEventListener('abort', giveUp, { once: true });
    if (stop.aborted) giveUp();
    const late = Symbol('late');
    const ready = await Promise.all(starting.map((one) => Promise.race([one, patience.over.then(() => late)])));
    patience.cancel();
    stop.removeEventListener('abort', giveUp);
    return ready.flatMap((one, index) => {
      if (typeof one !== 'symbol') return one ?? [];
      const message = `not ready after ${START_PATIENCE / 1000} seconds; the others begin without it`;
      this.#tell({ event: 'warning', label: arrangements[index].start.label, message });
      this.#commands[index]?.kill();
      return [];
    });
  }
}

/**
 * The watch over a source that was started, with its files where they are wanted.
 *
 * @throws VxtraceError `output-unwritable` when the first file cannot be created.
 */
export async function watchOf(
  { arrangement, capture }: Started,
  options: SessionOptions,
  tell: (event: UntimedEvent) => void,
): Promise<Watch> {
  const { files, count, sources } = options;
  const { input, described, sharesClock, weakness, via } = arrangement;
  const written =
    files === null
      ? null
      : await CaptureFiles.create(files, input.label, () => capture.counters, tell).catch((error: Error) => {
          throw new VxtraceError('output-unwritable', `--write ${files.folder}: ${reasonOf(error, 'directory')}`);
        });
  return new Watch(capture, new Lag(sharesClock), {
    observer: observerOptions(options, RUN_LIMITS),
    windowObserver: observerOptions(options, WINDOW_LIMITS),
    count,
    files: written,
    input,
    weakness,
    via,
    described,
    holdsBack: sources.length > 1,
  });
}

function observerOptions({ replyTimeoutSeconds, vxlanPorts, vnis }: SessionOptions, limits: Limits): ObserverOptions {
  return {
    replyTimeoutNanoseconds: replyTimeoutSeconds * 1e9,
    ports: portTable(vxlanPorts),
    vnis: vnis.length === 0 ? null : new Set(vnis),
    limits,
  };
}
