/**
 * A unicast frame reached the end that owns its destination address, with a destination MAC that is
 * not the owner's: the kernel drops it as meant for another host, without a word to anyone.
 *
 * Judged only at the vantage point where unanswered requests ended, which is the end that owns the
 * address; bridges and redirects on the way legitimately see foreign MACs.
 */
import type { JoinedFlow, JoinedLoss } from '../../flow/joined-flow.ts';
import { type LinkView, linkView } from '../../flow/link.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import type { Confidence, Evidence, Finding, Remedy } from '../finding.ts';
import type { Owner, OwnerSource } from '../owners.ts';
import { shellWord } from '../shell.ts';
import { MOST_EVIDENCE, plural, questionName } from '../wording.ts';

const CODE = 'inner-destination-mac-mismatch';
/** Findings listed one by one; the worst come first. */
const MOST_FINDINGS = 20;

interface Mismatch {
  flows: JoinedFlow[];
  vantage: Vantage;
  host: string | null;
  address: string;
  frameMac: string;
  owner: Owner | null;
  source: OwnerSource;
  count: number;
  evidence: Evidence[];
}

export function innerDestinationMacMismatch(subject: Case): Finding[] {
  const mismatches = new Map<string, Mismatch>();
  for (const flow of subject.flows) {
    if (flow.unanswered === 0 || flow.answered > 0) continue;
    for (const loss of flow.losses) {
      if (loss.stage !== 'no-reply') continue;
      const mismatch = judge(subject, flow, loss);
      if (mismatch === null) continue;
      const key = `${mismatch.vantage.index} ${mismatch.address} ${mismatch.frameMac}`;
      const known = mismatches.get(key);
      if (known === undefined) mismatches.set(key, mismatch);
      else merge(known, mismatch);
    }
  }
  const sorted = [...mismatches.values()].sort((a, b) => b.count - a.count);
  const findings = sorted.slice(0, MOST_FINDINGS).map((mismatch) => describe(subject, mismatch));
  const rest = sorted.length - findings.length;
  if (rest > 0)
    findings[findings.length - 1].explanation +=
      ` ${plural(rest, 'further address')} ${rest === 1 ? 'is' : 'are'} asked for with a wrong MAC in the same way.`;
  return findings;
}

function judge(subject: Case, flow: JoinedFlow, loss: JoinedLoss): Mismatch | null {
  const vantage = loss.after;
  const host = hostAt(subject, vantage, flow);
  const address = flow.destination;
  const owners = subject.owners.at(vantage, host, address, flow.vni);
  // Only an overlay interface's frames tell of its MAC where nobody else does.
  if (owners.length === 0 && vantage.kind === 'underlay') return null;
  for (const sighting of flow.sightings) {
    if (sighting.vantage !== vantage) continue;
    const link = linkView(sighting);
    const frameMac = link.request?.destination ?? null;
    if (frameMac !== null && isGroup(frameMac)) return null;
    const told = ownerOf(owners, frameMac);
    if (told === 'right') return null;
    const verdict = told ?? kernelVerdict(link, vantage) ?? senderEvidence(subject, vantage, flow, frameMac);
    if (verdict === null) continue;
    const mac = frameMac ?? askedMac(flow, vantage);
    if (mac === null) continue;
    return {
      flows: [flow],
      vantage,
      host,
      address,
      frameMac: mac,
      owner: verdict.owner,
      source: verdict.source,
      count: loss.count,
      evidence: proof(flow, loss, mac, link),
    };
  }
  return null;
}

/** The host at whose end the capture was taken: its own label, or else the only host that can be meant. */
function hostAt(subject: Case, vantage: Vantage, flow: JoinedFlow): string | null {
  if (vantage.host !== null) return vantage.host;
  const [only, ...others] = subject.owners.hostsOf(flow.destination);
  return others.length === 0 ? (only ?? null) : null;
}

/** The best owner that contradicts the frame; 'right' when a source as good or better agrees with it. */
function ownerOf(
  owners: readonly Owner[],
  frameMac: string | null,
): { owner: Owner; source: OwnerSource } | 'right' | null {
  if (frameMac === null || owners.length === 0) return null;
  const [best] = owners;
  const peers = owners.filter((owner) => owner.source === best.source);
  if (peers.some((owner) => owner.mac === frameMac)) return 'right';
  return { owner: best, source: best.source };
}

/** Packet type "other host" is the kernel's own verdict; it counts where nothing was answered. */
function kernelVerdict(link: LinkView, vantage: Vantage): { owner: null; source: OwnerSource } | null {
  const isOnlyOtherHost = link.requestTypes === 8;
  return isOnlyOtherHost && vantage.kind !== 'underlay' ? { owner: null, source: 'packet-type' } : null;
}

/**
 * The MAC by which the owner's end speaks: the only one that named itself at the last overlay
 * interface (router solicitations and the like) while the frames' MAC never did.
 */
