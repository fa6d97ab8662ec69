/** What is said below a row or a table of the report. As captured: escape it. */
import type { CaptureReport, Flow } from './model.ts';
import { captureWindow, count, counted, lossSentence } from './phrases.ts';

/** `… and 3 more captures.` */
export const restOf = (noun: string) => (rest: readonly unknown[]) => `… and ${counted(rest.length, `more ${noun}`)}.`;

/** How many flows are left out of a table, and whether any of them is in trouble. */
export function restOfFlows(rest: readonly Flow[]): string {
  let unanswered = 0;
  let pending = 0;
  for (const flow of rest) {
    if (flow.unanswered > 0) unanswered++;
    else if (flow.pending > 0) pending++;
  }
  const flows = `… and ${counted(rest.length, 'more flow')}`;
  if (unanswered > 0) return `${flows}, ${count(unanswered)} of them with unanswered requests.`;
  return pending > 0 ? `${flows}, all answered or pending.` : `${flows}, all answered.`;
}

/** Where a flow's unanswered requests ended, and what else is odd about it. */
export function flowNotes(flow: Flow): string[] {
  const notes = flow.losses.map(lossSentence);
  const odd: string[] = [];
  if (flow.pending > 0) odd.push(`${count(flow.pending)} pending when the captures end`);
  if (flow.late > 0) odd.push(counted(flow.late, 'late reply', 'late replies'));
  if (flow.duplicateRequests > 0) odd.push(counted(flow.duplicateRequests, 'duplicate request'));
  if (flow.duplicateReplies > 0) odd.push(counted(flow.duplicateReplies, 'duplicate reply', 'duplicate replies'));
  if (odd.length > 0) notes.push(odd.join(', '));
  if (flow.unanswered > 0 && flow.path.length > 1) notes.push(`path: ${flow.path.join(' → ')}`);
  return notes;
}

const SHOWN_VNIS = 8;

/** Where a capture comes from, when it was taken, and what makes it weak as evidence. */
export function captureNotes(capture: CaptureReport): string[] {
  const about = [`${capture.format} ${capture.linkTypes.join(', ')}`.trimEnd()];
  if (capture.vnis.length > 0) {
    const vnis = capture.vnis.slice(0, SHOWN_VNIS).map(({ vni, packets }) => `${vni} (${counted(packets, 'packet')})`);
    const more = capture.vnis.length - vnis.length;
    about.push(`VNI ${vnis.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`);
  }
  const notes = [about.join(', '), captureWindow(capture)];
  if (capture.file !== null) notes.unshift(capture.file);
  if (capture.via !== undefined) notes.unshift(`captured with ${capture.via}`);
  const weak: string[] = [];
  if (!capture.complete) weak.push('cut short');
  if (capture.counts.malformed > 0) weak.push(counted(capture.counts.malformed, 'malformed packet'));
  if (capture.counts.snapped > 0) weak.push(`${counted(capture.counts.snapped, 'packet')} cut by the snap length`);
  if (capture.checksums.wrong > 0) {
    weak.push(`${count(capture.checksums.wrong)} of ${counted(capture.checksums.verified, 'checksum')} wrong`);
  }
  if (weak.length > 0) notes.push(weak.join(', '));
  for (const warning of capture.warnings) notes.push(`warning: ${warning}`);
  return notes;
}

/** How many checksums were verified over all captures, and which. */
export function checksumSentence(captures: readonly CaptureReport[]): string {
  let verified = 0;
  let wrong = 0;
  const policies = new Set<string>();
  for (const { checksums } of captures) {
    verified += checksums.verified;
    wrong += checksums.wrong;
    policies.add(checksums.policy);
  }
  const which = [...policies].filter((policy) => policy !== '').join('; ');
  return `Checksums: ${count(verified)} verified, ${count(wrong)} wrong${which === '' ? '' : ` (verified: ${which})`}.`;
}
