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
    const [first, ...others] = reasons;
    if (first === undefined) return [];
    const also = others.length === 0 ? '' : ` Besides, ${listed(others)}.`;
    return [
      finding(
        `${vantage.label} is incomplete: ${first}`,
        `What was lost from a capture looks like a loss on the network.${also}`,
        vantage.label,
        [{ capture: vantage.label, frame: null, note: first }],
      ),
    ];
  });
  return [...findings, ...silentCaptures(subject), ...separateWindows(subject)];
}

/** Captures without a packet that are on the way of no flow: where one is, a loss in front of it tells why. */
function silentCaptures({ vantages, flows }: Case): Finding[] {
  const silent = vantages.filter(({ observations }) => observations.counts.packets === 0);
  if (silent.length === 0 || silent.length === vantages.length) return [];
  return silent
    .filter((vantage) => !flows.some(({ path }) => path.includes(vantage)))
    .map(({ label }) =>
      finding(
        `${label} holds no packet`,
        'It may not have been running, or not on the interface that the packets pass; nothing else was concluded from it.',
        label,
        [{ capture: label, frame: null, note: 'holds no packet' }],
      ),
    );
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
