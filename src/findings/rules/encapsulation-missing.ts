/** Inner packets on one end's overlay interface that never left on its underlay. */
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Vantage } from '../../flow/vantage.ts';
import { prefixContains } from '../../host/address.ts';
import type { Case } from '../case.ts';
import type { Confidence, Finding, Remedy } from '../finding.ts';
import { type Explanation, missingRemote, outerRule, wrongRemote } from '../host-evidence.ts';
import { lostPackets, type SegmentLoss, segmentFinding, segmentLosses, silentUnderlay } from '../segment-losses.ts';
import { deviceWord } from '../shell.ts';
import { isTooLarge } from '../size-limit.ts';
import { hostWith, vxlanDevices } from '../tunnel-device.ts';

export function encapsulationMissing(subject: Case): Finding[] {
  // Packets that are too large are refused by the device; that it does encapsulate the smaller ones show.
  const losses = segmentLosses(subject, ['encapsulation'], (flow, loss) => isTooLarge(subject, flow, loss));
  const unseen = segmentLosses(subject, ['tunnel'], (flow, loss) => silentUnderlay(subject, flow, loss) === null);
  return [
    ...losses.map((loss) => describe(subject, loss, loss.before, 'certain')),
    ...unseen.map((loss) =>
      describe(subject, loss, silentUnderlay(subject, loss.flows[0], loss.losses[0]) ?? loss.before, 'likely'),
    ),
  ];
}

function describe(subject: Case, segment: SegmentLoss, before: Vantage, confidence: Confidence): Finding {
  const loss = { ...segment, before };
  const { after } = loss;
  const host = after.host ?? before.host;
  const said = explanations(subject, loss, host);
  const isDecided = said.some(({ isCertain }) => isCertain);
  const checks: Remedy[] = [
    {
      text: 'Does the VXLAN device know where the destination MAC is? It needs a remote, or an entry for the MAC or for 00:00:00:00:00:00',
      command: 'bridge fdb show; ip -d link show type vxlan',
      host,
    },
    {
      text: 'Are packets redirected or routed into the VXLAN device?',
      command: `tc -s filter show dev ${deviceWord(after.interfaceName, '<overlay interface>')} ingress; ip route`,
      host,
    },
    {
      text: 'Does a rule drop the outer packets as they leave?',
      command: 'iptables -S OUTPUT; nft list ruleset',
      host,
    },
  ];
  const open =
    'The VXLAN device has nowhere to send them (no default remote and no forwarding entry for the destination MAC), or something between the overlay interface and the underlay dropped them: a redirect that is missing, a policy, a rule in OUTPUT.';
  const words = said.map(({ text }) => text).join(' ');
  return segmentFinding(loss, 'encapsulation-missing', confidence, {
    title: `${lostPackets(loss)} ${loss.count === 1 ? 'was' : 'were'} seen at ${after.label} and never left encapsulated at ${before.label}`,
    explanation: isDecided ? words : `${open}${words === '' ? '' : ` ${words}`}`,
    remedy: isDecided ? said.map(({ remedy }) => remedy) : [...said.map(({ remedy }) => remedy), ...checks],
  });
}

function explanations(subject: Case, loss: SegmentLoss, host: string | null): Explanation[] {
  const facts = subject.owners.facts(host);
  if (facts === null || host === null) return [];
  const devices = vxlanDevices(facts) ?? [];
  const vni = loss.flows[0].vni ?? (devices.length === 1 ? devices[0].vxlan.vni : null);
  if (vni === null) return [];
  const [otherEnd] = otherEnds(subject, host, vni);
  const found = [
    otherEnd === undefined ? null : wrongRemote(facts, vni, otherEnd),
    missingRemote(facts, vni, otherEnd ?? null),
    ...devices
      .filter(({ vxlan }) => vxlan.vni === vni)
      .map(({ vxlan }) => {
        const destination = vxlan.remote ?? otherEnd;
        const source = vxlan.local ?? sourceOf(subject, host, vni);
        if (destination === undefined || source === null) return null;
        return outerRule(facts, { source, destination, port: vxlan.port ?? 4789 }, 'outgoing');
      }),
  ];
  return found.filter((explanation) => explanation !== null);
}

/** Addresses from which the host gets tunnel packets of the VNI, or whose hosts name it as their remote. */
function otherEnds(subject: Case, host: string, vni: number): string[] {
  const incoming = subject.tunnels.filter((tunnel) => isTo(subject, tunnel, host, vni)).map(({ source }) => source);
  return [...new Set([...incoming, ...joinedFrom(subject, host, vni)])];
}

/** Underlay addresses of hosts whose device for the VNI leads to this host: in the same network as its remote. */
function joinedFrom(subject: Case, host: string, vni: number): string[] {
  return subject.hosts.flatMap((facts) => {
    const device = facts.interfaces.find(({ vxlan }) => vxlan?.vni === vni && vxlan.remote !== null);
    const { remote = null, local = null } = device?.vxlan ?? {};
    if (facts.host === host || remote === null || !subject.owners.owns(host, remote)) return [];
    if (local !== null) return [local];
    const addresses = facts.interfaces.flatMap((own) => (own.vxlan === null ? own.addresses : []));
    const near = addresses.find(({ address, prefixLength }) => prefixContains(`${address}/${prefixLength}`, remote));
    return near === undefined ? [] : [near.address];
  });
}

function isTo(subject: Case, tunnel: TunnelDirection, host: string, vni: number): boolean {
  return tunnel.vni === vni && hostWith(subject, tunnel.destination)?.host === host;
}

/** The address by which a host sends and gets tunnel packets: as packets show it, or as another host's remote. */
function sourceOf(subject: Case, host: string, vni: number): string | null {
  const seen = subject.tunnels.find((tunnel) => isTo(subject, tunnel, host, vni));
  if (seen !== undefined) return seen.destination;
  for (const facts of subject.hosts) {
    for (const { vxlan } of facts.interfaces) {
      if (vxlan?.vni !== vni || vxlan.remote === null) continue;
      if (subject.owners.owns(host, vxlan.remote)) return vxlan.remote;
    }
  }
  return null;
}
