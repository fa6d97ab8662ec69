/** Whatever makes a verdict weaker: a cut file, drops, a short snap length, windows that do not overlap, packets not decoded. */
import type { Case } from '../case.ts';
import type { Evidence, Finding } from '../finding.ts';
import { listed, plural } from '../wording.ts';

export function captureIncomplete(subject: Case): Finding[] {
  const findings = subject.captures.flatMap(({ vantage, complete, warnings, dropped }) => {
    const { counts } = vantage.observations;
    const reasons = [...warnings];
    if (dropped !== null && dropped > 0) reasons.push(`the capturing system dropped ${plural(dropped, 'packet')}`);
    if (counts.headersCut > 0)
      reasons.push(`the snap length cut the headers of ${plural(counts.headersCut, 'packet')}`);
    if (!complete && reasons.length === 0) reasons.push('it ends in the middle of a record');
    if (reasons.length === 0) return [];
    return [
      finding(
        `${vantage.label} is incomplete: ${reasons[0]}`,
        `${listed(reasons)}. What was lost from a capture looks like a loss on the network.`,
        vantage.label,
        [{ capture: vantage.label, frame: null, note: reasons[0] }],
      ),
    ];
  });
  return [...findings, ...separateWindows(subject)];
}

function separateWindows(subject: Case): Finding[] {
  const { vantages, surroundings } = subject;
  const findings: Finding[] = [];
  for (const [index, a] of vantages.entries()) {
    for (const b of vantages.slice(index + 1)) {
      if (surroundings.overlaps(a, b)) continue;
      findings.push(
        finding(
          `${a.label} and ${b.label} share no packet and do not cover the same time`,
          'Nothing can be said about what happened between them. Capture at both ends at the same time.',
          `${a.label} ${b.label}`,
          [
            { capture: a.label, frame: null, note: 'covers another time' },
            { capture: b.label, frame: null, note: 'covers another time' },
          ],
        ),
      );
    }
  }
  return findings.slice(0, 10);
}

function finding(title: string, explanation: string, capture: string, evidence: Evidence[]): Finding {
  return {
    code: 'capture-incomplete',
    severity: 'warning',
    confidence: 'certain',
    title,
    explanation,
    subject: { capture },
    evidence,
    remedy: [],
    causes: [],
  };
}
