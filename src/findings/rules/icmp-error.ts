/** ICMP errors about packets of a flow in the report, with what they quote. */
import type { QuotedError } from '../../flow/error-table.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { errorName } from '../icmp-names.ts';

const MOST = 20;

export function icmpError(subject: Case): Finding[] {
  const known = knownEnds(subject);
  const found = new Map<string, { error: QuotedError; at: { vantage: Vantage; frame: number }[]; count: number }>();
  for (const vantage of subject.vantages) {
    for (const error of vantage.observations.errors.errors) {
      const quoted = `${error.quotedSource} ${error.quotedDestination}`;
      if (!known.has(quoted)) continue;
      const key = `${error.from} ${error.type} ${error.code} ${quoted} ${error.quotedDestinationPort}`;
      const entry = found.get(key);
      const at = { vantage, frame: error.firstFrame };
      if (entry === undefined) found.set(key, { error, at: [at], count: error.count });
      else {
        entry.at.push(at);
        entry.count = Math.max(entry.count, error.count);
      }
    }
  }
  const sorted = [...found.values()].sort((a, b) => b.count - a.count);
  return sorted.slice(0, MOST).map(({ error, at, count }) => {
    const name = errorName(error.ipVersion, error.type, error.code);
    const mtu = error.mtu > 0 ? `, next-hop MTU ${error.mtu}` : '';
    return {
      code: 'icmp-error',
      severity: 'warning',
      confidence: 'certain',
      title: `${error.from} answers packets from ${error.quotedSource} to ${error.quotedDestination} with "${name}"${mtu}`,
      explanation: `Seen ${count === 1 ? 'once' : `${count} times`}. The error quotes the packet that caused it: ${error.quotedSource} to ${error.quotedDestination}${quotedDetail(error)}.`,
      subject: {
        from: error.from,
        type: error.type,
        code: error.code,
        name,
        mtu: error.mtu > 0 ? error.mtu : null,
        quotedSource: error.quotedSource,
        quotedDestination: error.quotedDestination,
        quotedDestinationPort: error.quotedDestinationPort < 0 ? null : error.quotedDestinationPort,
        quotedVni: error.quotedVni < 0 ? null : error.quotedVni,
      },
      evidence: at.map(({ vantage, frame }) => ({ capture: vantage.label, frame, note: `${name}${mtu}` })),
      remedy: [],
      causes: [],
    };
  });
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

function quotedDetail(error: QuotedError): string {
  if (error.quotedVni >= 0) return `, VNI ${error.quotedVni}, UDP port ${error.quotedDestinationPort}`;
  if (error.quotedDestinationPort >= 0) return `, port ${error.quotedDestinationPort}`;
  return error.quotedIdentifier >= 0 ? `, echo identifier ${error.quotedIdentifier}` : '';
}
