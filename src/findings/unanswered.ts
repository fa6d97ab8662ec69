/** Findings for requests that nobody answered, one per pair of addresses: the same for every protocol but for the words. */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import { linkPeriods } from '../flow/link.ts';
import type { Case } from './case.ts';
import { undecidedChecks } from './checks.ts';
import type { Evidence, Finding, FindingCode, Remedy } from './finding.ts';
import { requestRule } from './firewall.ts';
import { isTimeExceeded, routerThatSaysSo } from './outer-time-to-live.ts';
import { segmentOf } from './segment.ts';
import { type Silence, Silences } from './silences.ts';
import { lossEvidence, MOST_EVIDENCE, plural, question, questions } from './wording.ts';

/** Findings of one code listed singly; the flows beyond are added up in one more. */
export const MOST_FINDINGS = 20;

/** Findings of `code` for the flows of the given protocols that have unanswered requests. */
export function unansweredFindings(
  subject: Case,
  code: FindingCode,
  protocols: readonly JoinedFlow['protocol'][],
): Finding[] {
  const silences = new Silences(subject.flows, protocols);
  const worst = silences.worst(MOST_FINDINGS + MOST_EVIDENCE);
  const findings = worst.slice(0, MOST_FINDINGS).map((silence) => describe(subject, code, silence));
  if (silences.count > MOST_FINDINGS) findings.push(summarise(code, silences, worst));
  return findings;
}

function describe(subject: Case, code: FindingCode, silence: Silence): Finding {
  const [flow] = silence.flows;
  const losses = mergeLosses(silence.flows);
  const evidence: Evidence[] = [];
  const name = question(flow.protocol);
  const isTrace = silence.flows.every((each) => isTraced(subject, each));
  for (const loss of losses) {
    for (const entry of lossEvidence(loss, `${name}, not answered`, `reply to ${name}, which goes no further`)) {
      if (evidence.length < MOST_EVIDENCE) evidence.push(entry);
    }
  }
  return {
    code,
    severity: isTrace ? 'info' : 'error',
    confidence: 'certain',
    title: title(subject, silence, losses),
    explanation: isTrace
      ? 'Routers answered them with "time exceeded", as a traceroute wants it.'
      : `${losses.map(fate).join(' ')}${usedUp(subject, flow) ?? secondLayer(subject, flow, losses)}${pathNote(flow)}`,
    subject: {
      protocol: flow.protocol,
      vni: flow.vni,
      source: flow.source,
      destination: flow.destination,
      port: flow.protocol === 'tcp-connect' ? flow.identifier : null,
      requests: silence.requests,
      unanswered: silence.unanswered,
      flows: silence.flows.length,
    },
    evidence,
    remedy: remedies(subject, flow, losses),
    causes: [],
  };
}

/**
 * True when routers on the way said that the flow's packets had used up their hops: somebody traces the route. Of a
 * tunnel's packets the outer hops were used up, which nobody asks for.
 */
function isTraced(subject: Case, flow: JoinedFlow): boolean {
  return subject.vantages.some(({ observations }) =>
    observations.errors.errors.some(
      (error) =>
        error.quotedVni < 0 &&
        isTimeExceeded(error) &&
        error.ipVersion === flow.ipVersion &&
        error.quotedSource === flow.source &&
        error.quotedDestination === flow.destination,
    ),
  );
}

/** "5 echo requests from A to B in VNI 7 reached podvm-vxlan0 and were not answered". */
function title(subject: Case, { flows, unanswered, requests }: Silence, losses: readonly JoinedLoss[]): string {
  const [flow] = flows;
  const port = flow.protocol === 'tcp-connect' ? ` port ${flow.identifier}` : '';
  const vni = flow.vni === null ? '' : ` in VNI ${flow.vni}`;
  const amount =
    unanswered === requests
      ? questions(flow.protocol, unanswered)
      : `${unanswered} of ${questions(flow.protocol, requests)}`;
  const who = `${amount} from ${flow.source} to ${flow.destination}${port}${vni}`;
  const were = unanswered === 1 ? 'was' : 'were';
  const [loss] = losses;
  if (losses.length !== 1 || loss.stage !== 'no-reply') return `${who} ${were} not answered`;
  const isDropped = requestRule(subject, flow, loss.after)?.isCertain ?? false;
  const why = !isDropped ? '' : `: a firewall rule on ${loss.after.host} drops ${unanswered === 1 ? 'it' : 'them'}`;
  if (unanswered === requests) return `${who} reached ${loss.after.label} and ${were} not answered there${why}`;
  return `${who} ${were} not answered, though ${unanswered === 1 ? 'it' : 'they'} reached ${loss.after.label}${why}`;
}

