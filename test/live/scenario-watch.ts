/** A scenario of the lab as `vxtrace capture` sees it, live on all its capture points at once. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCapture } from '../../src/capture/open.ts';
import type { LiveEvent } from '../../src/live/events.ts';
import type { Finding, Report } from '../../src/report/model.ts';
import { type Companion, isCurable } from '../lab/lab.ts';
import type { Namespaces } from '../lab/namespaces.ts';
import type { Scenario } from '../lab/scenario.ts';
import type { CapturePoint } from '../lab/tcpdump.ts';
import type { TrafficResult } from '../lab/traffic.ts';
import { output } from './overlay.ts';
import { LiveRun } from './run.ts';

/** What captures: a backend of the program's own, or a command that is given as the source. */
export type Means = 'dumpcap' | 'tcpdump' | 'exec';

/** Seconds of the short memory: longer than it takes from the last of a scenario's traffic to its cure. */
const WINDOW = 5;
/** Seconds, at most, from a scenario's last request to the end of its traffic. */
const QUIET = 2.5;
/** Milliseconds that the program may take to start. */
const STARTING = 30_000;
/** Milliseconds after which the last finding must be over: two spans of the memory, and what it takes to notice. */
const CLEARING = 2 * WINDOW * 1000 + 2000;

/**
 * Two runs beside each other. One has the usual memory, writes files and a report, and ends with the scenario's
 * traffic. The other has a short memory and goes on until the scenario's fault was cured and forgotten.
 */
export class ScenarioWatch implements Companion {
  readonly #program: string;
  readonly #folder: string;
  readonly #means: Means;
  #points: readonly CapturePoint[] = [];
  #run: LiveRun | null = null;
  #brief: LiveRun | null = null;
  /** What the run with the short memory held for wrong when the cure was applied; null when that came too late. */
  errorsBeforeCure: string[] | null = null;
  #endedAt = 0;
  readonly #processors = new Processors();
  /** What became of the traffic after the cure. */
  traffic: readonly TrafficResult[] = [];

  constructor(program: string, folder: string, means: Means) {
    this.#program = program;
    this.#folder = folder;
    this.#means = means;
  }

