/**
 * Which interface a MAC has to be given to: the one that owns the address, and only where that is known. A capture shows
 * packets on their way, and to change the MAC of the interface that it was taken at may cut off the sender itself.
 */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import { LinkView } from '../flow/link.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Owner } from './owners.ts';

export interface Place {
  host: string | null;
  interface: string | null;
  namespace: string | null;
}

/** Requests to an address, the capture that they were judged at, and what is known of the owner. */
export interface Asked {
  flows: readonly JoinedFlow[];
  vantage: Vantage;
  address: string;
  owner: Owner | null;
}

const UNKNOWN: Place = { host: null, interface: null, namespace: null };
/** Bits of Linux packet types: those of packets that came in, and of those that were sent from there. */
const INCOMING = 0b1111;
const OUTGOING = 1 << 4;

/** The owner's interface, as hosts say, or the capture's own where that stands at the owner's end. */
export function ownerPlace(subject: Case, asked: Asked): Place {
  const { owner, vantage } = asked;
  if (owner !== null && owner.interface !== null) return owner;
  return (
    toldPlace(subject, asked) ??
    (isOwnersInterface(subject, asked)
      ? { host: vantage.host, interface: vantage.interfaceName, namespace: null }
      : UNKNOWN)
  );
}

/** The only interface with the address that any host tells of, where it has the MAC that the owner is known by. */
function toldPlace(subject: Case, { owner, address }: Asked): Place | null {
  const hosts = subject.owners.hostsOf(address);
  if (owner === null || hosts.length !== 1) return null;
  const [host] = hosts;
  const own = subject.owners.interfacesOf(host, address, null).filter(({ mac }) => mac === null || mac === owner.mac);
  return own.length === 1 ? { host, interface: own[0].name, namespace: own[0].namespace } : null;
}

function isOwnersInterface(subject: Case, { flows, vantage }: Asked): boolean {
  const { kind, interfaceName } = vantage;
  if (kind !== 'overlay' || interfaceName === null || interfaceName === 'any') return false;
  if (isAnothers(subject, vantage)) return false;
  return !flows.some((flow) => isAskersEnd(subject, flow, vantage)) && flows.some((flow) => isOwnersEnd(flow, vantage));
}

/** True when the host says that the capture's interface is a port of a bridge, a tunnel's end, or has other addresses only. */
function isAnothers(subject: Case, { host, interfaceName }: Vantage): boolean {
  const known = subject.owners.facts(host)?.interfaces.filter(({ name }) => name === interfaceName) ?? [];
  return (
    known.length > 0 &&
    known.every(({ master, vxlan, addresses }) => master !== null || vxlan !== null || addresses.length > 0)
  );
}

/** True when requests start where the capture was taken. */
function isAskersEnd({ owners }: Case, flow: JoinedFlow, vantage: Vantage): boolean {
  const { host } = vantage;
  if ((requestTypes(flow, vantage) & OUTGOING) !== 0 || (host !== null && owners.owns(host, flow.source))) return true;
  return flow.path.length > 1 && flow.path[0] === vantage;
}

/** True when requests come in where the capture was taken, or passed the tunnel before. */
function isOwnersEnd(flow: JoinedFlow, vantage: Vantage): boolean {
  if ((requestTypes(flow, vantage) & INCOMING) !== 0) return true;
  const before = flow.path.slice(0, flow.path.indexOf(vantage));
  return flow.pathCertain && before.some(({ kind, host }) => kind !== 'overlay' || isOtherHost(host, vantage.host));
}

function isOtherHost(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

function requestTypes(flow: JoinedFlow, vantage: Vantage): number {
  return flow.sightings
    .filter((sighting) => sighting.vantage === vantage)
    .reduce((types, sighting) => types | new LinkView(sighting).requestTypes, 0);
}
