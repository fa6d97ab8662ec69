/** A live run, composed: sources are started and watched, findings come and go, and a report is made at the end. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diagnose } from '../analyze.ts';
import { LiveCapture } from '../capture/live.ts';
import type { LiveSource } from '../capture/live-source.ts';
import { privilege } from '../capture/privilege.ts';
import { portTable } from '../decode/ports.ts';
import { VxtraceError } from '../errors.ts';
import type { StatedMac } from '../findings/owners.ts';
import type { Limits } from '../flow/observations.ts';
import type { ObserverOptions } from '../flow/observer.ts';
import type { HostFacts } from '../host/facts.ts';
import type { ObservedCapture } from '../observe.ts';
import type { Report } from '../report/model.ts';
import { type Arrangement, arrange, type BackendChoice } from './arrangement.ts';
import { CaptureFiles, type FileOptions, fileName } from './capture-files.ts';
import type { EndReason, SourceSummary, UntimedEvent } from './events.ts';
import { type ActiveFinding, FindingWatch } from './finding-watch.ts';
import { HostWatch } from './host-watch.ts';
import { Lag } from './lag.ts';
import { Watch } from './watch.ts';

export interface SessionOptions {
  readonly sources: readonly LiveSource[];
  readonly backend: BackendChoice;
  /** The ssh program and its options, as a shell reads them. */
  readonly sshCommand: string;
  /** In the language of pcap-filter(7); null for the default of each interface. */
  readonly filter: string | null;
  /** Bytes kept per packet; null for what suits the backend. */
  readonly snapLength: number | null;
  readonly durationSeconds: number | null;
  readonly count: number | null;
  readonly intervalSeconds: number;
  /** Findings are judged over one to two times this. */
  readonly windowSeconds: number;
  readonly files: FileOptions | null;
  readonly hosts: readonly HostFacts[];
  readonly macs: readonly StatedMac[];
  readonly vnis: readonly number[];
  readonly vxlanPorts: readonly number[];
  readonly replyTimeoutSeconds: number;
}

/** What a view is shown: everything as it is now. */
export interface Snapshot {
  sources: SourceSummary[];
  /** The report over the sliding memory; null before there is one. */
  recent: Report | null;
  active: readonly ActiveFinding[];
  startedAt: number;
}

export interface SessionListener {
  event(event: UntimedEvent): void;
  snapshot(snapshot: Snapshot): void;
}

export interface SessionResult {
  report: Report;
  reason: EndReason;
}

