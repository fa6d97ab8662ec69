/** A live run, composed: sources are started and watched, findings come and go, and a report is made at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { privilege } from '../capture/privilege.ts';
import { diagnose } from '../diagnosis.ts';
import { reasonOf, VxtraceError } from '../errors.ts';
import type { ObservedCapture } from '../observe.ts';
import { listFlows, type Report } from '../report/model.ts';
import { arrange } from './arrangement.ts';
import { aborted, Deadline } from './deadline.ts';
import type { EndReason, UntimedEvent } from './events.ts';
import { HostWatch } from './host-watch.ts';
import { Judgement } from './judgement.ts';
import { Launch, watchOf } from './launch.ts';
import { Rates } from './rates.ts';
import type { SessionListener, SessionOptions } from './settings.ts';
import { flowSummary } from './summary.ts';
import type { Watch } from './watch.ts';

export type { SessionListener, SessionOptions, Snapshot } from './settings.ts';

export interface SessionResult {
  report: Report;
  reason: EndReason;
}

/** Milliseconds between two looks at what has come, and between two that are shown. */
const TICK = 100;
const SNAPSHOT_PERIOD = 250;
/** Milliseconds between two readings of the hosts, at least; a reading takes a twentieth of the time at most. */
const HOST_PERIOD = 1000;
const HOST_SHARE = 20;
/** Milliseconds that the end waits for late packets: dumpcap delivers twice in this time. */
const LEAST_END_DELAY = 600;
const MOST_END_DELAY = 1500;
/** Milliseconds that the end waits for sources that have fallen behind and are catching up. */
const MOST_BACKLOG = 10_000;

/**
 * Runs until `stop` aborts, the duration is over, every source has ended or has brought enough packets.
 * `stop.reason` is the reason that the result tells.
 *
 * @throws VxtraceError when no source can be started.
 */
export async function runSession(
  options: SessionOptions,
  listener: SessionListener,
  stop: AbortSignal,
): Promise<SessionResult> {
  const session = new Session(options, listener);
  const killAll = (): void => session.killAll();
  process.once('exit', killAll);
  try {
    return await session.run(stop);
  } finally {
    session.killAll();
    process.off('exit', killAll);
  }
}

class Session {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #tell: (event: UntimedEvent) => void;
  readonly #hosts: HostWatch;
  readonly #launch: Launch;
  readonly #judgement: Judgement;
  readonly #watches: Watch[] = [];
  readonly #rates = new Rates(this.#watches);
  readonly #running: Promise<void>[] = [];
  readonly #complaints = new Set<string>();
  readonly #startedAt = Date.now();
  #lastHostReading = 0;
  #lastRotation = 0;
  #lastSummary = 0;
  #lastSnapshot = 0;

  constructor(options: SessionOptions, listener: SessionListener) {
    // A request has to be seen waiting for longer than the timeout.
    const windowSeconds = Math.max(options.windowSeconds, 2 * options.replyTimeoutSeconds + 1);
    this.#options = { ...options, windowSeconds };
    this.#listener = listener;
    this.#tell = (event) => listener.event(event);
    this.#hosts = new HostWatch(options.hosts);
    this.#launch = new Launch(this.#tell);
    this.#judgement = new Judgement((watches, observed) => this.#diagnose(watches, observed), this.#tell);
  }

