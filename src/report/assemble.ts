/** Puts the report together from what was found; every renderer is given what comes out of here. */
import type { Case } from '../findings/case.ts';
import type { Finding } from '../findings/finding.ts';
import { VERIFIED_FIRST, VERIFIED_SHARE } from '../flow/checksum-audit.ts';
import type { PacketSamples } from '../flow/sampled-packets.ts';
import type { FlowSelection } from '../flow/selection.ts';
import type { Vantage } from '../flow/vantage.ts';
import { linkTypeName } from '../wire/link-type.ts';
import { hostClocks } from './clocks.ts';
import { FlowReports } from './flow-reports.ts';
import { isoTime } from './iso-time.ts';
import { missingEvidence } from './missing-evidence.ts';
import type { CaptureReport, StreamedReport, Tunnel } from './model.ts';
import { SCHEMA_VERSION } from './model.ts';
import { segments } from './segments.ts';
import { verdict } from './verdict.ts';

declare const VXTRACE_VERSION: string;

/** The part of a capture's reading that the report tells of. */
interface ReadCapture {
  source: {
    format: CaptureReport['format'];
    interfaces: readonly { linkType: number; resolutionNanoseconds: number }[];
    via?: string;
  };
}

export interface ReportParts {
  subject: Case;
  selection: FlowSelection;
  findings: Finding[];
  observed: readonly ReadCapture[];
  /** Path of each capture; null for standard input and live captures. */
  files: readonly (string | null)[];
  packets: PacketSamples;
}

export function assembleReport(parts: ReportParts): StreamedReport {
  const { subject, selection, findings, observed, files, packets } = parts;
  const { rest, total } = selection;
  const { flows: restFlows, requests, answered, unanswered, pending } = rest;
  const resolutions = observed.map(({ source }) =>
    source.interfaces.reduce((coarsest, entry) => Math.max(coarsest, entry.resolutionNanoseconds), 1),
  );
  const clocks = hostClocks(subject.vantages, selection.flows, packets, resolutions);
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'vxtrace', version: VXTRACE_VERSION },
    verdict: verdict(subject, total, findings),
    captures: subject.vantages.map((vantage, index) => captureReport(subject, vantage, observed[index], files[index])),
    tunnels: tunnels(subject),
    flows: new FlowReports(selection.flows),
    flowsSummarised: restFlows === 0 ? null : { flows: restFlows, requests, answered, unanswered, pending },
    segments: segments(selection.flows, clocks, packets),
    clocks: clocks.map(({ clock }) => clock),
    findings,
    missingEvidence: missingEvidence(subject, findings),
  };
}

function captureReport(subject: Case, vantage: Vantage, capture: ReadCapture, file: string | null): CaptureReport {
  const { observations, label, host, kind } = vantage;
  const { counts, epochSeconds, firstTime, lastTime } = observations;
  const condition = subject.captures[vantage.index];
  const unit = capture.source.interfaces.reduce(
    (finest, { resolutionNanoseconds }) => Math.min(finest, resolutionNanoseconds),
    Number.POSITIVE_INFINITY,
  );
  const vnis = new Map<number, number>();
  for (const tunnel of subject.tunnels) {
    if (tunnel.vantage === vantage) vnis.set(tunnel.vni, (vnis.get(tunnel.vni) ?? 0) + tunnel.packets);
  }
  return {
    label,
    host,
    file,
    format: capture.source.format,
    ...(capture.source.via !== undefined && { via: capture.source.via }),
    linkTypes: [...new Set(capture.source.interfaces.map(({ linkType }) => linkTypeName(linkType)))],
    packets: counts.packets,
    bytes: counts.bytes,
    start: isoTime(epochSeconds, firstTime, unit),
    end: isoTime(epochSeconds, lastTime, unit),
    vantage: kind,
    complete: condition.complete,
    warnings: [...condition.warnings],
    counts: {
      vxlan: counts.vxlan,
      geneve: counts.geneve,
      arpRequests: counts.arpRequests,
      arpReplies: counts.arpReplies,
      echoRequests: counts.echoRequests,
      echoReplies: counts.echoReplies,
      echoRequestsV6: counts.echoRequestsV6,
      echoRepliesV6: counts.echoRepliesV6,
      neighborSolicitations: counts.neighborSolicitations,
      neighborAdvertisements: counts.neighborAdvertisements,
      malformed: counts.malformed,
      snapped: counts.snapped,
    },
    vnis: [...vnis].map(([vni, packets]) => ({ vni, packets })).sort((a, b) => b.packets - a.packets),
    checksums: {
      verified: counts.checksumsVerified,
      wrong: counts.checksumsWrong,
      policy: `the first ${VERIFIED_FIRST} packets and one in ${VERIFIED_SHARE} of the others`,
    },
  };
}

/** Tunnels by VNI, port and pair of endpoints; of several captures the one that saw most packets speaks. */
function tunnels(subject: Case): Tunnel[] {
  const merged = new Map<string, Map<Vantage, Tunnel>>();
  for (const { vantage, encapsulation, vni, port, source, destination, packets } of subject.tunnels) {
    const isForward = source < destination;
    const endpoints: [string, string] = isForward ? [source, destination] : [destination, source];
    const key = `${encapsulation} ${vni} ${port} ${endpoints.join(' ')}`;
    const seen = merged.get(key) ?? new Map<Vantage, Tunnel>();
    merged.set(key, seen);
    const tunnel = seen.get(vantage) ?? { encapsulation, vni, port, endpoints, packets: [0, 0] };
    tunnel.packets[isForward ? 0 : 1] += packets;
    seen.set(vantage, tunnel);
  }
  const sum = ({ packets: [there, back] }: Tunnel): number => there + back;
  const best = [...merged.values()].map((seen) => [...seen.values()].reduce((a, b) => (sum(b) > sum(a) ? b : a)));
  return best.sort((a, b) => sum(b) - sum(a));
}
