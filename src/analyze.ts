/** The whole analysis, composed: captures and what hosts say go in, a report comes out. */
import type { CaptureInput, Diagnosis, DiagnosisOptions } from './diagnosis.ts';
import { VxtraceError } from './errors.ts';
import { DEFAULT_LIMITS, LIMITS_ALONE, type Limits } from './flow/observations.ts';
import type { ObservedCapture } from './observe.ts';
import { observeAll, type Progress } from './observe-all.ts';
import { listFlows, type Report } from './report/model.ts';

export type { CaptureInput, Diagnosis } from './diagnosis.ts';

export interface AnalyzeOptions extends DiagnosisOptions {
  captures: readonly CaptureInput[];
  /** Only these VNIs; all when absent or empty. */
  vnis?: readonly number[];
  /** UDP ports that carry VXLAN besides the standard ones. */
  vxlanPorts?: readonly number[];
  limits?: Limits;
  onProgress?: Progress;
  /** Called when all captures are read, before what was seen is judged. */
  onObserved?: () => void;
}

/**
 * Analyses captures together and returns the report.
 *
 * @throws VxtraceError when there is no capture, or one cannot be read or is none.
 */
export async function analyze(options: AnalyzeOptions): Promise<Report> {
  return listFlows((await examine(options)).report);
}

/**
 * Analyses captures together and returns the report with the case it was made from.
 *
 * @throws VxtraceError when there is no capture, or one cannot be read or is none.
 */
export async function examine(options: AnalyzeOptions): Promise<Diagnosis> {
  if (options.captures.length === 0)
    throw new VxtraceError('usage', 'there is no capture to analyse: give one at least');
  // What judges is loaded while the captures are read.
  const [observed, { diagnose }] = await Promise.all([observe(options), import('./diagnosis.ts')]);
  options.onObserved?.();
  return diagnose(options.captures, observed, options);
}

function observe(options: AnalyzeOptions): Promise<ObservedCapture[]> {
  const { captures, vnis = [], vxlanPorts = [], replyTimeoutSeconds = 1 } = options;
  const { limits = captures.length === 1 ? LIMITS_ALONE : DEFAULT_LIMITS } = options;
  const tasks = captures.map(({ path }) => ({
    path,
    replyTimeoutNanoseconds: replyTimeoutSeconds * 1e9,
    vxlanPorts,
    vnis: vnis.length === 0 ? null : new Set(vnis),
    limits,
  }));
  return observeAll(tasks, options.onProgress ?? (() => {}));
}
