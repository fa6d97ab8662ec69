/** The one sentence that the report begins with. */
import type { Case } from '../findings/case.ts';
import type { Finding } from '../findings/finding.ts';
import type { FlowTotals } from '../flow/selection.ts';
import type { Verdict } from './model.ts';

/** The principal finding's, or what was looked at when nothing is wrong. */
export function verdict(subject: Case, total: FlowTotals, findings: readonly Finding[]): Verdict {
  const [principal] = findings;
  if (principal !== undefined) return { code: principal.code, headline: `${principal.title}.` };
  const captures = subject.vantages.length;
  const packets = subject.vantages.reduce((sum, { observations }) => sum + observations.counts.packets, 0);
  const looked = `${captures === 1 ? '1 capture' : `${captures} captures`}, ${packets} packets`;
  if (total.requests === 0) {
    return {
      code: 'healthy',
      headline: `Nothing wrong was found, but there was no request to follow either (${looked}).`,
    };
  }
  const pending = total.pending === 0 ? '' : `, ${total.pending} still waiting when the capture ended`;
  const all =
    total.pending === 0
      ? total.requests === 1
        ? 'The 1 request'
        : `All ${total.requests} requests`
      : `${total.answered} of ${total.requests} requests`;
  return {
    code: 'healthy',
    headline: `${all} of ${total.flows === 1 ? '1 flow' : `${total.flows} flows`} ${total.answered === 1 ? 'was' : 'were'} answered${pending}; nothing wrong was found (${looked}).`,
  };
}
