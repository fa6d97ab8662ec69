/**
 * What a reader is shown, and in which order. The JSON report is complete; the others show what is in
 * trouble first, as much as a person reads, and say how much they left out.
 */
import type { Finding, FindingCode, Flow, Remedy, Report, Severity } from './model.ts';

const MAX_CURES = 6;
const MAX_FINDINGS_PER_CODE = 5;
/** Frames shown per finding. */
export const MAX_EVIDENCE = 20;

/** What to do, and the commands for it: one for each thing that it is to be done with. */
export interface Advice {
  text: string;
  host: string | null;
  commands: string[];
}

/** A finding to show, with what to do about it unless the cure said so already. */
export interface ShownFinding {
  finding: Finding;
  remedy: Advice[];
}

export interface Digest {
  /** What to do first: the remedies of the principal finding and of every other error that nothing else explains. */
  cure: Advice[];
  /** What is missing to decide. */
  missing: Advice[];
  findings: ShownFinding[];
  /** Findings that are not shown, by code. */
  more: { code: FindingCode; findings: number }[];
}

/** Sorts a report's findings and remedies for reading. Their order stays that of the report. */
export function digest(report: Report): Digest {
  const cure: Remedy[] = [];
  const seen = new Set<string>();
  for (const [index, finding] of report.findings.entries()) {
    const principal = index === 0 || (finding.severity === 'error' && finding.causes.length === 0);
    if (!principal) continue;
    for (const remedy of finding.remedy) {
      if (cure.length < MAX_CURES && !seen.has(remedyKey(remedy))) {
        seen.add(remedyKey(remedy));
        cure.push(remedy);
      }
    }
  }
  const perCode = new Map<FindingCode, number>();
  const findings: ShownFinding[] = [];
  for (const finding of report.findings) {
    const shown = perCode.get(finding.code) ?? 0;
    perCode.set(finding.code, shown + 1);
    if (shown >= MAX_FINDINGS_PER_CODE) continue;
    const remedy = finding.remedy.filter((entry) => !seen.has(remedyKey(entry)));
    for (const entry of remedy) seen.add(remedyKey(entry));
    findings.push({ finding, remedy: adviceOf(remedy) });
  }
  const more = [...perCode]
    .filter(([, total]) => total > MAX_FINDINGS_PER_CODE)
    .map(([code, total]) => ({ code, findings: total - MAX_FINDINGS_PER_CODE }));
  return { cure: adviceOf(cure), missing: adviceOf(report.missingEvidence), findings, more };
}

/** The remedies, those that are said in the same words as one. */
function adviceOf(remedies: readonly Remedy[]): Advice[] {
  const advice = new Map<string, Advice>();
  for (const { text, host, command } of remedies) {
    const key = JSON.stringify([host, text]);
    const said = advice.get(key) ?? { text, host, commands: [] };
    advice.set(key, said);
    if (command !== null) said.commands.push(command);
  }
  return [...advice.values()];
}

const remedyKey = (remedy: Remedy) => JSON.stringify([remedy.host, remedy.command, remedy.text]);

/** How the verdict is to be taken: as its principal finding, or as a warning when nothing was found but evidence is missing. */
export function verdictTone(report: Report): Severity | 'healthy' {
  if (report.verdict.code !== 'healthy') return report.findings[0]?.severity ?? 'error';
  return report.missingEvidence.length > 0 ? 'warning' : 'healthy';
}

/** Flows by how much is wrong with them, those without an answer first; otherwise as in the report. */
export function flowsByTrouble(flows: readonly Flow[]): Flow[] {
  return [...flows].sort((a, b) => trouble(b) - trouble(a) || b.unanswered - a.unanswered);
}

function trouble(flow: Flow): number {
  if (flow.unanswered > 0) return 3;
  if (flow.late > 0) return 2;
  return flow.pending > 0 || flow.duplicateRequests > 0 || flow.duplicateReplies > 0 ? 1 : 0;
}

/** The flow that the verdict is about: the worst one that the principal finding names, else the worst one. */
export function principalFlow(report: Report): Flow | null {
  const flows = flowsByTrouble(report.flows);
  const subject = report.findings[0]?.subject;
  if (subject !== undefined) {
    const named = new Set(Object.values(subject));
    const vni = subject['vni'];
    const matches = (flow: Flow) =>
      named.has(flow.destination) && (typeof vni !== 'number' || flow.vni === null || flow.vni === vni);
    const flow = flows.find((each) => each.path.length > 0 && each.unanswered > 0 && matches(each));
    if (flow !== undefined) return flow;
  }
  return flows.find((flow) => flow.path.length > 0) ?? null;
}
