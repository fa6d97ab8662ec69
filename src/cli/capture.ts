/** `vxtrace capture`. */
import { dirname, resolve } from 'node:path';
import { privilege } from '../capture/privilege.ts';
import { VxtraceError } from '../errors.ts';
import type { EndReason, UntimedEvent } from '../live/events.ts';
import type { SessionListener, SessionOptions } from '../live/session.ts';
import { jsonText } from '../report/escape.ts';
import type { ReportFormat } from '../report/options.ts';
import { exitStatus, formatOf, rendererFor } from './analyze.ts';
import { seconds, statedMac, wholeNumber } from './arguments.ts';
import { hostPaths, namedHosts, readHosts, warnOfStrangers } from './hosts.ts';
import { requireOutput, writeOutput } from './output.ts';
import { isCapable, useColor, width } from './terminal.ts';

/** Bytes of events that may wait for a slow reader before summaries are left out. */
const MOST_WAITING_OUTPUT = 1 << 20;
const BACKEND_CHOICES = ['auto', 'dumpcap', 'tcpdump', 'cap'] as const;

/** Runs the command; returns its exit status. */
export async function runCapture(sources: readonly string[], options: Record<string, unknown>): Promise<number> {
  const [{ prepareFolder, runSession }, { ownHost }, { liveSource }] = await Promise.all([
    import('../live/session.ts'),
    import('../live/host-watch.ts'),
    import('../capture/live-source.ts'),
  ]);
  const format = options['format'] === undefined ? null : formatOf(String(options['format']));
  const reportFile = options['report'] === undefined ? null : String(options['report']);
  const session = await sessionOptions(sources.map(liveSource), options);
  const folder = session.files?.folder ?? null;
  requireReport(format, reportFile, folder);
  // A report may be meant for the folder of the packets.
  if (folder !== null) await prepareFolder(folder);
  await requireOutput('--report', reportFile, hostPaths((options['host'] as string[] | undefined) ?? []));
  privilege.setFiles(folder, reportFile);
  const places = session.sources.map(({ label, host }) => ({ label, host: host ?? ownHost() }));
  warnOfStrangers(namedHosts(session.hosts, session.macs), places);
  // Whoever this becomes when root is given up may not be able to load them later.
  const renderReport = await rendererFor(format ?? formatByName(reportFile ?? ''));
  const renderText = await rendererFor('text');
  const stop = new AbortController();
  const release = endOnSignals(stop);
  const showsView = isCapable(process.stdout) && format !== 'json';
  const output = showsView ? await liveView(stop) : new EventLines(stop);
  let status: number;
  let result: Awaited<ReturnType<typeof runSession>>;
  try {
    result = await runSession(session, output, stop.signal);
    const { report, reason } = result;
    if (reportFile !== null) {
      await writeOutput(reportFile, renderReport(report, { color: false, width: 80 }), privilege.storage);
    }
    status = options['exitZero'] === true ? 0 : exitStatus(report);
    output.event({ event: 'ended', reason, verdict: report.verdict, report: reportFile, exitStatus: status });
  } finally {
    release();
    output.close();
    privilege.close();
  }
  if (showsView) {
    await writeOutput(null, renderText(result.report, { color: useColor(null), width: width(null) }));
  }
  return status;
}

async function sessionOptions(
  sources: SessionOptions['sources'],
  options: Record<string, unknown>,
): Promise<SessionOptions> {
  const list = (name: string): string[] => (options[name] as string[] | undefined) ?? [];
  const text = (name: string): string | null => (options[name] === undefined ? null : String(options[name]));
  const optionalSeconds = (name: string, flag: string): number | null => {
    const value = text(name);
    return value === null ? null : seconds(flag, value);
  };
  const optionalNumber = (name: string, flag: string, least: number, most?: number): number | null => {
    const value = text(name);
    return value === null ? null : wholeNumber(flag, value, least, most);
  };
  const folder = text('write');
  const rotateBytes = text('rotateSize');
  const rotateSeconds = optionalSeconds('rotateSeconds', '--rotate-seconds');
  if (folder === null && (rotateBytes !== null || rotateSeconds !== null)) {
    throw new VxtraceError('usage', '--rotate-size and --rotate-seconds need --write');
  }
  return {
    sources,
    backend: backendChoice(String(options['backend'])),
    sshCommand: String(options['ssh']),
    filter: text('filter'),
    snapLength: optionalNumber('snaplen', '--snaplen', 64, 262_144),
    durationSeconds: optionalSeconds('duration', '--duration'),
    count: optionalNumber('count', '--count', 1),
    intervalSeconds: seconds('--interval', String(options['interval'])),
    windowSeconds: seconds('--window', String(options['window'])),
    files: folder === null ? null : { folder, rotateBytes: byteCount(rotateBytes), rotateSeconds },
    hosts: await readHosts(list('host')),
    macs: list('mac').map(statedMac),
    vnis: list('vni').map((value) => wholeNumber('--vni', value, 0, 0xffffff)),
    vxlanPorts: list('vxlanPort').map((value) => wholeNumber('--vxlan-port', value, 1, 65535)),
    replyTimeoutSeconds: seconds('--reply-timeout', String(options['replyTimeout'])),
  };
}

