/** ICMP errors about packets of a flow in the report, with what they quote. */
import type { QuotedError } from '../../flow/error-table.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { errorName } from '../icmp-names.ts';

const MOST = 20;

export function icmpError(subject: Case): Finding[] {
  const ends = new Set(
    subject.flows.flatMap((flow) => [`${flow.source} ${flow.destination}`, `${flow.destination} ${flow.source}`]),
  );
  const tunnels = new Set(subject.tunnels.flatMap((tunnel) => [`${tunnel.source} ${tunnel.destination}`]));
  const found = new Map<string, { error: QuotedError; at: { vantage: Vantage; frame: number }[]; count: number }>();
  for (const vantage of subject.vantages) {
    for (const error of vantage.observations.errors.errors) {
      const quoted = `${error.quotedSource} ${error.quotedDestination}`;
      if (!ends.has(quoted) && !tunnels.has(quoted)) continue;
      const key = `${error.from} ${error.type} ${error.code} ${quoted} ${error.quotedDestinationPort}`;
      const known = found.get(key);
      const at = { vantage, frame: error.firstFrame };
      if (known === undefined) found.set(key, { error, at: [at], count: error.count });
      else {
        known.at.push(at);
        known.count = Math.max(known.count, error.count);
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

function quotedDetail(error: QuotedError): string {
  if (error.quotedVni >= 0) return `, VNI ${error.quotedVni}, UDP port ${error.quotedDestinationPort}`;
  if (error.quotedDestinationPort >= 0) return `, port ${error.quotedDestinationPort}`;
  return error.quotedIdentifier >= 0 ? `, echo identifier ${error.quotedIdentifier}` : '';
}
