/**
 * Measures what live capture loses and how much memory it takes, on this machine as it is:
 * `node scripts/run.mjs test/live/measure.ts loss|ping|memory [--backends a,b] [--rates a,b] [--seconds n]`.
 * Needs root. Prints one line of JSON a run; docs/live.md has the figures of one machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../../src/report/model.ts';
import { Namespaces } from '../lab/namespaces.ts';
import { Overlay, output } from './overlay.ts';
import { type BuiltProgram, buildProgram } from './program.ts';
import { LiveRun } from './run.ts';

const FLOOD = resolve('test/live/flood.py');
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    backends: { type: 'string', default: 'dumpcap,tcpdump,cap' },
    rates: { type: 'string', default: '50000,100000,200000' },
    seconds: { type: 'string', default: '30' },
    requests: { type: 'string', default: '100000' },
  },
});
const backends = values.backends.split(',');
const seconds = Number(values.seconds);

/** A run of the program on one source, and what became of it. */
class MeasuredRun {
  readonly #folder = mkdtempSync(join(tmpdir(), 'measure-'));
  readonly #report = join(this.#folder, 'report.json');
  readonly #run: LiveRun;
  /** Memory of the program in MB, second by second. */
  readonly residents: number[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(program: BuiltProgram, source: string, backend: string) {
    const options = ['--backend', backend, '--interval', '1', '--report', this.#report];
    this.#run = new LiveRun(program.path, [source, ...options]);
  }

  async started(): Promise<void> {
    await this.#run.event('started', undefined, 20_000);
    this.#timer = setInterval(() => {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#run.child.pid}/status`, 'utf8')) ?? [];
      this.residents.push(Math.round(Number(kilobytes) / 1024));
    }, 1000);
  }

  /** Ends the run; what its report counts, and the longest time between two summaries, which are due every second. */
  async end(): Promise<{ report: Report; seen: number; dropped: number | null; summaryGapSeconds: number }> {
    await new Promise((done) => setTimeout(done, 1500));
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#run.end('SIGINT');
    const summaries = this.#run.all('flow-summary');
    const gaps = summaries.slice(1).map(({ time }, at) => (Date.parse(time) - Date.parse(summaries[at].time)) / 1000);
    const report = JSON.parse(readFileSync(this.#report, 'utf8')) as Report;
    const [capture] = report.captures;
    const told = report.findings
      .filter(({ code }) => code === 'capture-incomplete')
      .map(({ explanation }) => /capturing system dropped (\d+)/.exec(explanation))
      .find((found) => found !== null);
    const isKnown = summaries.some(({ sources }) => sources[0].dropped !== null) || told !== undefined;
    rmSync(this.#folder, { recursive: true });
    return {
      report,
      seen: capture.packets,
      dropped:
        told === undefined ? (isKnown || capture.via?.startsWith('dumpcap') === true ? 0 : null) : Number(told[1]),
      summaryGapSeconds: Math.max(0, ...gaps),
    };
  }
}

async function measureLoss(program: BuiltProgram): Promise<void> {
  const namespaces = new Namespaces(new AbortController().signal);
  try {
    await buildLine(namespaces);
    const there = namespaces.machineName('receiver');
    for (const rate of values.rates.split(',').map(Number)) {
      for (const backend of backends) {
        const run = new MeasuredRun(program, `receiver:r0@${there}`, backend);
        await run.started();
        const arrivedBefore = arrived(there);
        const flood = ['netns', 'exec', namespaces.machineName('sender'), 'python3', FLOOD, 's0'];
        const { stdout } = await output('ip', [...flood, String(rate), String(seconds)]);
        const { sent, seconds: took } = JSON.parse(stdout) as { sent: number; seconds: number };
        const { seen, dropped, summaryGapSeconds } = await run.end();
        const reached = arrived(there) - arrivedBefore;
        print({
          ...{ backend, rate, took, sent, reached, seen, dropped },
          missing: dropped === null ? null : reached - seen - dropped,
          summaryGapSeconds,
          megabytes: Math.max(...run.residents),
        });
      }
    }
  } finally {
    namespaces.removeAll();
  }
}

/** Packets that came out of the interface, by the kernel's count. */
function arrived(namespace: string): number {
  const printed = execFileSync('ip', ['-n', namespace, '-j', '-s', 'link', 'show', 'r0'], { encoding: 'utf8' });
  return (JSON.parse(printed) as { stats64: { rx: { packets: number } } }[])[0].stats64.rx.packets;
}

async function measurePing(program: BuiltProgram): Promise<void> {
  const overlay = await Overlay.build({});
  try {
    await overlay.ping('-c', '2', '-i', '0.1');
    for (const backend of backends) {
      const run = new MeasuredRun(program, overlay.source('podvm:ens2', 'podvm'), backend);
      await run.started();
      const { stdout } = await overlay.namespaces.attempt('worker', `ping -q -f -c ${values.requests} 10.132.2.46`);
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout)!.map(Number);
      const { report, dropped, summaryGapSeconds } = await run.end();
      const { echoRequests, echoReplies } = report.captures[0].counts;
      print({ backend, sent, received, echoRequests, echoReplies, dropped, summaryGapSeconds });
    }
  } finally {
    overlay.remove();
  }
}

/** Unanswered requests for a long time, of as many flows as are kept of a source. */
async function measureMemory(program: BuiltProgram): Promise<void> {
  const namespaces = new Namespaces(new AbortController().signal);
  try {
    await buildLine(namespaces);
    const [backend] = backends;
    const rate = values.rates.split(',')[0];
    const run = new MeasuredRun(program, `receiver:r0@${namespaces.machineName('receiver')}`, backend);
    await run.started();
    await namespaces.attempt('sender', `python3 ${FLOOD} s0 ${rate} ${seconds} spread`);
    const { report, seen, dropped, summaryGapSeconds } = await run.end();
    const { flows, flowsSummarised } = report;
    print({
      ...{ backend, rate, seconds, seen, dropped, summaryGapSeconds },
      flows: flows.length + (flowsSummarised?.flows ?? 0),
      megabytesEvery30Seconds: run.residents.filter((_, at) => at % 30 === 29),
      most: Math.max(...run.residents),
    });
  } finally {
    namespaces.removeAll();
  }
}

/** Two namespaces, and a line between them. */
async function buildLine(namespaces: Namespaces): Promise<void> {
  for (const name of ['sender', 'receiver']) await namespaces.add(name, { ipv6: false });
  await namespaces.ip('sender', 'link add s0 type veth peer name r0 netns receiver');
  await namespaces.ip('sender', 'link set s0 up');
  await namespaces.ip('receiver', 'link set r0 up');
}

function print(measured: object): void {
  const load = loadavg().map((value) => Number(value.toFixed(1)))[0];
  process.stdout.write(`${JSON.stringify({ ...measured, load })}\n`);
}

const program = await buildProgram();
try {
  if (positionals[0] === 'ping') await measurePing(program);
  else if (positionals[0] === 'memory') await measureMemory(program);
  else await measureLoss(program);
} finally {
  program.remove();
}
