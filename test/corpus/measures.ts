/** The numbers of a report that are compared with tshark's, under one set of names. */
import type { FlowProtocol, Report } from '../../src/report/model.ts';
import type { ProtocolTruth } from './truth.ts';

export const MEASURES = [
  'vxlan',
  'vxlanPerVni',
  'geneve',
  'genevePerVni',
  'echoRequests',
  'echoReplies',
  'echoRequestsV6',
  'echoRepliesV6',
  'arpRequests',
  'arpReplies',
  'unansweredByTshark',
  'unansweredByKey',
  'unansweredV6ByTshark',
  'unansweredV6ByKey',
] as const;

export type Measure = (typeof MEASURES)[number];
export type Measured = Record<Measure, number | Record<string, number>>;

/** Of the report on a single capture. Requests that still wait when a capture ends have no response in it either. */
export function measuredReport(report: Report): Measured {
  const { counts } = report.captures[0];
  const echo = open(report, 'icmp-echo');
  const echoV6 = open(report, 'icmpv6-echo');
  return {
    vxlan: counts.vxlan,
    vxlanPerVni: perVni(report, 'vxlan'),
    geneve: counts.geneve,
    genevePerVni: perVni(report, 'geneve'),
    echoRequests: counts.echoRequests,
    echoReplies: counts.echoReplies,
    echoRequestsV6: counts.echoRequestsV6,
    echoRepliesV6: counts.echoRepliesV6,
    arpRequests: counts.arpRequests,
    arpReplies: counts.arpReplies,
    unansweredByTshark: echo,
    unansweredByKey: echo,
    unansweredV6ByTshark: echoV6,
    unansweredV6ByKey: echoV6,
  };
}

export function measuredTruth({ vxlan, geneve, icmpv4, icmpv6, arp }: ProtocolTruth): Measured {
  return {
    vxlan: vxlan.frames,
    vxlanPerVni: vxlan.headers_per_vni,
    geneve: geneve.frames,
    genevePerVni: geneve.headers_per_vni,
    echoRequests: icmpv4.echo.requests,
    echoReplies: icmpv4.echo.replies,
    echoRequestsV6: icmpv6.echo.requests,
    echoRepliesV6: icmpv6.echo.replies,
    arpRequests: arp.requests,
    arpReplies: arp.replies,
    unansweredByTshark: icmpv4.echo.tshark_no_response,
    unansweredByKey: icmpv4.echo.by_key.unanswered_requests,
    unansweredV6ByTshark: icmpv6.echo.tshark_no_response,
    unansweredV6ByKey: icmpv6.echo.by_key.unanswered_requests,
  };
}

function open(report: Report, protocol: FlowProtocol): number {
  const flows = report.flows.filter((flow) => flow.protocol === protocol);
  return flows.reduce((sum, { unanswered, pending }) => sum + unanswered + pending, 0);
}

function perVni(report: Report, encapsulation: 'vxlan' | 'geneve'): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const tunnel of report.tunnels.filter((entry) => entry.encapsulation === encapsulation)) {
    sums[tunnel.vni] = (sums[tunnel.vni] ?? 0) + tunnel.packets[0] + tunnel.packets[1];
  }
  return sums;
}