/** What is kept of a source over the whole run, and over the sliding memory. */
const RUN_LIMITS: Limits = { flows: 1 << 18, waiting: 1 << 18 };
const WINDOW_LIMITS: Limits = { flows: 1 << 15, waiting: 1 << 15 };
/** Milliseconds between two judgements, at least; a judgement takes a tenth of the time at most. */
const JUDGE_PERIOD = 250;
const JUDGE_SHARE = 10;
/** Milliseconds between two readings of the hosts, at least. */
const HOST_PERIOD = 1000;
const HOST_SHARE = 20;
/** Milliseconds that a source may take to be ready before the others begin without it. */
const START_PATIENCE = 10_000;
const FLOWS_PER_SUMMARY = 100;
/** Milliseconds that the end waits for late packets: dumpcap delivers twice in this time. */
const LEAST_END_DELAY = 600;
const MOST_END_DELAY = 1500;

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
  readonly #hosts: HostWatch;
  readonly #findings = new FindingWatch();
  readonly #commands: { kill(): void }[] = [];
  readonly #watches: Watch[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #told = new Set<string>();
  readonly #startedAt = Date.now();
  #recent: Report | null = null;
  #lastJudgement = 0;
  #judgementCost = 0;
  #lastHostReading = 0;
  #lastRotation = 0;
  #lastSummary = 0;
  #lastRates: { at: number; frames: number[]; bytes: number[] } = { at: 0, frames: [], bytes: [] };
  #rates: { packets: number; bytes: number }[] = [];

  constructor(options: SessionOptions, listener: SessionListener) {
    // A request has to be seen waiting for longer than the timeout.
    const windowSeconds = Math.max(options.windowSeconds, 2 * options.replyTimeoutSeconds + 1);
    this.#options = { ...options, windowSeconds };
    this.#listener = listener;
    this.#hosts = new HostWatch(options.hosts);
  }

  async run(stop: AbortSignal): Promise<SessionResult> {
    const { sources, files, durationSeconds } = this.#options;
    if (files !== null) await prepareFolder(files.folder);
    const arrangements = await arrange(sources, this.#options, this.#hosts);
    await this.#startAll(arrangements, stop);
    this.#lastRotation = this.#lastSummary = this.#lastHostReading = Date.now();
    const timer = setInterval(() => this.#tick(), JUDGE_PERIOD);
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
    await this.#keepHostTexts();
    const report = this.#diagnose(
      this.#watches,
      this.#watches.map((watch) => watch.total()),
    );
    return { report, reason };
  }

  /** Ends all sources at one time on their clocks: what they captured until then is waited for. */
  async #end(): Promise<void> {
    const now = Date.now();
    const running = this.#watches.filter(({ state }) => state === 'running');
    const delay = Math.max(0, ...running.map(({ lag }) => lag.delay)) / 1e6;
    for (const watch of running) watch.endAt(now * 1e6);
    if (running.length > 0) await sleep(Math.min(Math.max(delay, LEAST_END_DELAY), MOST_END_DELAY));
    await Promise.all(this.#watches.map((watch) => watch.capture.stop()));
    await Promise.all(this.#running);
  }

  killAll(): void {
    for (const command of this.#commands) command.kill();
  }

  /** Starts all sources at once, and begins to read them together. */
  async #startAll(arrangements: readonly Arrangement[], stop: AbortSignal): Promise<void> {
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
    if (complaint !== null) this.#tellOnce(complaint);
    const patience = new Deadline(START_PATIENCE);
    const giveUp = (): void => this.killAll();
    stop.addEventListener('abort', giveUp, { once: true });
    if (stop.aborted) giveUp();
    const late = Symbol('late');
    const ready = await Promise.all(starting.map((one) => Promise.race([one, patience.over.then(() => late)])));
    patience.cancel();
    stop.removeEventListener('abort', giveUp);
    for (const [index, one] of ready.entries()) {
      if (typeof one === 'symbol') {
        const message = `not ready after ${START_PATIENCE / 1000} seconds; the others begin without it`;
        this.#tell({ event: 'warning', label: arrangements[index].start.label, message });
        this.#commands[index]?.kill();
      } else if (one !== null) {
        await this.#watch(one.arrangement, one.capture);
      }
    }
    if (this.#watches.length === 0)
      throw failures[0] ?? new VxtraceError('input-unreadable', 'no source could be started');
    this.#tell({
      event: 'started',
      sources: this.#watches.map((watch) => watch.described),
      windowSeconds: this.#options.windowSeconds,
      intervalSeconds: this.#options.intervalSeconds,
    });
    const now = Date.now() * 1e6;
    for (const watch of this.#watches) watch.beginAt(now);
    for (const watch of this.#watches) this.#running.push(this.#follow(watch));
  }

  async #watch(arrangement: Arrangement, capture: LiveCapture): Promise<void> {
    const { files, count } = this.#options;
    const { input, described, sharesClock, weakness, via } = arrangement;
    const written =
      files === null
        ? null
        : await CaptureFiles.create(
            files,
            input.label,
            () => capture.counters,
            (event) => this.#tell(event),
          ).catch((error: Error) => {
            throw new VxtraceError('output-unwritable', `--write ${files.folder}: ${error.message}`);
          });
    this.#watches.push(
      new Watch(capture, new Lag(sharesClock), {
        observer: this.#observerOptions(RUN_LIMITS),
        windowObserver: this.#observerOptions(WINDOW_LIMITS),
        count,
        files: written,
        input,
        weakness,
        via,
        described,
        holdsBack: this.#options.sources.length > 1,
      }),
    );
  }

  async #follow(watch: Watch): Promise<void> {
    await watch.run();
    const { state, frames, ending, capture } = watch;
    const { label } = capture;
    if (state === 'ended') this.#tell({ event: 'source-ended', label, packets: frames });
    else this.#tell({ event: 'source-died', label, packets: frames, message: ending, stderr: capture.messages });
  }

  #tick(): void {
    const now = Date.now();
    const until = this.#completeUntil(now);
    for (const watch of this.#watches) watch.advance(until);
    const { windowSeconds, intervalSeconds } = this.#options;
    const hostPeriod = Math.max(HOST_PERIOD, this.#hosts.milliseconds * HOST_SHARE);
    if (now - this.#lastHostReading >= hostPeriod && !this.#hosts.isReading) {
      this.#lastHostReading = now;
      void this.#hosts.read();
    }
    if (now - this.#lastRotation >= windowSeconds * 1000) {
      this.#lastRotation = now;
      for (const watch of this.#watches) watch.rotate(until);
    }
    if (now - this.#lastJudgement >= this.#judgementCost * JUDGE_SHARE) this.#judge();
    this.#measureRates(now);
    if (now - this.#lastSummary >= intervalSeconds * 1000) {
      this.#lastSummary = now;
      this.#summarise();
    }
    for (const complaint of this.#hosts.complaints) this.#tellOnce(complaint);
    this.#listener.snapshot({
      sources: this.#sourceSummaries(),
      recent: this.#recent,
      active: this.#findings.active,
      startedAt: this.#startedAt,
    });
  }

  /** Findings of the sliding memory, as if every capture had gone on until now. */
  #judge(): void {
    const begin = Date.now();
    // What an ended source did not see afterwards is no loss.
    const watches = this.#watches.filter(({ state }) => state === 'running');
    if (watches.length === 0) return;
    const recent = watches.map((watch) => watch.recent());
    const last = recent.map(({ observations }) => observations.lastTime);
    for (const [index, { observations }] of recent.entries()) {
      const until = watches[index].observedUntil;
      if (until > observations.lastTime) observations.lastTime = until;
    }
    this.#recent = this.#diagnose(watches, recent);
    for (const [index, { observations }] of recent.entries()) observations.lastTime = last[index];
    const { raised, cleared } = this.#findings.update(this.#recent.findings, begin);
    for (const finding of raised) this.#tell({ event: 'finding-raised', finding });
    for (const { finding, since } of cleared) {
      const { code, title, subject } = finding;
      this.#tell({ event: 'finding-cleared', code, title, subject, activeSeconds: (begin - since) / 1000 });
    }
    this.#lastJudgement = Date.now();
    this.#judgementCost = this.#lastJudgement - begin;
  }

  /** Up to when every running source has brought all it has, on our own clock in nanoseconds since 1970. */
  #completeUntil(now: number): number {
    const delays = this.#watches.filter(({ state }) => state === 'running').map(({ lag }) => lag.delay);
    return now * 1e6 - Math.max(0, ...delays);
  }

  #diagnose(watches: readonly Watch[], observed: readonly ObservedCapture[]): Report {
    const { macs, replyTimeoutSeconds } = this.#options;
    const inputs = watches.map(({ input }) => input);
    return diagnose(inputs, observed, { hosts: this.#hosts.facts, macs, replyTimeoutSeconds });
  }

  #observerOptions(limits: Limits): ObserverOptions {
    const { replyTimeoutSeconds, vxlanPorts, vnis } = this.#options;
    return {
      replyTimeoutNanoseconds: replyTimeoutSeconds * 1e9,
      ports: portTable(vxlanPorts),
      vnis: vnis.length === 0 ? null : new Set(vnis),
      limits,
    };
  }

  #summarise(): void {
    const flows = this.#recent?.flows ?? [];
    this.#tell({
      event: 'flow-summary',
      sources: this.#sourceSummaries(),
      tunnels: this.#recent?.tunnels ?? [],
      flows: flows.slice(0, FLOWS_PER_SUMMARY),
      flowsNotListed: Math.max(0, flows.length - FLOWS_PER_SUMMARY) + (this.#recent?.flowsSummarised?.flows ?? 0),
      activeFindings: this.#findings.active.length,
    });
  }

  #sourceSummaries(): SourceSummary[] {
    return this.#watches.map(({ capture, state, frames, bytes, dropped }, index) => ({
      label: capture.label,
      state,
      packets: frames,
      bytes,
      packetsPerSecond: this.#rates[index]?.packets ?? 0,
      bytesPerSecond: this.#rates[index]?.bytes ?? 0,
      dropped,
    }));
  }

  /** Rates over the last second or more. */
  #measureRates(now: number): void {
    const { at, frames, bytes } = this.#lastRates;
    const seconds = (now - at) / 1000;
    if (seconds < 1) return;
    if (at > 0) {
      this.#rates = this.#watches.map((watch, index) => ({
        packets: Math.round((watch.frames - (frames[index] ?? 0)) / seconds),
        bytes: Math.round((watch.bytes - (bytes[index] ?? 0)) / seconds),
      }));
    }
    this.#lastRates = {
      at: now,
      frames: this.#watches.map((watch) => watch.frames),
      bytes: this.#watches.map((watch) => watch.bytes),
    };
  }

  #hasAllCounts(): boolean {
    const { count } = this.#options;
    return count !== null && this.#watches.every(({ frames }) => frames >= count);
  }

  /** What the hosts said, beside the captures: `analyze --host` reads it. */
  async #keepHostTexts(): Promise<void> {
    const { files } = this.#options;
    if (files === null) return;
    for (const [host, text] of this.#hosts.texts) {
      const file = join(files.folder, `${fileName(host)}.host.txt`);
      await privilege.storage.replace(file, [text]).catch((error: Error) => {
        this.#tell({ event: 'write-failed', label: host, file, message: error.message });
      });
    }
  }

  #tellOnce(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#tell({ event: 'warning', label: null, message });
  }

  #tell(event: UntimedEvent): void {
    this.#listener.event(event);
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await privilege.makeFolder(folder);
  } catch (error) {
    throw new VxtraceError('output-unwritable', `--write ${folder}: ${(error as Error).message}`);
  }
}

function aborted(signal: AbortSignal): Promise<EndReason> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(signal.reason === 'output-closed' ? 'output-closed' : 'signal');
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

/** A time that comes, unless it is cancelled. */
class Deadline {
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
