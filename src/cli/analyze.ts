/** `vxtrace analyze`. */
import { examine } from '../analyze.ts';
import { VxtraceError } from '../errors.ts';
import { listFlows, type StreamedReport } from '../report/model.ts';
import type { Renderer, RenderOptions, ReportFormat } from '../report/options.ts';
import { captureInput, distinctLabels, seconds, statedMac, wholeNumber } from './arguments.ts';
import { hostPaths, namedHosts, readHosts, warnOfStrangers, withHostHint } from './hosts.ts';
import { requireOutput, writeOutput } from './output.ts';
import { ProgressLine } from './progress.ts';
import { useColor, width } from './terminal.ts';
import { tuneAsUsual, tuneForJudging, tuneForReading } from './tuning.ts';

/** Runs the command; returns its exit status. */
export async function runAnalyze(captures: readonly string[], options: Record<string, unknown>): Promise<number> {
  const list = (name: string): string[] => (options[name] as string[] | undefined) ?? [];
  const format = formatOf(String(options['format']));
  const inputs = distinctLabels(captures.map(captureInput));
  if (inputs.filter(({ path }) => path === '-').length > 1) {
    throw new VxtraceError('usage', 'standard input (-) can be given once only');
  }
  const output = options['output'] === undefined ? null : String(options['output']);
  await requireOutput('--output', output, [...inputs.map(({ path }) => path), ...hostPaths(list('host'))]);
  const progress = new ProgressLine(inputs.map(({ label }) => label));
  try {
    tuneForReading();
    // How it is shown is loaded while the captures are read.
    const rendering = rendererFor(format);
    const hosts = await readHosts(list('host'));
    const macs = list('mac').map(statedMac);
    const { subject, report } = await examine({
      captures: inputs,
      hosts,
      macs,
      vnis: list('vni').map((text) => wholeNumber('--vni', text, 0, 0xffffff)),
      vxlanPorts: list('vxlanPort').map((text) => wholeNumber('--vxlan-port', text, 1, 65535)),
      replyTimeoutSeconds: seconds('--reply-timeout', String(options['replyTimeout'])),
      onProgress: (capture, read, total) => progress.update(capture, read, total),
      onObserved: tuneForJudging,
    });
    progress.clear();
    warnOfStrangers(namedHosts(hosts, macs), subject.vantages);
    await writeOutput(output, (await rendering)(report, { color: useColor(output), width: width(output) }));
    return options['exitZero'] === true ? 0 : exitStatus(report);
  } catch (error) {
    throw await withHostHint(error, { '--host': inputs });
  } finally {
    progress.clear();
    tuneAsUsual();
  }
}

/** 1 when anything of severity error was found, else 0. */
export function exitStatus(report: StreamedReport): number {
  return report.findings.some((finding) => finding.severity === 'error') ? 1 : 0;
}

export function formatOf(text: string): ReportFormat {
  if (text === 'text' || text === 'json' || text === 'markdown' || text === 'html') return text;
  throw new VxtraceError('usage', `--format ${text}: expected text, json, markdown or html`);
}

/** Renders a report that is written out once. */
type StreamRenderer = (report: StreamedReport, options: RenderOptions) => Iterable<string>;

/** Loads the renderer of one format only. */
export async function rendererFor(format: ReportFormat): Promise<StreamRenderer> {
  if (format === 'json') return (await import('../report/json.ts')).renderJson;
  const render = await listingRenderer(format);
  return (report, options) => render(listFlows(report), options);
}

/** Of the formats that go through the flows more than once. */
async function listingRenderer(format: Exclude<ReportFormat, 'json'>): Promise<Renderer> {
  switch (format) {
    case 'text':
      return (await import('../report/text.ts')).renderText;
    case 'markdown':
      return (await import('../report/markdown.ts')).renderMarkdown;
    case 'html':
      return (await import('../report/html.ts')).renderHtml;
  }
}
