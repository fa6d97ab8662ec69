/**
 * The two ends of a tunnel use different UDP ports. Known from an ICMP "port unreachable" that quotes a
 * tunnel packet, from the ports that both ends send to, or from what the receiving host says of its devices.
 */
import type { QuotedError } from '../../flow/error-table.ts';
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import { type DirectionIndex, directionEvidence, directionIndex } from '../direction-index.ts';
import type { Confidence, Evidence, Finding, Remedy } from '../finding.ts';
import { deviceName, hostWith, namespaceOf, recreation, type VxlanDevice, vxlanDevices } from '../tunnel-device.ts';
import { lossEvidence, MOST_EVIDENCE } from '../wording.ts';

const MOST = 20;

interface Mismatch {
  direction: TunnelDirection;
  /** Port of the other end; null when only port unreachable tells that it is another. */
  otherPort: number | null;
  device: { device: VxlanDevice; host: string } | null;
  error: { error: QuotedError; vantage: Vantage } | null;
  reverse: TunnelDirection | null;
  confidence: Confidence;
}

export function vxlanPortMismatch(subject: Case): Finding[] {
  const index = directionIndex(subject);
  const errors = portErrors(subject);
  const found = new Map<string, Mismatch>();
  for (const direction of furthest(subject, index)) {
    if (index.deliveries(direction) > 0) continue;
    const error = (errors.get(direction.destination) ?? []).find((one) => quotes(one.error, direction)) ?? null;
    const device = otherDevice(subject, direction);
    const reverse = otherWay(index, direction);
    const isLost = index.lossesBehind(direction).length > 0;
    if (error === null && !(isLost && (device !== null || reverse !== null))) continue;
    const otherPort = device?.device.vxlan.port ?? reverse?.port ?? null;
    const confidence = error !== null || device !== null ? 'certain' : 'likely';
    const key = [`${direction.source} ${direction.port}`, `${direction.destination} ${otherPort}`].sort().join(' ');
    if (!found.has(key)) found.set(key, { direction, otherPort, device, error, reverse, confidence });
  }
  return [...found.values()].slice(0, MOST).map((mismatch) => describe(subject, index, mismatch));
}

