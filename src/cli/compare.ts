/** `vxtrace compare`. */
import { compare, type RunInput } from '../compare.ts';
import { VxtraceError } from '../errors.ts';
import type { Comparison } from '../report/comparison.ts';
import type { RenderOptions } from '../report/options.ts';
import { captureInput, distinctLabels, seconds, wholeNumber } from './arguments.ts';
import { hostPaths, readHosts, warnOfStrangers, withHostHint } from './hosts.ts';
import { requireOutput, writeOutput } from './output.ts';
import { ProgressLine } from './progress.ts';
import { useColor, width } from './terminal.ts';

type ComparisonRenderer = (comparison: Comparison, options: RenderOptions) => Iterable<string>;

/** Runs the command; returns its exit status: 0 when nothing that matters differs, else 1. */
export async function runCompare(options: Record<string, unknown>): Promise<number> {
  const list = (name: string): string[] => (options[name] as string[] | undefined) ?? [];
  const render = await rendererFor(String(options['format']));
  const sides = [list('good'), list('bad')];
  if (sides.some((files) => files.length === 0)) {
    throw new VxtraceError('usage', 'compare needs captures of both runs: --good <capture...> --bad <capture...>');
  }
  if (sides.flat().filter((file) => captureInput(file).path === '-').length > 1) {
    throw new VxtraceError('usage', 'standard input (-) can be given once only');
  }
  const [good, bad] = sides.map((files) => distinctLabels(files.map(captureInput)));
  const output = options['output'] === undefined ? null : String(options['output']);
  await requireOutput('--output', output, [
    ...[...good, ...bad].map(({ path }) => path),
    ...hostPaths(list('hostGood'), '--host-good'),
    ...hostPaths(list('hostBad'), '--host-bad'),
  ]);
  const progress = new ProgressLine([...good, ...bad].map(({ label }) => label));
  try {
    const run = async (captures: RunInput['captures'], hosts: string, option: string): Promise<RunInput> => ({
      captures,
      hosts: await readHosts(list(hosts), option),
    });
    const comparison = await compare({
      good: await run(good, 'hostGood', '--host-good'),
      bad: await run(bad, 'hostBad', '--host-bad'),
      vnis: list('vni').map((text) => wholeNumber('--vni', text, 0, 0xffffff)),
      vxlanPorts: list('vxlanPort').map((text) => wholeNumber('--vxlan-port', text, 1, 65535)),
      replyTimeoutSeconds: seconds('--reply-timeout', String(options['replyTimeout'])),
      onProgress: (capture, read, total) => progress.update(capture, read, total),
      onExamined: (run, { subject }) => {
        progress.clear();
        const hosts = subject.hosts.map(({ host }) => host);
        warnOfStrangers([{ option: `--host-${run}`, hosts }], subject.vantages);
      },
    });
    progress.clear();
    await writeOutput(output, render(comparison, { color: useColor(output), width: width(output) }));
    return options['exitZero'] === true || comparison.verdict.code === 'same' ? 0 : 1;
  } catch (error) {
    throw await withHostHint(error, { '--host-good': good, '--host-bad': bad });
  } finally {
    progress.clear();
  }
}

async function rendererFor(format: string): Promise<ComparisonRenderer> {
  switch (format) {
    case 'text':
      return (await import('../report/comparison-text.ts')).renderComparisonText;
    case 'json':
      return (await import('../report/comparison-json.ts')).renderComparisonJson;
    case 'markdown':
      return (await import('../report/comparison-markdown.ts')).renderComparisonMarkdown;
    default:
      throw new VxtraceError('usage', `--format ${format}: expected text, json or markdown`);
  }
}
