/** A wrong destination MAC as the report tells it: what was seen, why it is wrong, and what to do. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Confidence, Evidence, Finding, Remedy } from './finding.ts';
import { ownerPlace, type Place } from './owner-place.ts';
import type { Owner, OwnerSource } from './owners.ts';
import { shellWord } from './shell.ts';
import { plural, questionName } from './wording.ts';

/** When frames had the wrong MAC, where the same flow had another before or after. */
export interface WrongTime {
  /** Of the unanswered requests with it: the first and the last frame, and the seconds between them. */
  first: number;
  last: number;
  seconds: number;
  /** First frame of the time in which requests came with another MAC and were answered: after it, and before it. */
  cured: number | null;
  worked: number | null;
  /** Where the owner had another MAC then: whether it has the frames' MAC since. */
  ownerBefore: boolean | null;
}

/** Requests to one address that reached its owner with one wrong MAC. */
export interface Mismatch {
  flows: JoinedFlow[];
  vantage: Vantage;
  address: string;
  frameMac: string;
  owner: Owner | null;
  source: OwnerSource;
  count: number;
  evidence: Evidence[];
  /** Null when all requests of its flows had the wrong MAC. */
  time: WrongTime | null;
}

export const NO_MISMATCHES: readonly Mismatch[] = [];

const CONFIDENCE: Readonly<Record<OwnerSource, Confidence>> = {
  'host-file': 'certain',
  stated: 'certain',
  interface: 'certain',
  'packet-type': 'certain',
  arp: 'likely',
  ndp: 'likely',
  'sent-frames': 'possible',
};

const KNOWN_FROM: Readonly<Record<OwnerSource, string>> = {
  'host-file': "the host's own output",
  stated: 'your statement',
  interface: 'the interface itself',
  'packet-type': "the kernel's packet type",
  arp: 'ARP',
  ndp: 'neighbour discovery',
  'sent-frames': 'the frames this end sends',
};

/** The finding. */
export function describeMismatch(subject: Case, mismatch: Mismatch): Finding {
  const { vantage, address, frameMac, owner, source, count, flows, time } = mismatch;
  const place = ownerPlace(subject, mismatch);
  const names = [...new Set(flows.map((flow) => questionName(flow.protocol)))].join(' and ');
  const verb = time?.ownerBefore === true ? 'had' : 'has';
  const has = owner === null ? 'is for another MAC' : `${ownerName(owner)} ${verb} ${owner.mac}`;
  const reach = isOver(time) ? 'reached' : 'reach';
  const when = time === null ? '' : isOver(time) ? ` up to frame ${time.last}` : ` from frame ${time.first} on`;
  const arrival = `${names} to ${address} ${reach} ${vantage.label}${when} with destination MAC ${frameMac}`;
  const title =
    owner === null ? `${arrival}, which the kernel there takes for another host's` : `${arrival}, but ${has}`;
  const evidence = [...mismatch.evidence];
  if (owner !== null && owner.evidence !== null) {
    const { vantage: at, frame } = owner.evidence;
    evidence.push({ capture: at.label, frame, note: `${owner.mac} speaks for ${address} (${KNOWN_FROM[source]})` });
  }
  return {
    code: 'inner-destination-mac-mismatch',
    severity: 'error',
    confidence: CONFIDENCE[source],
    title,
    explanation:
      `A frame whose destination MAC is not that of the interface is dropped by the kernel as packet type "other host", ` +
      `before IP, ARP or any firewall sees it, and nobody is told. ${count === 1 ? 'One request' : `${count} requests`} ` +
      `ended this way. That the owner's MAC ${time?.ownerBefore === true ? 'was' : 'is'} ${owner?.mac ?? 'another'} is known from ${KNOWN_FROM[source]}.` +
      `${duration(mismatch)}${counted(subject, owner)}`,
    subject: {
      host: place.host,
      interface: place.interface,
      address,
      frameMac,
      ownerMac: owner?.mac ?? null,
      source,
    },
    evidence,
    remedy: remedies(subject, mismatch, place),
    causes: [],
  };
}