/** Every tunnel direction once, at the capture behind which its packets are lost where there is one. */
function furthest(subject: Case, index: DirectionIndex): TunnelDirection[] {
  const ranked = subject.tunnels.map((direction) => ({ direction, losses: index.lossesBehind(direction).length }));
  ranked.sort(
    (a, b) =>
      b.losses - a.losses ||
      a.direction.port - b.direction.port ||
      (a.direction.vantage === b.direction.vantage
        ? 0
        : a.direction.vantage.label.localeCompare(b.direction.vantage.label)),
  );
  const seen = new Set<string>();
  return ranked.flatMap(({ direction }) => {
    const { source, destination, vni, port } = direction;
    const key = `${source} ${destination} ${vni} ${port}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [direction];
  });
}

/** "Port unreachable" errors, by who sent them. */
function portErrors(subject: Case): Map<string, { error: QuotedError; vantage: Vantage }[]> {
  const found = new Map<string, { error: QuotedError; vantage: Vantage }[]>();
  for (const vantage of subject.vantages) {
    for (const error of vantage.observations.errors.errors) {
      const { ipVersion, type, code, from } = error;
      if (ipVersion === 6 ? type !== 1 || code !== 4 : type !== 3 || code !== 3) continue;
      const list = found.get(from);
      if (list === undefined) found.set(from, [{ error, vantage }]);
      else list.push({ error, vantage });
    }
  }
  return found;
}

/** True when the receiver itself says that nothing listens on the direction's port. */
function quotes(error: QuotedError, { source, destination, port, vni }: TunnelDirection): boolean {
  if (error.from !== destination || error.quotedDestinationPort !== port) return false;
  if (error.quotedVni >= 0) return error.quotedVni === vni && error.to === source;
  return error.quotedSource === source && error.quotedDestination === destination;
}

/** The receiver's device with the direction's VNI and another port; null when it has one with this port, or none at all. */
function otherDevice(subject: Case, direction: TunnelDirection): { device: VxlanDevice; host: string } | null {
  const facts = hostWith(subject, direction.destination);
  const devices = facts === null ? null : vxlanDevices(facts);
  if (facts === null || devices === null || direction.encapsulation !== 'vxlan') return null;
  const own = devices.filter(({ vxlan }) => vxlan.vni === direction.vni && vxlan.port !== null);
  if (own.length === 0 || own.some(({ vxlan }) => vxlan.port === direction.port)) return null;
  return { device: own[0], host: facts.host };
}

/** The other end's direction to another port, when nothing goes to the same port and none of it is answered. */
function otherWay(index: DirectionIndex, direction: TunnelDirection): TunnelDirection | null {
  const { source, destination, vni, port, encapsulation } = direction;
  const back = index
    .between(destination, source)
    .filter((other) => other.vni === vni && other.encapsulation === encapsulation);
  if (back.some((other) => other.port === port || index.deliveries(other) > 0)) return null;
  return back.at(0) ?? null;
}

function describe(subject: Case, index: DirectionIndex, mismatch: Mismatch): Finding {
  const { direction, otherPort, device, error, reverse, confidence } = mismatch;
  const { source, destination, port, vni } = direction;
  const evidence: Evidence[] = [
    directionEvidence(direction, `${source} sends VNI ${vni} to UDP port ${port} of ${destination}`),
  ];
  if (error !== null) {
    const note = `${destination} answers with port unreachable`;
    evidence.push({ capture: error.vantage.label, frame: error.error.firstFrame, note });
  }
  if (reverse !== null) {
    evidence.push(
      directionEvidence(reverse, `${destination} sends VNI ${vni} to UDP port ${reverse.port} of ${source}`),
    );
  }
  for (const { loss } of index.lossesBehind(direction)) {
    const lost = `to UDP port ${port}, never seen behind this point`;
    const request = loss.stage === 'reply' ? 'the request that waits for its reply' : lost;
    for (const entry of lossEvidence(loss, request, `reply ${lost}`)) {
      if (evidence.length < MOST_EVIDENCE) evidence.push(entry);
    }
  }
  const reasons: string[] = [];
  if (error !== null) {
    const times = error.error.count === 1 ? 'once' : `${error.error.count} times`;
    reasons.push(
      `${destination} answered with ICMP "port unreachable" ${times}: nothing there listens on UDP ${port}.`,
    );
  }
  if (device !== null)
    reasons.push(`${deviceName(device.device, device.host)} has VNI ${vni} on UDP port ${otherPort}.`);
  if (reverse !== null) {
    reasons.push(
      `${destination} itself sends this VNI to UDP port ${reverse.port}, and a VXLAN device listens on the port it sends to.`,
    );
  }
  const has =
    otherPort === null ? 'where nothing listens' : `but ${destination} uses UDP port ${otherPort} for VNI ${vni}`;
  return {
    code: 'vxlan-port-mismatch',
    severity: 'error',
    confidence,
    title: `${source} sends VNI ${vni} to UDP port ${port} of ${destination}, ${has}`,
    explanation: `${reasons.join(' ')} The port of VXLAN is 4789 (RFC 7348); Linux uses 8472 unless a device is made with dstport.`,
    subject: {
      sender: source,
      receiver: destination,
      vni,
      senderPort: port,
      receiverPort: otherPort,
      portUnreachable: error !== null,
    },
    evidence,
    remedy: remedies(subject, mismatch),
    causes: [],
  };
}

function remedies(subject: Case, { direction, device }: Mismatch): Remedy[] {
  const { destination, port } = direction;
  const facts = hostWith(subject, destination);
  if (device !== null && facts !== null) {
    return [recreation(device.device, device.host, namespaceOf(facts, destination), { port })];
  }
  const host = facts?.host ?? null;
  return [
    {
      text: `Find the UDP port of the VXLAN device at ${destination}; it has to be ${port}, or the sender's has to change`,
      command: 'ip -d link show type vxlan',
      host,
    },
    { text: `See whether anything listens on UDP ${port} there`, command: `ss -aun 'sport = :${port}'`, host },
  ];
}
