/** ICMP errors about packets of a flow in the report, with what they quote. */
import type { QuotedError } from '../../flow/error-table.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { errorName } from '../icmp-names.ts';
import { isOuterTimeExceeded, timeToLiveRemedies } from '../outer-time-to-live.ts';
import { quotedTunnels } from '../quoted-tunnels.ts';

const MOST = 20;
/** What a time exceeded says that quotes a tunnel's packet. */
const OUTER =
  "It is a packet of the tunnel, so its outer time to live ran out: there are more routers between the tunnel's ends than the sending device lets its packets pass.";

/** Errors that are told of together: about tunnel packets to one port, or about any others between two addresses. */
interface Complaint {
  error: QuotedError;
  /** Port that all of them quote; -1 where there is none, or several. */
  port: number;
  /** The first at each capture, and how many there are. */
  seen: Map<Vantage, { frame: number; count: number }>;
}

export function icmpError(subject: Case): Finding[] {
  const counts = (complaint: Complaint): number => Math.max(...[...complaint.seen.values()].map(({ count }) => count));
  const sorted = complaints(subject).sort((a, b) => counts(b) - counts(a));
  return sorted.slice(0, MOST).map((complaint) => describe(subject, complaint, counts(complaint)));
}

function complaints(subject: Case): Complaint[] {
  const known = knownEnds(subject);
  const tunnels = quotedTunnels(subject);
  const found = new Map<string, Complaint>();
  for (const vantage of subject.vantages) {
    for (const error of vantage.observations.errors.errors) {
      const quoted = `${error.quotedSource} ${error.quotedDestination}`;
      if (!known.has(quoted)) continue;
      const port = error.quotedDestinationPort;
      const key = `${error.from} ${error.type} ${error.code} ${quoted} ${error.quotedVni} ${tunnels.has(error) ? port : ''}`;
      const complaint = found.get(key) ?? { error, port, seen: new Map() };
      found.set(key, complaint);
      if (complaint.port !== port) complaint.port = -1;
      const seen = complaint.seen.get(vantage) ?? { frame: error.firstFrame, count: 0 };
      complaint.seen.set(vantage, seen);
      seen.count += error.count;
    }
  }
  return [...found.values()];
}

function describe(subject: Case, { error, port, seen }: Complaint, count: number): Finding {
  const isOuter = isOuterTimeExceeded(subject, error);
  const name = errorName(error.ipVersion, error.type, error.code);
  const mtu = error.mtu > 0 ? `, next-hop MTU ${error.mtu}` : '';
  return {
    code: 'icmp-error',
    severity: 'warning',
    confidence: 'certain',
    title: `${error.from} answers packets from ${error.quotedSource} to ${error.quotedDestination} with "${name}"${mtu}`,
    explanation: `Seen ${count === 1 ? 'once' : `${count} times`}. The error quotes the packet that caused it: ${error.quotedSource} to ${error.quotedDestination}${quotedDetail(error, port)}.${isOuter ? ` ${OUTER}` : ''}`,
    subject: {
      from: error.from,
      type: error.type,
      code: error.code,
      name,
      mtu: error.mtu > 0 ? error.mtu : null,
      quotedSource: error.quotedSource,
      quotedDestination: error.quotedDestination,
      quotedDestinationPort: port < 0 ? null : port,
      quotedVni: error.quotedVni < 0 ? null : error.quotedVni,
    },
    evidence: [...seen].map(([{ label }, { frame }]) => ({ capture: label, frame, note: `${name}${mtu}` })),
    remedy: isOuter ? timeToLiveRemedies(subject, error) : [],
    causes: [],
  };
}

/** Of the pairs of addresses that errors quote, those of a tunnel, or of a flow in either direction. */
function knownEnds(subject: Case): Set<string> {
  const addresses = new Set<string>();
  for (const { observations } of subject.vantages) {
    for (const { quotedSource } of observations.errors.errors) addresses.add(quotedSource);
  }
  const known = new Set<string>();
  if (addresses.size === 0) return known;
  for (const { source, destination } of subject.tunnels) known.add(`${source} ${destination}`);
  for (const { source, destination } of subject.flows) {
    if (addresses.has(source)) known.add(`${source} ${destination}`);
    if (addresses.has(destination)) known.add(`${destination} ${source}`);
  }
  return known;
}

function quotedDetail(error: QuotedError, port: number): string {
  if (error.quotedVni >= 0) return `, VNI ${error.quotedVni}, UDP port ${port}`;
  if (port >= 0) return `, port ${port}`;
  if (error.quotedDestinationPort >= 0) return ', several ports';
  return error.quotedIdentifier >= 0 ? `, echo identifier ${error.quotedIdentifier}` : '';
}
