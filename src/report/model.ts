/** The report: what `--format json` prints and every renderer is given. Names are promised to scripts; adding is free, renaming is not. */

import type { Finding, FindingCode, Remedy } from '../findings/finding.ts';

export type { Confidence, Evidence, Finding, FindingCode, Remedy, Severity } from '../findings/finding.ts';

export const SCHEMA_VERSION = 1;

export type FlowProtocol = 'icmp-echo' | 'icmpv6-echo' | 'arp' | 'ndp' | 'tcp-connect' | 'dns';

export interface Loss {
  stage: 'request' | 'no-reply' | 'reply';
  after: string;
  before: string | null;
  count: number;
}

export interface Flow {
  protocol: FlowProtocol;
  vni: number | null;
  source: string;
  destination: string;
  identifier: number | null;
  requests: number;
  answered: number;
  unanswered: number;
  pending: number;
  late: number;
  duplicateRequests: number;
  duplicateReplies: number;
  losses: Loss[];
  rttMicroseconds: { min: number; median: number; p99: number; max: number } | null;
  /** Labels of the vantage points a request passes, in order. */
  path: string[];
}

export interface CaptureCounts {
  vxlan: number;
  geneve: number;
  arpRequests: number;
  arpReplies: number;
  echoRequests: number;
  echoReplies: number;
  echoRequestsV6: number;
  echoRepliesV6: number;
  neighborSolicitations: number;
  neighborAdvertisements: number;
  malformed: number;
  snapped: number;
}

export interface CaptureReport {
  label: string;
  host: string | null;
  file: string | null;
  format: 'pcap' | 'pcapng' | 'live';
  /** What captured it and by whose clock; live captures only. */
  via?: string;
  linkTypes: string[];
  packets: number;
  bytes: number;
  /** ISO 8601 UTC with nanoseconds; null when no packet has a time. */
  start: string | null;
  end: string | null;
  vantage: 'underlay' | 'overlay' | 'mixed' | 'none';
  complete: boolean;
  warnings: string[];
  counts: CaptureCounts;
  vnis: { vni: number; packets: number }[];
  checksums: { verified: number; wrong: number; policy: string };
}

export interface Tunnel {
  encapsulation: 'vxlan' | 'geneve';
  vni: number;
  port: number;
  endpoints: [string, string];
  /** [from endpoints[0] to endpoints[1], the other way]; of the capture that saw most. */
  packets: [number, number];
}

/** A clock that was set while it was watched. */
export interface ClockStep {
  time: string | null;
  /** Seconds by which the offset grew; null where only a limit is known. */
  seconds: number | null;
}

export type Clock =
  | {
      host: string;
      reference: string;
      offsetSeconds: number;
      uncertaintySeconds: number;
      skewPartsPerMillion: number;
      samples: number;
      steps?: ClockStep[];
    }
  | {
      host: string;
      reference: string;
      bound: { atLeastSeconds: number | null; atMostSeconds: number | null };
      samples: number;
      steps?: ClockStep[];
    };

export interface Segment {
  /** Neighbouring vantage points on the way of a request. */
  from: string;
  to: string;
  sent: number;
  lost: number;
  /** One-way delay as an interval, null where the clocks allow no statement. */
  delayMicroseconds: { atLeast: number | null; atMost: number } | null;
}

export interface Verdict {
  code: FindingCode | 'healthy';
  headline: string;
}

/** A report whose flows are a list, or made one by one as they are asked for. */
export interface ReportOf<Flows extends Iterable<Flow>> {
  schemaVersion: number;
  tool: { name: string; version: string };
  verdict: Verdict;
  captures: CaptureReport[];
  tunnels: Tunnel[];
  flows: Flows;
  /** Flows that are not listed one by one in `flows`, added up; null when all are listed. */
  flowsSummarised: { flows: number; requests: number; answered: number; unanswered: number; pending: number } | null;
  segments: Segment[];
  clocks: Clock[];
  findings: Finding[];
  /** What evidence is missing and the command that gets it; empty when the captures decide. */
  missingEvidence: Remedy[];
}

export type Report = ReportOf<Flow[]>;

/** A report to be written out once. Its flows are read from what was observed. */
export type StreamedReport = ReportOf<Iterable<Flow>>;

/** The same report, independent of what was observed. */
export function listFlows(report: StreamedReport): Report {
  return { ...report, flows: [...report.flows] };
}
