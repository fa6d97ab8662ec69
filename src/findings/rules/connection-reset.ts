/** Connection attempts that were answered with a reset: the host is reached, and nothing listens, or something refuses. */
import type { JoinedFlow } from '../../flow/joined-flow.ts';
import { LinkView } from '../../flow/link.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { hostWith } from '../tunnel-device.ts';
import { MOST_EVIDENCE, share } from '../wording.ts';

const MOST = 20;

export function connectionReset(subject: Case): Finding[] {
  const found = new Map<string, JoinedFlow[]>();
  for (const flow of subject.flows.filter(wasRefused)) {
    const key = `${flow.vni} ${flow.source} ${flow.destination} ${flow.identifier}`;
    found.set(key, [...(found.get(key) ?? []), flow]);
  }
  const count = (flows: readonly JoinedFlow[]) => flows.reduce((sum, flow) => sum + flow.refused, 0);
  const sorted = [...found.values()].sort((a, b) => count(b) - count(a));
  return sorted.slice(0, MOST).map((flows) => describe(subject, flows, count(flows)));
}

function wasRefused(flow: JoinedFlow): boolean {
  return flow.protocol === 'tcp-connect' && flow.refused > 0;
}

function describe(subject: Case, flows: readonly JoinedFlow[], refused: number): Finding {
  const [{ source, destination, identifier: port, vni }] = flows;
  const requests = flows.reduce((sum, flow) => sum + flow.requests, 0);
  const evidence = flows
    .flatMap(({ sightings }) => sightings)
    .map((sighting) => ({ capture: sighting.vantage.label, frame: new LinkView(sighting).firstReplyFrame }))
    .filter(({ frame }) => frame > 0)
    .slice(0, MOST_EVIDENCE)
    .map((entry) => ({ ...entry, note: 'the first answer to a SYN' }));
  return {
    code: 'connection-reset',
    severity: 'warning',
    confidence: 'certain',
    title: `${share(refused, requests, 'connection attempt')} from ${source} to ${destination} port ${port}${vni === null ? '' : ` in VNI ${vni}`} ${refused === 1 ? 'was' : 'were'} refused`,
    explanation:
      'A SYN was answered with a reset, so the way there and back works. Either nothing listens on the port at that address, or a firewall rejects connections with a reset.',
    subject: { source, destination, port, vni, requests, refused },
    evidence,
    remedy: [
      {
        text: `See whether anything listens on port ${port} of ${destination}`,
        command: `ss -ltn 'sport = :${port}'`,
        host: hostWith(subject, destination)?.host ?? null,
      },
    ],
    causes: [],
  };
}