/** True when later requests went to the owner's MAC. */
function isOver(time: WrongTime | null): boolean {
  return time !== null && (time.cured !== null || time.ownerBefore === true);
}

/** From when to when, and what was before and after. */
function duration({ time, vantage }: Mismatch): string {
  if (time === null) return '';
  const { first, last, seconds, cured, worked, ownerBefore } = time;
  const span =
    first === last
      ? ` That is frame ${first} of ${vantage.label}.`
      : ` The first of them is frame ${first} of ${vantage.label}, the last frame ${last}, ${seconds.toFixed(1)} seconds later.`;
  const before =
    worked === null ? '' : ` Before that, from frame ${worked} on, requests had another MAC and were answered.`;
  const after =
    cured === null
      ? ''
      : ` From frame ${cured} on requests have another MAC and are answered, so it seems to be cured.`;
  const since = ownerBefore === true ? ' Since then it has the MAC of the frames, so it seems to be cured.' : '';
  return span + before + after + since;
}

/** What the interface itself counts, where `ip -s -s link` was among the host's output. */
function counted(subject: Case, owner: Owner | null): string {
  if (owner === null || owner.host === null) return '';
  const own = subject.owners
    .facts(owner.host)
    ?.interfaces.find(({ name, mac }) => name === owner.interface && mac === owner.mac);
  const dropped = own?.otherHostDropped ?? 0;
  return dropped === 0
    ? ''
    : ` The interface itself counts ${plural(dropped, 'frame')} dropped as meant for another host.`;
}

function ownerName(owner: Owner): string {
  if (owner.interface === null) return 'the interface that owns the address';
  const namespace = owner.namespace === null ? '' : ` in namespace ${owner.namespace}`;
  return `${owner.interface}${namespace}, which owns the address,`;
}

function remedies(subject: Case, mismatch: Mismatch, { host, interface: device, namespace }: Place): Remedy[] {
  const { owner, frameMac, address } = mismatch;
  const remedy: Remedy[] = [];
  if (isOver(mismatch.time)) {
    remedy.push({
      text: `Nothing, as long as requests are answered; ${
        mismatch.time?.ownerBefore === true
          ? `see that the interface has the MAC ${frameMac} after its next start, too`
          : `find out what gave the sender the MAC ${frameMac} for ${address}, and whether it will do so again`
      }`,
      command: null,
      host: null,
    });
    return remedy;
  }
  if (device !== null) {
    const prefix = namespace === null ? '' : `ip netns exec ${shellWord(namespace)} `;
    const name = shellWord(device);
    remedy.push({
      text: `Give ${device} the MAC that the sender uses`,
      command:
        `${prefix}ip link set ${name} down && ${prefix}ip link set dev ${name} address ${frameMac} && ` +
        `${prefix}ip link set ${name} up`,
      host,
    });
  } else {
    remedy.push({
      text: `Give the interface that owns ${address} the MAC ${frameMac}; pass the host's \`ip addr\` output with --host to have the command filled in`,
      command: null,
      host: null,
    });
  }
  for (const facts of subject.hosts) {
    const neighbor = facts.neighbors.find((entry) => entry.address === address && entry.mac === frameMac);
    if (neighbor === undefined || neighbor.device === null || owner === null) continue;
    const prefix = neighbor.namespace === null ? '' : `ip netns exec ${shellWord(neighbor.namespace)} `;
    remedy.push({
      text: `Or correct the neighbour entry on ${facts.host}, if nothing (such as OVN) sets it again`,
      command: `${prefix}ip neigh replace ${address} lladdr ${owner.mac} dev ${shellWord(neighbor.device)}`,
      host: facts.host,
    });
  }
  return remedy;
}