  async run(stop: AbortSignal): Promise<SessionResult> {
    const { sources, files, durationSeconds } = this.#options;
    if (files !== null) await prepareFolder(files.folder);
    const arrangements = await arrange(sources, this.#options, this.#hosts);
    for (const started of await this.#launch.start(arrangements, stop)) {
      this.#watches.push(await watchOf(started, this.#options, this.#tell));
    }
    this.#begin();
    const timer = setInterval(() => this.#tick(Date.now()), TICK);
    const end = durationSeconds === null ? null : new Deadline(durationSeconds * 1000);
    let reason: EndReason;
    try {
      reason = await Promise.race([
        aborted(stop),
        ...(end === null ? [] : [end.over]),
        Promise.all(this.#running).then((): EndReason => (this.#hasAllCounts() ? 'count' : 'sources-ended')),
      ]);
    } finally {
      clearInterval(timer);
      end?.cancel();
    }
    await this.#end();
    await this.#hosts.read();
    if (files !== null) await this.#hosts.write(files.folder, this.#tell);
    const report = this.#diagnose(
      this.#watches,
      this.#watches.map((watch) => watch.total()),
    );
    return { report, reason };
  }

  killAll(): void {
    this.#launch.killAll();
  }

  /** Begins to read all sources at one time. */
  #begin(): void {
    const { windowSeconds, intervalSeconds } = this.#options;
    const sources = this.#watches.map((watch) => watch.described);
    this.#tell({ event: 'started', sources, windowSeconds, intervalSeconds });
    const now = Date.now();
    for (const watch of this.#watches) watch.beginAt(now * 1e6);
    for (const watch of this.#watches) this.#running.push(this.#follow(watch));
    this.#lastRotation = this.#lastSummary = this.#lastHostReading = now;
  }

  /** Ends all sources at one time on their clocks: what they captured until then is waited for. */
  async #end(): Promise<void> {
    const now = Date.now();
    const running = this.#watches.filter(({ state }) => state === 'running');
    const delay = Math.max(0, ...running.map(({ lag }) => lag.delay)) / 1e6;
    for (const watch of running) watch.endAt(now * 1e6);
    if (running.length > 0) await sleep(Math.min(Math.max(delay, LEAST_END_DELAY), MOST_END_DELAY));
    // What is still in the kernel when a source is stopped is lost, and nobody counts it.
    const latest = now + MOST_BACKLOG;
    while (Date.now() < latest && running.some(({ isBehind }) => isBehind)) await sleep(TICK);
    await Promise.all(this.#watches.map((watch) => watch.capture.stop()));
    await Promise.all(this.#running);
  }

  async #follow(watch: Watch): Promise<void> {
    await watch.run();
    const { state, frames, ending, capture } = watch;
    const { label } = capture;
    if (state === 'ended') this.#tell({ event: 'source-ended', label, packets: frames });
    else this.#tell({ event: 'source-died', label, packets: frames, message: ending, stderr: capture.messages });
  }

  #tick(now: number): void {
    const { windowSeconds, intervalSeconds } = this.#options;
    const until = this.#completeUntil(now);
    for (const watch of this.#watches) watch.advance(until);
    this.#readHosts(now);
    if (now - this.#lastRotation >= windowSeconds * 1000) {
      this.#lastRotation = now;
      for (const watch of this.#watches) watch.rotate(until);
    }
    this.#judgement.judge(this.#watches, now);
    this.#rates.measure(now);
    if (now - this.#lastSummary >= intervalSeconds * 1000) {
      this.#lastSummary = now;
      this.#tell(flowSummary(this.#rates.summaries, this.#judgement));
    }
    if (now - this.#lastSnapshot >= SNAPSHOT_PERIOD) {
      this.#lastSnapshot = now;
      const { recent, active } = this.#judgement;
      this.#listener.snapshot({ sources: this.#rates.summaries, recent, active, startedAt: this.#startedAt });
    }
  }

  #readHosts(now: number): void {
    for (const message of this.#hosts.complaints) {
      if (this.#complaints.has(message)) continue;
      this.#complaints.add(message);
      this.#tell({ event: 'warning', label: null, message });
    }
    const period = Math.max(HOST_PERIOD, this.#hosts.milliseconds * HOST_SHARE);
    if (now - this.#lastHostReading < period || this.#hosts.isReading) return;
    this.#lastHostReading = now;
    void this.#hosts.read();
  }

  /** Up to when every running source has brought all it has, on our own clock in nanoseconds since 1970. */
  #completeUntil(now: number): number {
    const delays = this.#watches.filter(({ state }) => state === 'running').map(({ lag }) => lag.delay);
    return now * 1e6 - Math.max(0, ...delays);
  }

  #diagnose(watches: readonly Watch[], observed: readonly ObservedCapture[]): Report {
    const { macs, replyTimeoutSeconds } = this.#options;
    const inputs = watches.map(({ input }) => input);
    // What was observed goes on changing.
    return listFlows(diagnose(inputs, observed, { hosts: this.#hosts.facts, macs, replyTimeoutSeconds }).report);
  }

  #hasAllCounts(): boolean {
    const { count } = this.#options;
    return count !== null && this.#watches.every(({ frames }) => frames >= count);
  }
}

/**
 * Makes the folder that packets are written to, unless it is there.
 *
 * @throws VxtraceError `output-unwritable`.
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await privilege.makeFolder(folder);
  } catch (error) {
    throw new VxtraceError('output-unwritable', `--write ${folder}: ${reasonOf(error as Error, 'directory')}`);
  }
}
