/** Replies that came after the reply timeout: the asker had given up. */

import { LinkView } from '../../flow/link.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { flowName, MOST_EVIDENCE, plural } from '../wording.ts';

const MOST = 20;

export function lateReply(subject: Case): Finding[] {
  const late = subject.flows.filter((flow) => flow.late > 0).sort((a, b) => b.late - a.late);
  return late.slice(0, MOST).map((flow) => {
    const evidence = flow.sightings
      .map((sighting) => ({ sighting, link: new LinkView(sighting) }))
      .filter(({ link }) => link.lateFrame > 0)
      .slice(0, MOST_EVIDENCE)
      .map(({ sighting, link }) => ({
        capture: sighting.vantage.label,
        frame: link.lateFrame,
        note: `reply later than ${subject.replyTimeoutSeconds} s`,
      }));
    const { rttMicroseconds: rtt } = flow;
    const longest = rtt === null ? '' : `, the slowest after ${(rtt.max / 1e6).toFixed(3)} s`;
    return {
      code: 'late-reply',
      severity: 'warning',
      confidence: 'certain',
      title: `${plural(flow.late, 'reply')} came later than ${subject.replyTimeoutSeconds} s: ${flowName(flow)}${longest}`,
      explanation:
        'Whoever asked had given up by then, and counts them as lost. The delay per segment in this report tells on which part of the way they waited.',
      subject: {
        protocol: flow.protocol,
        vni: flow.vni,
        source: flow.source,
        destination: flow.destination,
        late: flow.late,
      },
      evidence,
      remedy: [],
      causes: [],
    };
  });
}
