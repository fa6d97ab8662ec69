/** The same packet more than once at one vantage point. */

import type { JoinedFlow } from '../../flow/joined-flow.ts';
import { LinkView } from '../../flow/link.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { flowName, listed, MOST_EVIDENCE, plural } from '../wording.ts';

const MOST = 20;

export function duplicatePackets(subject: Case): Finding[] {
  const doubled = subject.flows
    .filter((flow) => flow.duplicateRequests + flow.duplicateReplies > 0)
    .map((flow) => ({ flow, count: flow.duplicateRequests + flow.duplicateReplies }))
    .sort((a, b) => b.count - a.count);
  return doubled.slice(0, MOST).map(({ flow, count }) => {
    const places = flow.sightings
      .map((sighting) => ({ sighting, link: new LinkView(sighting) }))
      .filter(({ link }) => link.duplicateFrame > 0);
    return {
      code: 'duplicate-packets',
      severity: 'warning',
      confidence: 'certain',
      title: `${plural(count, 'packet')} came twice: ${flowName(flow)}`,
      explanation: `${seenAgain(flow)} seen again, byte for byte, at the same place. A loop, two redirects of the same traffic, or two forwarding entries for one MAC do this. The first vantage point on the way that shows them lies behind the place where they are doubled.`,
      subject: {
        protocol: flow.protocol,
        vni: flow.vni,
        source: flow.source,
        destination: flow.destination,
        duplicateRequests: flow.duplicateRequests,
        duplicateReplies: flow.duplicateReplies,
      },
      evidence: places.slice(0, MOST_EVIDENCE).map(({ sighting, link }) => ({
        capture: sighting.vantage.label,
        frame: link.duplicateFrame,
        note: 'the first packet that was seen before',
      })),
      remedy: [
        {
          text: 'Look for two entries for one MAC, or for the zero MAC with two remotes',
          command: 'bridge fdb show',
          host: null,
        },
      ],
      causes: [],
    };
  });
}

/** "2 requests and 1 reply were", without what there was none of. */
function seenAgain({ duplicateRequests, duplicateReplies }: JoinedFlow): string {
  const parts = [
    ...(duplicateRequests > 0 ? [plural(duplicateRequests, 'request')] : []),
    ...(duplicateReplies > 0 ? [plural(duplicateReplies, 'reply')] : []),
  ];
  return `${listed(parts)} ${duplicateRequests + duplicateReplies === 1 ? 'was' : 'were'}`;
}