function fate({ stage, after, before, count }: JoinedLoss): string {
  const was = count === 1 ? 'was' : 'were';
  if (stage === 'request') return `${count} ${was} seen at ${after.label} and never at ${before?.label}.`;
  if (stage === 'reply') {
    const replies = count === 1 ? 'its reply was' : 'their replies were';
    return `${count} ${was} answered, but ${replies} seen at ${after.label} and never at ${before?.label}.`;
  }
  return `${count} reached ${after.label}, and no reply was seen there.`;
}

/** What a router said of the tunnel's packets that carried them; null where none did. */
function usedUp(subject: Case, flow: JoinedFlow): string | null {
  const router = routerThatSaysSo(subject, [flow]);
  return router === null ? null : ` ${router} says that the outer time to live of their packets ran out there.`;
}

/** What is known of the frames' MAC at the place where nobody answered. */
function secondLayer(subject: Case, flow: JoinedFlow, losses: readonly JoinedLoss[]): string {
  const [loss] = losses;
  if (loss?.stage !== 'no-reply' || flow.protocol === 'arp' || flow.protocol === 'ndp') return '';
  const sighting = flow.sightings.find(({ vantage }) => vantage === loss.after);
  const macs = new Set((sighting === undefined ? [] : linkPeriods(sighting)).map(({ destination }) => destination));
  const [mac] = macs;
  const owners = subject.owners.at(loss.after, loss.after.host, flow.destination, flow.vni);
  if (
    mac == null ||
    macs.size > 1 ||
    hadOtherMacs(subject, loss.after.host) ||
    !owners.some((owner) => owner.mac === mac)
  )
    return '';
  const met = requestRule(subject, flow, loss.after);
  const then =
    met === null
      ? 'what dropped them then, no capture tells'
      : `${loss.after.host} has a rule that ${met.isCertain ? 'drops' : 'may drop'} them: ${met.rule.text}`;
  return ` Their destination MAC ${mac} is the owner's, so they were accepted by layer 2 and not answered; ${then}.`;
}

/** True when interfaces of the host changed their MAC meanwhile. */
function hadOtherMacs(subject: Case, host: string | null): boolean {
  return (subject.owners.facts(host)?.macTimes?.length ?? 0) > 0;
}

function pathNote(flow: JoinedFlow): string {
  if (flow.pathCertain || flow.path.length < 2) return '';
  return ` The order of the captures (${flow.path.map((vantage) => vantage.label).join(', ')}) is taken from their clocks; name the hosts (HOST:INTERFACE=FILE) or pass --host to be sure of it.`;
}

/** The losses of several flows between the same ends, added up by place. */
export function mergeLosses(flows: readonly JoinedFlow[]): JoinedLoss[] {
  const merged = new Map<string, JoinedLoss>();
  for (const loss of flows.flatMap((flow) => flow.losses)) {
    const key = `${loss.stage} ${loss.after.index} ${loss.before?.index ?? ''}`;
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, { ...loss });
      continue;
    }
    known.count += loss.count;
    if (known.frames.length < MOST_EVIDENCE) known.frames = [...known.frames, ...loss.frames];
  }
  return [...merged.values()].sort((a, b) => b.count - a.count);
}

function remedies(subject: Case, flow: JoinedFlow, losses: readonly JoinedLoss[]): Remedy[] {
  const [loss] = losses;
  if (loss === undefined) return [];
  if (loss.stage === 'no-reply') return undecidedChecks(subject, flow, loss);
  const segment = segmentOf(flow, loss);
  if (segment === 'tunnel') {
    return [
      {
        text: `Capture on the underlay of both ends, too, to see on which part of the way between ${loss.after.label} and ${loss.before?.label} packets are lost`,
        command:
          'tcpdump -ni <underlay interface> -w underlay.pcap "udp port 4789 or arp or icmp or ip[6:2] & 0x1fff != 0"',
        host: null,
      },
    ];
  }
  return [];
}

/** Adds up all silences but those of `worst` that are listed one by one; it holds some of the next, too. */
function summarise(code: FindingCode, silences: Silences, worst: readonly Silence[]): Finding {
  let { unanswered, requests } = silences.total();
  for (const listed of worst.slice(0, MOST_FINDINGS)) {
    unanswered -= listed.unanswered;
    requests -= listed.requests;
  }
  const pairs = silences.count - MOST_FINDINGS;
  const next = worst.slice(MOST_FINDINGS);
  const [{ flows }] = next;
  return {
    code,
    severity: 'error',
    confidence: 'certain',
    title: `${unanswered} of ${questions(flows[0].protocol, requests)} between ${plural(pairs, 'further pair')} of addresses were not answered`,
    explanation: 'They are listed one by one among the flows.',
    subject: { protocol: flows[0].protocol, pairs, requests, unanswered },
    evidence: next.flatMap(({ flows: [flow] }) =>
      lossEvidence(flow.losses[0], 'not answered', 'reply that goes no further').slice(0, 1),
    ),
    remedy: [],
    causes: [],
  };
}
