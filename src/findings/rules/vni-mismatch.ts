/**
 * The two ends of a tunnel use different VNIs: what one sends the other does not take, and no end is told.
 *
 * Known from the packets when both ends speak, each in a VNI of its own and about the same inner
 * addresses, and neither is answered; or from what the receiving host says of its VXLAN devices.
 */
import type { JoinedFlow, JoinedLoss } from '../../flow/joined-flow.ts';
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Case } from '../case.ts';
import { type DirectionIndex, directionEvidence, directionIndex } from '../direction-index.ts';
import type { Confidence, Evidence, Finding, Remedy } from '../finding.ts';
import { segmentOf } from '../segment.ts';
import {
  carries,
  deviceName,
  hostWith,
  namespaceOf,
  recreation,
  type VxlanDevice,
  vxlanDevices,
} from '../tunnel-device.ts';
import { lossEvidence, MOST_EVIDENCE, plural, question } from '../wording.ts';

const MOST = 20;

interface Mismatch {
  /** The direction whose packets are not taken, at the last capture that saw them. */
  direction: TunnelDirection;
  otherVni: number;
  /** The other end's own packets; null when it sent none. */
  reverse: TunnelDirection | null;
  device: { device: VxlanDevice; host: string } | null;
  confidence: Confidence;
  count: number;
  evidence: Evidence[];
}

export function vniMismatch(subject: Case): Finding[] {
  const index = directionIndex(subject);
  const silent = subject.flows.filter((flow) => flow.vni !== null && flow.answered === 0);
  let byEnds: Map<string, JoinedFlow[]> | null = null;
  const between = (source: string, destination: string): JoinedFlow[] => {
    byEnds ??= flowsByEnds(silent);
    return byEnds.get(`${source} ${destination}`) ?? [];
  };
  const found = new Map<string, Mismatch>();
  for (const flow of silent) {
    if (flow.unanswered === 0 || flow.replyVni !== undefined) continue;
    for (const loss of flow.losses) {
      const direction = index.ofLoss(flow, loss);
      if (direction === null || !endsAtReceiver(flow, loss) || index.deliveries(direction) > 0) continue;
      const mismatch = byHost(subject, flow, loss, direction) ?? byPackets(index, flow, loss, direction, between);
      if (mismatch !== null) note(found, mismatch, flow, loss);
    }
  }
  return [...found.values()].slice(0, MOST).map((mismatch) => describe(subject, mismatch));
}

/** Of the flows between the same addresses the first few, and the last. */
function flowsByEnds(flows: readonly JoinedFlow[]): Map<string, JoinedFlow[]> {
  const byEnds = new Map<string, JoinedFlow[]>();
  for (const flow of flows) {
    const key = `${flow.source} ${flow.destination}`;
    const own = byEnds.get(key);
    if (own === undefined) byEnds.set(key, [flow]);
    else if (own.length <= MOST) own.push(flow);
    else own[MOST] = flow;
  }
  return byEnds;
}

/** True when the packets reached the end they were sent to, or nothing says that they did not. */
function endsAtReceiver(flow: JoinedFlow, loss: JoinedLoss): boolean {
  const segment = segmentOf(flow, loss);
  return segment === 'decapsulation' || segment === 'tunnel' || (segment === null && loss.after.kind === 'underlay');
}

function byPackets(
  index: DirectionIndex,
  flow: JoinedFlow,
  loss: JoinedLoss,
  direction: TunnelDirection,
  between: (source: string, destination: string) => readonly JoinedFlow[],
): Mismatch | null {
  const { source, destination, vni } = direction;
  const back = index.vnisBetween(destination, source);
  if (back.size === 0 || back.has(vni)) return null;
  const there = index.vnisBetween(source, destination);
  for (const { vni: otherVni } of between(flow.destination, flow.source)) {
    const reverse = otherVni === null ? undefined : back.get(otherVni);
    if (otherVni === null || reverse === undefined || there.has(otherVni) || index.deliveries(reverse) > 0) continue;
    const confidence = segmentOf(flow, loss) === 'decapsulation' ? 'certain' : 'likely';
    return { direction, otherVni, reverse, device: null, confidence, count: 0, evidence: [] };
  }
  return null;
}