/** Refuses a format that nothing is written in, and a report that would take the place of what `--write` writes. */
function requireReport(format: ReportFormat | null, file: string | null, folder: string | null): void {
  if (file === null) {
    if (format !== 'html' && format !== 'markdown') return;
    throw new VxtraceError('usage', `--format ${format} needs --report, the file that the report is written to`);
  }
  const isBesidePackets = folder !== null && resolve(dirname(file)) === resolve(folder);
  if (!isBesidePackets || !/\.(pcapng|host\.txt)$/.test(file)) return;
  throw new VxtraceError('usage', `--report ${file} has a name that --write gives to its files; let it end otherwise`);
}

function backendChoice(text: string): SessionOptions['backend'] {
  const choice = BACKEND_CHOICES.find((name) => name === text);
  if (choice === undefined)
    throw new VxtraceError('usage', `--backend ${text}: expected ${BACKEND_CHOICES.join(', ')}`);
  return choice;
}

/** `10M`: bytes, with k, M or G for powers of 1024. */
function byteCount(text: string | null): number | null {
  if (text === null) return null;
  const match = /^(\d+)([kMG]?)$/i.exec(text);
  const unit = { '': 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 }[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN;
  const bytes = Number(match?.[1] ?? Number.NaN) * unit;
  if (!(bytes >= 1)) throw new VxtraceError('usage', `--rotate-size ${text}: expected bytes, such as 500k, 100M or 1G`);
  return bytes;
}

/** The format that the name of a report's file asks for. */
function formatByName(file: string): ReportFormat {
  if (/\.json$/i.test(file)) return 'json';
  if (/\.(md|markdown)$/i.test(file)) return 'markdown';
  return /\.html?$/i.test(file) ? 'html' : 'text';
}

/** The first signal ends the run in order, a second one at once. Returns what gives the signals back. */
function endOnSignals(stop: AbortController): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort('signal');
  };
  for (const signal of signals) process.on(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}

interface Output extends SessionListener {
  close(): void;
}

async function liveView(stop: AbortController): Promise<Output> {
  const { LiveView } = await import('../live/view.ts');
  const view = new LiveView(process.stdout, useColor(null));
  onOutputClosed(stop, () => view.abandon());
  process.once('exit', () => view.close());
  return view;
}

/** One line of JSON an event. */
class EventLines implements Output {
  #isOpen = true;
  #left = 0;

  constructor(stop: AbortController) {
    onOutputClosed(stop, () => {
      this.#isOpen = false;
    });
  }

  event(event: UntimedEvent): void {
    if (!this.#isOpen) return;
    if (event.event === 'flow-summary' && process.stdout.writableLength > MOST_WAITING_OUTPUT) {
      this.#left++;
      return;
    }
    if (this.#left > 0 && event.event === 'flow-summary') {
      const message = `${this.#left} flow summaries were left out, because nobody read them in time`;
      this.#left = 0;
      this.#print({ event: 'warning', label: null, message });
    }
    this.#print(event);
  }

  snapshot(): void {}

  close(): void {}

  #print(event: UntimedEvent): void {
    const { event: name, ...rest } = event;
    process.stdout.write(`${jsonText(JSON.stringify({ event: name, time: new Date().toISOString(), ...rest }))}\n`);
  }
}

/** A reader that went away, or a terminal that was closed, ends the run in order. */
function onOutputClosed(stop: AbortController, then: () => void): void {
  process.stdout.removeAllListeners('error');
  const reason: EndReason = 'output-closed';
  process.stdout.on('error', () => {
    then();
    if (!stop.signal.aborted) stop.abort(reason);
  });
  process.stderr.on('error', () => {});
}
