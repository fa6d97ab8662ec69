/** Tunnel packets that pass more routers than their outer time to live allows: a router says so, and quotes them. */
import type { QuotedError } from '../flow/error-table.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { Case } from './case.ts';
import { directionIndex } from './direction-index.ts';
import type { Remedy } from './finding.ts';
import { perCase } from './per-case.ts';
import { quotedTunnels } from './quoted-tunnels.ts';
import { deviceWord, inNamespace } from './shell.ts';
import { deviceName, hostWith, type VxlanDevice, vxlanDevices } from './tunnel-device.ts';

const USUAL = 64;

/** True when a router says that a packet's hops were used up: code 0 of type 11, with ICMPv6 of type 3. */
export function isTimeExceeded({ ipVersion, type, code }: QuotedError): boolean {
  return code === 0 && type === (ipVersion === 4 ? 11 : 3);
}

/** True when it says so of a tunnel's packet, quoted as far as its VNI or as its UDP port only. */
export function isOuterTimeExceeded(subject: Case, error: QuotedError): boolean {
  return isTimeExceeded(error) && quotedTunnels(subject).has(error);
}

/** Every such error that a capture holds. */
export const outerTimesExceeded = perCase((subject): readonly QuotedError[] =>
  subject.vantages.flatMap(({ observations }) =>
    observations.errors.errors.filter((error) => isOuterTimeExceeded(subject, error)),
  ),
);

/** Who says first, of packets of one of the silent flows, that their outer time to live ran out; null when nobody does. */
export function routerThatSaysSo(subject: Case, flows: readonly JoinedFlow[]): string | null {
  const isTheirs = (error: QuotedError): boolean => flows.some((flow) => explainsSilence(subject, error, flow));
  return outerTimesExceeded(subject).find(isTheirs)?.from ?? null;
}

/** True when such an error says that packets of a silent flow, in one direction or the other, did not pass the tunnel for that. */
export function explainsSilence(subject: Case, error: QuotedError, flow: JoinedFlow): boolean {
  return flow.vni !== null && mayBeInTunnel(flow) && isAbout(subject, error, flow);
}

/** False when all that was lost had come out of the tunnel. */
function mayBeInTunnel({ losses, path }: JoinedFlow): boolean {
  return losses.some(({ stage, after }) => stage !== 'no-reply' || after.kind !== 'overlay' || after === path[0]);
}

/** True when the error quotes a packet between the flow's ends, or one between ends of tunnels that it took. */
function isAbout(subject: Case, error: QuotedError, flow: JoinedFlow): boolean {
  if (error.quotedVni >= 0 && error.quotedVni !== flow.vni) return false;
  if (isBetween(error, flow)) return true;
  const index = directionIndex(subject);
  return flow.sightings.some((sighting) =>
    [index.ofRequests(sighting), index.ofReplies(sighting)].some(
      (direction) => direction !== null && isBetween(error, direction),
    ),
  );
}

function isBetween(
  { quotedSource, quotedDestination }: QuotedError,
  { source, destination }: { source: string; destination: string },
): boolean {
  return (
    (quotedSource === source && quotedDestination === destination) ||
    (quotedSource === destination && quotedDestination === source)
  );
}

/** How to give the packets of the device that sent the quoted one a longer life; the error went to the address it sends from. */
export function timeToLiveRemedies(subject: Case, error: QuotedError): Remedy[] {
  const facts = hostWith(subject, error.to);
  const devices = facts === null ? [] : (vxlanDevices(facts) ?? []).filter((device) => mayHaveSent(device, error));
  const device = devices.length === 1 ? devices[0] : null;
  const host = facts?.host ?? null;
  const name =
    device === null || host === null ? `the VXLAN device that sends from ${error.to}` : deviceName(device, host);
  const word = deviceWord(device?.name ?? null, '<vxlan device>');
  const prefix = inNamespace(device?.namespace ?? null);
  return [
    {
      text: `See which time to live ${name} gives its outer packets`,
      command: `${prefix}ip -d link show dev ${word}`,
      host,
    },
    {
      text: `Give them a time to live of ${USUAL}, as the kernel gives packets of its own`,
      command: `${prefix}ip link set dev ${word} type vxlan ttl ${USUAL}`,
      host,
    },
  ];
}

function mayHaveSent({ vxlan }: VxlanDevice, { quotedVni, to }: QuotedError): boolean {
  return (quotedVni < 0 || vxlan.vni === quotedVni) && (vxlan.local === null || vxlan.local === to);
}