  async begin(namespaces: Namespaces, scenario: Scenario, points: readonly CapturePoint[]): Promise<void> {
    this.#points = points;
    const sources = points.map((point) => this.#source(namespaces, point));
    const { snapLength } = points[0];
    const options = snapLength === undefined ? [] : ['--snaplen', String(snapLength)];
    if (this.#means !== 'exec') options.push('--backend', this.#means);
    const files = ['--write', this.#folder, '--report', this.#reportFile];
    this.#run = new LiveRun(this.#program, [...sources, ...options, ...files]);
    if (isCurable(scenario)) {
      this.#brief = new LiveRun(this.#program, [...sources, ...options, '--window', String(WINDOW)]);
    }
    const runs = this.#brief === null ? [this.#run] : [this.#run, this.#brief];
    await Promise.all(runs.map((run) => run.event('started', () => true, STARTING)));
    this.#processors.reset();
  }

  async end(): Promise<void> {
    this.#processors.measure();
    this.#endedAt = Date.now();
    await this.#run?.end('SIGINT');
  }

  beforeCure(): void {
    const isInTime = Date.now() - this.#endedAt < (WINDOW - QUIET) * 1000;
    this.errorsBeforeCure = isInTime ? activeErrors(this.briefEvents) : null;
  }

  async cured(traffic: readonly TrafficResult[]): Promise<void> {
    const deadline = Date.now() + CLEARING;
    this.traffic = traffic;
    while (activeErrors(this.briefEvents).length > 0 && Date.now() < deadline) await sleep(50);
    await this.#brief?.end('SIGINT');
  }

  /** Ends what still runs. */
  kill(): void {
    this.#run?.kill();
    this.#brief?.kill();
  }

  /** The part of the time, from 0 to 1, in which a processor of this machine had nothing to do while there was traffic. */
  get idleShare(): number {
    return this.#processors.idleShare;
  }

  get events(): readonly LiveEvent[] {
    return this.#run?.events ?? [];
  }

  get briefEvents(): readonly LiveEvent[] {
    return this.#brief?.events ?? [];
  }

  get stderr(): string {
    return (this.#run?.stderr ?? '') + (this.#brief?.stderr ?? '');
  }

  get report(): Report {
    return JSON.parse(readFileSync(this.#reportFile, 'utf8')) as Report;
  }

  /** The report that `vxtrace analyze` makes of what the run wrote. */
  async analysis(): Promise<Report> {
    const captures = this.#points.map((point) => `${labelOf(point)}=${this.#file(labelOf(point))}`);
    const hosts = [...new Set(this.#points.map((point) => hostOf(point)))]
      .map((host) => ({ host, file: join(this.#folder, `${host}.host.txt`) }))
      .filter(({ file }) => existsSync(file))
      .flatMap(({ host, file }) => ['--host', `${host}=${file}`]);
    const { stdout } = await output(process.execPath, [this.#program, 'analyze', '-f', 'json', ...captures, ...hosts]);
    return JSON.parse(stdout) as Report;
  }

  /** Milliseconds since 1970 of the earliest frame that proves a finding of the report. */
  async firstProof({ evidence }: Finding): Promise<number> {
    let first = Number.POSITIVE_INFINITY;
    for (const { capture, frame } of evidence) {
      if (frame === null) continue;
      const times = await frameTimes(this.#file(capture));
      first = Math.min(first, times[frame - 1]);
    }
    return first;
  }

  get #reportFile(): string {
    return join(this.#folder, 'report.json');
  }

  #file(label: string): string {
    return join(this.#folder, `${label.replace(':', '-')}.pcapng`);
  }

  #source(namespaces: Namespaces, point: CapturePoint): string {
    const namespace = namespaces.machineName(point.namespace);
    if (this.#means !== 'exec') return `${labelOf(point)}@${namespace}`;
    const command = `ip netns exec ${namespace} tcpdump -i ${point.interface} -U --immediate-mode -w -`;
    return `${labelOf(point)}=exec:${command}`;
  }
}

/** Codes of the errors that were raised and not cleared, each once, sorted. */
export function activeErrors(events: readonly LiveEvent[]): string[] {
  const codes: string[] = [];
  for (const event of events) {
    if (event.event === 'finding-raised' && event.finding.severity === 'error') codes.push(event.finding.code);
    if (event.event === 'finding-cleared' && event.severity === 'error') codes.splice(codes.indexOf(event.code), 1);
  }
  return [...new Set(codes)].sort();
}

/** The errors that were raised. */
export function raisedErrors(events: readonly LiveEvent[]): { code: string; time: number }[] {
  return events.flatMap((event) =>
    event.event === 'finding-raised' && event.finding.severity === 'error'
      ? [{ code: event.finding.code, time: Date.parse(event.time) }]
      : [],
  );
}

/** How busy the machine is. */
class Processors {
  #before = cpus();
  idleShare = 1;

  reset(): void {
    this.#before = cpus();
  }

  /** Measures since `reset`. */
  measure(): void {
    let idle = 0;
    let all = 0;
    for (const [index, { times }] of cpus().entries()) {
      const before = this.#before[index].times;
      idle += times.idle - before.idle;
      for (const name of ['user', 'nice', 'sys', 'idle', 'irq'] as const) all += times[name] - before[name];
    }
    this.idleShare = all === 0 ? 1 : idle / all;
  }
}

function hostOf({ label }: CapturePoint): string {
  return label.slice(0, label.indexOf('-'));
}

/** `worker:br-int` for the lab's `worker-br-int`. */
function labelOf({ label }: CapturePoint): string {
  return label.replace('-', ':');
}

async function frameTimes(file: string): Promise<number[]> {
  const reader = await openCapture(file);
  const times: number[] = [];
  for await (const { time, count } of reader) {
    for (let i = 0; i < count; i++) times.push(reader.epochSeconds * 1000 + time[i] / 1e6);
  }
  return times;
}