function byHost(subject: Case, flow: JoinedFlow, loss: JoinedLoss, direction: TunnelDirection): Mismatch | null {
  const facts = hostWith(subject, direction.destination);
  const devices = facts === null ? null : vxlanDevices(facts);
  if (facts === null || devices === null || direction.encapsulation !== 'vxlan') return null;
  if (devices.some(({ vxlan }) => vxlan.vni === direction.vni)) return null;
  const asked = loss.stage === 'reply' ? flow.source : flow.destination;
  const { before } = loss;
  const meant = devices.find(
    (device) => carries(device, asked) || (before?.host === facts.host && before.interfaceName === device.name),
  );
  const device = meant ?? devices.find(({ vxlan }) => vxlan.remote === direction.source);
  if (device === undefined) return null;
  return {
    direction,
    otherVni: device.vxlan.vni,
    reverse: null,
    device: { device, host: facts.host },
    confidence: meant === undefined ? 'likely' : 'certain',
    count: 0,
    evidence: [],
  };
}

/** Both ends of one disagreement are one finding, told from the side that was found first. */
function note(found: Map<string, Mismatch>, mismatch: Mismatch, flow: JoinedFlow, loss: JoinedLoss): void {
  const { direction, otherVni } = mismatch;
  const key = [`${direction.source} ${direction.vni}`, `${direction.destination} ${otherVni}`].sort().join(' ');
  const known = found.get(key) ?? mismatch;
  if (known === mismatch) {
    found.set(key, mismatch);
    mismatch.evidence.push(directionEvidence(direction, `${direction.source} sends in VNI ${direction.vni}`));
  }
  if (known.reverse === null && mismatch.reverse !== null) known.reverse = mismatch.reverse;
  if (known.device === null) known.device = mismatch.device;
  known.count += loss.count;
  const name = question(flow.protocol);
  const asked = `${name} to ${flow.destination}, never answered`;
  for (const entry of lossEvidence(loss, asked, `reply to ${name} from ${flow.source}, never seen behind this point`)) {
    if (known.evidence.length < MOST_EVIDENCE - 1) known.evidence.push(entry);
  }
}

function describe(subject: Case, mismatch: Mismatch): Finding {
  const { direction, otherVni, reverse, device, confidence, count } = mismatch;
  const { source, destination, vni } = direction;
  const evidence = [...mismatch.evidence];
  if (reverse !== null) evidence.push(directionEvidence(reverse, `${destination} sends in VNI ${otherVni}`));
  const has =
    device === null
      ? `${destination} uses VNI ${otherVni}`
      : `${deviceName(device.device, device.host)} has VNI ${otherVni}`;
  const known =
    device === null
      ? `The other end sends in VNI ${otherVni} about the same inner addresses, and nobody answers it either.`
      : `No VXLAN device that ${device.host} lists has VNI ${vni}; the one for this tunnel has ${otherVni}.`;
  return {
    code: 'vni-mismatch',
    severity: 'error',
    confidence,
    title: `${source} sends to ${destination} in VNI ${vni}, but ${has}`,
    explanation:
      `A VXLAN device takes packets of its own VNI only; others are dropped without an ICMP error. ` +
      `${plural(count, 'packet')} of VNI ${vni} or ${otherVni} ended this way. ${known}`,
    subject: {
      sender: source,
      receiver: destination,
      senderVni: vni,
      receiverVni: otherVni,
      vni,
      source: device === null ? 'packets' : 'host-file',
    },
    evidence,
    remedy: remedies(subject, mismatch),
    causes: [],
  };
}

function remedies(subject: Case, { direction, otherVni, device }: Mismatch): Remedy[] {
  const { source, destination, vni } = direction;
  const receiver = hostWith(subject, destination);
  const remedy: Remedy[] = [];
  if (device !== null && receiver !== null) {
    remedy.push(recreation(device.device, device.host, namespaceOf(receiver, destination), { vni }));
  }
  if (remedy.length === 0) {
    for (const [address, wanted] of [
      [destination, vni],
      [source, otherVni],
    ] as const) {
      const host = hostWith(subject, address)?.host ?? null;
      remedy.push({
        text: `Find the VXLAN device of ${address} and its id; either it becomes ${wanted}, or the other end's becomes ${wanted === vni ? otherVni : vni}`,
        command: 'ip -d link show type vxlan',
        host,
      });
    }
  }
  return remedy;
}