function senderEvidence(
  subject: Case,
  vantage: Vantage,
  flow: JoinedFlow,
  frameMac: string | null,
): { owner: Owner; source: OwnerSource } | null {
  if (frameMac === null || vantage.kind !== 'overlay') return null;
  const asking = new Set(flow.sightings.map((sighting) => linkView(sighting).request?.source));
  const own = subject.owners.allClaims.filter(
    (claim) => claim.vantage === vantage && claim.source === 'frame' && !asking.has(claim.mac),
  );
  const macs = new Set(own.map((claim) => claim.mac));
  if (macs.size !== 1 || macs.has(frameMac)) return null;
  const [{ mac, firstFrame }] = own;
  const evidence = { vantage, frame: firstFrame };
  const owner: Owner = { mac, source: 'sent-frames', host: vantage.host, interface: null, namespace: null, evidence };
  return { owner, source: 'sent-frames' };
}

/** The destination MAC as another capture of the same flow shows it, where this one keeps none (Linux cooked). */
function askedMac(flow: JoinedFlow, vantage: Vantage): string | null {
  for (const sighting of flow.sightings) {
    const mac = linkView(sighting).request?.destination;
    if (mac !== undefined && sighting.vantage !== vantage) return mac;
  }
  return null;
}

function proof(flow: JoinedFlow, loss: JoinedLoss, frameMac: string, link: LinkView): Evidence[] {
  const name = questionName(flow.protocol).toLowerCase().replace(/s$/, '');
  const kind = link.requestTypes === 8 ? ', packet type 3 (other host)' : '';
  const evidence = loss.frames.map(({ frame }) => ({
    capture: loss.after.label,
    frame,
    note: `${name} to ${flow.destination} with destination MAC ${frameMac}${kind}; no reply follows`,
  }));
  for (const sighting of flow.sightings) {
    if (sighting.vantage === loss.after || evidence.length >= MOST_EVIDENCE) continue;
    const view = linkView(sighting);
    if (view.firstFrame === 0 || view.request === null) continue;
    const note = `the same ${name} on its way, destination MAC ${view.request.destination}`;
    evidence.push({ capture: sighting.vantage.label, frame: view.firstFrame, note });
  }
  return evidence;
}

function merge(known: Mismatch, other: Mismatch): void {
  known.flows.push(...other.flows);
  known.count += other.count;
  for (const evidence of other.evidence) {
    if (known.evidence.length < MOST_EVIDENCE) known.evidence.push(evidence);
  }
}

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

function describe(subject: Case, mismatch: Mismatch): Finding {
  const { vantage, host, address, frameMac, owner, source, count, flows } = mismatch;
  const names = [...new Set(flows.map((flow) => questionName(flow.protocol)))].join(' and ');
  const has = owner === null ? 'is for another MAC' : `${ownerName(owner)} has ${owner.mac}`;
  const title =
    owner === null
      ? `${names} to ${address} reach ${vantage.label} with destination MAC ${frameMac}, which the kernel there takes for another host's`
      : `${names} to ${address} reach ${vantage.label} with destination MAC ${frameMac}, but ${has}`;
  const evidence = [...mismatch.evidence];
  if (owner !== null && owner.evidence !== null) {
    const { vantage: at, frame } = owner.evidence;
    evidence.push({ capture: at.label, frame, note: `${owner.mac} speaks for ${address} (${KNOWN_FROM[source]})` });
  }
  return {
    code: CODE,
    severity: 'error',
    confidence: CONFIDENCE[source],
    title,
    explanation:
      `A frame whose destination MAC is not that of the interface is dropped by the kernel as packet type "other host", ` +
      `before IP, ARP or any firewall sees it, and nobody is told. ${count === 1 ? 'One request' : `${count} requests`} ` +
      `ended this way. That the owner's MAC is ${owner?.mac ?? 'another'} is known from ${KNOWN_FROM[source]}.${counted(subject, owner)}`,
    subject: {
      host: owner?.host ?? host,
      interface: owner?.interface ?? vantage.interfaceName,
      address,
      frameMac,
      ownerMac: owner?.mac ?? null,
      source,
    },
    evidence,
    remedy: remedies(subject, mismatch),
    causes: [],
  };
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

function remedies(subject: Case, mismatch: Mismatch): Remedy[] {
  const { owner, vantage, host, frameMac, address } = mismatch;
  const device = owner?.interface ?? vantage.interfaceName;
  const at = owner?.host ?? host;
  const remedy: Remedy[] = [];
  if (device !== null) {
    const prefix = owner?.namespace == null ? '' : `ip netns exec ${shellWord(owner.namespace)} `;
    const name = shellWord(device);
    remedy.push({
      text: `Give ${device} the MAC that the sender uses`,
      command:
        `${prefix}ip link set ${name} down && ${prefix}ip link set dev ${name} address ${frameMac} && ` +
        `${prefix}ip link set ${name} up`,
      host: at,
    });
  } else {
    remedy.push({
      text: `Give the interface that owns ${address} the MAC ${frameMac}; pass the host's \`ip addr\` output with --host to have the command filled in`,
      command: null,
      host: at,
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

function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
