/** A run that works and one that does not, composed: both are analysed, then what matters is compared. */
import { type AnalyzeOptions, type CaptureInput, type Diagnosis, examine } from './analyze.ts';
import { type Comparer, differences } from './compare/aspect.ts';
import { compareAbsence, compareDelays, compareLosses, compareSizes } from './compare/exchanges.ts';
import { compareHosts } from './compare/hosts.ts';
import { compareClaims, compareMacs, compareTimesToLive } from './compare/macs.ts';
import { comparisonNotes } from './compare/notes.ts';
import { type Pairing, pair, type Run } from './compare/pairing.ts';
import { compareTunnels } from './compare/tunnels.ts';
import type { HostFacts } from './host/facts.ts';
import type { Progress } from './observe-all.ts';
import { COMPARISON_SCHEMA_VERSION, type ComparedRun, type Comparison } from './report/comparison.ts';

/** The captures of one run and what its hosts printed. */
export interface RunInput {
  captures: readonly CaptureInput[];
  hosts?: readonly HostFacts[];
}

export interface CompareOptions extends Pick<AnalyzeOptions, 'vnis' | 'vxlanPorts' | 'replyTimeoutSeconds' | 'limits'> {
  good: RunInput;
  bad: RunInput;
  /** Captures are numbered through, those of the good run first. */
  onProgress?: Progress;
  /** Called with what was made of each run, the good one first. */
  onExamined?: (run: 'good' | 'bad', diagnosis: Diagnosis) => void;
}

const COMPARERS: readonly Comparer[] = [
  compareMacs,
  compareTunnels,
  compareSizes,
  compareClaims,
  compareAbsence,
  compareLosses,
  compareHosts,
  compareDelays,
  compareTimesToLive,
];

/**
 * Compares two runs and returns what differs and matters, what explains most first.
 *
 * @throws VxtraceError when a capture cannot be read or is none.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { good, bad, onProgress = () => {}, onExamined = () => {}, ...shared } = options;
  const examined = async (name: 'good' | 'bad', run: RunInput, firstCapture: number): Promise<Diagnosis> => {
    const diagnosis = await examine({
      ...shared,
      ...run,
      onProgress: (capture, read, total) => onProgress(firstCapture + capture, read, total),
    });
    onExamined(name, diagnosis);
    return diagnosis;
  };
  const pairing = pair(await examined('good', good, 0), await examined('bad', bad, good.captures.length));
  const found = differences(COMPARERS.flatMap((comparer) => comparer(pairing)));
  const { pairs, onlyGood, onlyBad } = pairing.places;
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    tool: pairing.bad.report.tool,
    verdict: verdict(pairing, found.differences),
    good: runReport(pairing.good),
    bad: runReport(pairing.bad),
    captures: [
      ...pairs.map((each) => ({ good: each.good.label, bad: each.bad.label, alignedBy: each.by })),
      ...onlyGood.map(({ label }) => ({ good: label, bad: null, alignedBy: null })),
      ...onlyBad.map(({ label }) => ({ good: null, bad: label, alignedBy: null })),
    ],
    ...found,
    notes: comparisonNotes(pairing),
  };
}

function verdict({ conversations }: Pairing, found: Comparison['differences']): Comparison['verdict'] {
  const [first] = found;
  if (first !== undefined) return { code: first.kind, headline: `${first.sentence}.` };
  const { pairs, onlyGood, onlyBad } = conversations;
  if (pairs.length === 0 && onlyGood.length + onlyBad.length > 0) {
    return {
      code: 'not-aligned',
      headline: 'The runs cannot be compared: no conversation of one stands for one of the other.',
    };
  }
  return { code: 'same', headline: 'Nothing that matters differs between the good and the bad run.' };
}

function runReport({ subject, report }: Run): ComparedRun {
  const { flowsSummarised: rest } = report;
  const sum = (field: 'requests' | 'answered' | 'unanswered' | 'pending'): number =>
    subject.flows.reduce((total, flow) => total + flow[field], rest?.[field] ?? 0);
  return {
    captures: subject.vantages.map(({ label }) => label),
    verdict: report.verdict,
    requests: sum('requests'),
    answered: sum('answered'),
    unanswered: sum('unanswered'),
    pending: sum('pending'),
  };
}
