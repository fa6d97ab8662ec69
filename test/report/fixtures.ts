/** Reports to render: made by hand, with the values of a real case where there is one. */
import type { CaptureCounts, CaptureReport, Finding, Flow, Report } from '../../src/report/model.ts';

export const NO_COUNTS: CaptureCounts = {
  vxlan: 0,
  geneve: 0,
  arpRequests: 0,
  arpReplies: 0,
  echoRequests: 0,
  echoReplies: 0,
  echoRequestsV6: 0,
  echoRepliesV6: 0,
  neighborSolicitations: 0,
  neighborAdvertisements: 0,
  malformed: 0,
  snapped: 0,
};

const CHECKSUM_POLICY = 'all packets of unanswered exchanges, and every 64th of the others';

export function capture(label: string, changes: Partial<CaptureReport> = {}): CaptureReport {
  const host = label.includes(':') ? label.slice(0, label.indexOf(':')) : null;
  return {
    label,
    host,
    file: `captures/${label.replace(':', '-')}.pcap`,
    format: 'pcap',
    linkTypes: ['EN10MB'],
    packets: 5,
    bytes: 570,
    start: '2023-10-20T10:34:17.389643000Z',
    end: '2023-10-20T10:34:21.453128000Z',
    vantage: 'overlay',
    complete: true,
    warnings: [],
    counts: { ...NO_COUNTS, echoRequests: 5 },
    vnis: [],
    checksums: { verified: 5, wrong: 0, policy: CHECKSUM_POLICY },
    ...changes,
  };
}

export function flow(changes: Partial<Flow> = {}): Flow {
  return {
    protocol: 'icmp-echo',
    vni: 555005,
    source: '10.132.2.2',
    destination: '10.132.2.46',
    identifier: 6713,
    requests: 5,
    answered: 5,
    unanswered: 0,
    pending: 0,
    late: 0,
    duplicateRequests: 0,
    duplicateReplies: 0,
    losses: [],
    rttMicroseconds: { min: 388.2, median: 412.5, p99: 1240, max: 1240 },
    path: ['worker:br-int', 'worker:ens3', 'podvm:ens2', 'podvm:vxlan0'],
    ...changes,
  };
}

function report(changes: Partial<Report>): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'vxtrace', version: '0.1.0' },
    verdict: { code: 'healthy', headline: 'Nothing is wrong: every request that was seen was answered.' },
    captures: [],
    tunnels: [],
    flows: [],
    flowsSummarised: null,
    segments: [],
    clocks: [],
    findings: [],
    missingEvidence: [],
    ...changes,
  };
}

const underlay: Partial<CaptureReport> = {
  vantage: 'underlay',
  bytes: 820,
  counts: { ...NO_COUNTS, vxlan: 5, echoRequests: 5 },
  vnis: [{ vni: 555005, packets: 5 }],
};

export const CURE_COMMAND =
  'ip netns exec podns ip link set vxlan0 down && ip netns exec podns ip link set dev vxlan0 address 0a:58:0a:84:02:2e && ip netns exec podns ip link set vxlan0 up';

const macMismatch: Finding = {
  code: 'inner-destination-mac-mismatch',
  severity: 'error',
  confidence: 'certain',
  title: 'Frames for 10.132.2.46 carry a destination MAC that is not its owner’s',
  explanation:
    'Five frames for 10.132.2.46 arrived at podvm:vxlan0 with destination MAC 0a:58:0a:84:02:2e. The interface vxlan0 of podvm has that address and the MAC 7e:e5:f7:e6:f5:1a, as the output of ip addr on podvm says. A kernel drops a unicast frame for another MAC (reason OTHERHOST) before IP sees it, without any error message.',
  subject: {
    host: 'podvm',
    interface: 'vxlan0',
    address: '10.132.2.46',
    frameMac: '0a:58:0a:84:02:2e',
    ownerMac: '7e:e5:f7:e6:f5:1a',
    source: 'host-file',
    vni: 555005,
  },
  evidence: [
    { capture: 'podvm:vxlan0', frame: 1, note: 'echo request 1 arrives with destination MAC 0a:58:0a:84:02:2e' },
    { capture: 'podvm:vxlan0', frame: 5, note: 'echo request 5 likewise; no reply follows any of the five' },
    { capture: 'worker:br-int', frame: 1, note: 'the same MAC when echo request 1 leaves the worker' },
  ],
  remedy: [
    {
      text: 'Give vxlan0 the MAC that the senders use.',
      command: CURE_COMMAND,
      host: 'podvm',
    },
  ],
  causes: [],
};

/** The case of a pod whose VM gave the VXLAN device another MAC than the one its peers were told. */
export const peerPodsBroken: Report = report({
  verdict: {
    code: 'inner-destination-mac-mismatch',
    headline:
      'Echo requests to 10.132.2.46 reach podvm:vxlan0 but carry destination MAC 0a:58:0a:84:02:2e; the interface that owns the address has 7e:e5:f7:e6:f5:1a, so its kernel drops them.',
  },
  captures: [
    capture('worker:br-int'),
    capture('worker:ens3', underlay),
    capture('podvm:ens2', {
      ...underlay,
      start: '2023-10-20T10:34:18.402211000Z',
      end: '2023-10-20T10:34:22.465702000Z',
    }),
    capture('podvm:vxlan0', { start: '2023-10-20T10:34:18.402262000Z', end: '2023-10-20T10:34:22.465751000Z' }),
  ],
  tunnels: [
    {
      encapsulation: 'vxlan',
      vni: 555005,
      port: 4789,
      endpoints: ['192.168.10.163', '192.168.10.201'],
      packets: [5, 0],
    },
  ],
  flows: [
    flow({
      answered: 0,
      unanswered: 5,
      losses: [{ stage: 'no-reply', after: 'podvm:vxlan0', before: null, count: 5 }],
      rttMicroseconds: null,
    }),
  ],
  segments: [
    { from: 'worker:br-int', to: 'worker:ens3', sent: 5, lost: 0, delayMicroseconds: { atLeast: 21, atMost: 48 } },
    { from: 'worker:ens3', to: 'podvm:ens2', sent: 5, lost: 0, delayMicroseconds: null },
    { from: 'podvm:ens2', to: 'podvm:vxlan0', sent: 5, lost: 0, delayMicroseconds: { atLeast: 47, atMost: 51 } },
  ],
  clocks: [
    { host: 'podvm', reference: 'worker', bound: { atLeastSeconds: null, atMostSeconds: 1.012519 }, samples: 5 },
  ],
  findings: [
    macMismatch,
    {
      code: 'unanswered-echo',
      severity: 'error',
      confidence: 'certain',
      title: '5 of 5 echo requests from 10.132.2.2 to 10.132.2.46 were not answered',
      explanation: 'All five reached podvm:vxlan0, the last vantage point on their way, and no reply was seen there.',
      subject: {
        protocol: 'icmp-echo',
        vni: 555005,
        source: '10.132.2.2',
        destination: '10.132.2.46',
        identifier: 6713,
      },
      evidence: [{ capture: 'podvm:vxlan0', frame: 1, note: 'the first request without a reply' }],
      remedy: [],
      causes: ['inner-destination-mac-mismatch'],
    },
  ],
});

/** The same overlay after the cure. */
export const healthy: Report = report({
  captures: [
    capture('worker:ens3', {
      ...underlay,
      packets: 10,
      counts: { ...NO_COUNTS, vxlan: 10, echoRequests: 5, echoReplies: 5 },
      vnis: [{ vni: 555005, packets: 10 }],
    }),
    capture('podvm:vxlan0', { packets: 10, counts: { ...NO_COUNTS, echoRequests: 5, echoReplies: 5 } }),
  ],
  tunnels: [
    {
      encapsulation: 'vxlan',
      vni: 555005,
      port: 4789,
      endpoints: ['192.168.10.163', '192.168.10.201'],
      packets: [5, 5],
    },
  ],
  flows: [flow({ path: ['worker:ens3', 'podvm:vxlan0'] })],
  segments: [
    { from: 'worker:ens3', to: 'podvm:vxlan0', sent: 5, lost: 0, delayMicroseconds: { atLeast: 88, atMost: 203.4 } },
  ],
  clocks: [
    {
      host: 'podvm',
      reference: 'worker',
      offsetSeconds: 1.012361,
      uncertaintySeconds: 0.0000577,
      skewPartsPerMillion: 0,
      samples: 10,
    },
  ],
});

/** A capture of one end, which cannot tell why nothing comes back. */
export const undecided: Report = report({
  verdict: {
    code: 'unanswered-echo',
    headline:
      '3 echo requests from fd00:10:132:2::2 to fd00:10:132:2::2e leave worker:ens3 and nothing comes back; what becomes of them was not captured.',
  },
  captures: [
    capture('worker:ens3', {
      ...underlay,
      format: 'pcapng',
      packets: 3,
      complete: false,
      warnings: ['the file ends in the middle of a record, at byte 1482'],
      counts: { ...NO_COUNTS, vxlan: 3, echoRequestsV6: 3 },
      vnis: [{ vni: 42, packets: 3 }],
    }),
  ],
  tunnels: [
    {
      encapsulation: 'vxlan',
      vni: 42,
      port: 8472,
      endpoints: ['2001:db8:10::163', '2001:db8:10::201'],
      packets: [3, 0],
    },
  ],
  flows: [
    flow({
      protocol: 'icmpv6-echo',
      vni: 42,
      source: 'fd00:10:132:2::2',
      destination: 'fd00:10:132:2::2e',
      requests: 4,
      answered: 0,
      unanswered: 3,
      pending: 1,
      losses: [{ stage: 'no-reply', after: 'worker:ens3', before: null, count: 3 }],
      rttMicroseconds: null,
      path: ['worker:ens3'],
    }),
  ],
  findings: [
    {
      code: 'unanswered-echo',
      severity: 'error',
      confidence: 'likely',
      title: '3 of 4 echo requests were not answered',
      explanation: 'They were last seen at worker:ens3. No capture of the other end was given.',
      subject: {
        protocol: 'icmpv6-echo',
        vni: 42,
        source: 'fd00:10:132:2::2',
        destination: 'fd00:10:132:2::2e',
        identifier: 6713,
      },
      evidence: [{ capture: 'worker:ens3', frame: 1, note: 'echo request 1, VNI 42, to 2001:db8:10::201' }],
      remedy: [],
      causes: [],
    },
    {
      code: 'capture-incomplete',
      severity: 'warning',
      confidence: 'certain',
      title: 'worker:ens3 is cut short',
      explanation: 'Its last record is not all there; what came after it is unknown.',
      subject: { capture: 'worker:ens3', reason: 'cut-short' },
      evidence: [{ capture: 'worker:ens3', frame: null, note: 'ends at byte 1482' }],
      remedy: [],
      causes: [],
    },
  ],
  missingEvidence: [
    {
      text: 'Whether the requests reach the other end: a capture there, while the ping runs.',
      command: "tcpdump -i any -w underlay.pcap 'udp port 8472 or icmp6'",
      host: '2001:db8:10::201',
    },
    { text: 'Which MAC owns the address there.', command: 'ip -d addr > podvm.txt', host: '2001:db8:10::201' },
  ],
});

/** More flows than anybody reads, three of them in trouble and all three at the end. */
export function manyFlows(flows: number): Report {
  const address = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  const many = Array.from({ length: flows }, (_, n) =>
    flow({
      source: address(n),
      destination: address(n + 0x80_00_00),
      identifier: n & 0xffff,
      requests: 1000,
      answered: 1000,
    }),
  );
  many[flows - 3] = flow({
    requests: 10,
    answered: 4,
    unanswered: 5,
    pending: 1,
    losses: [
      { stage: 'request', after: 'worker:ens3', before: 'podvm:ens2', count: 3 },
      { stage: 'reply', after: 'podvm:ens2', before: 'worker:ens3', count: 2 },
    ],
  });
  many[flows - 2] = flow({ protocol: 'arp', identifier: null, requests: 7, answered: 7, late: 2, duplicateReplies: 1 });
  many[flows - 1] = flow({ requests: 6, answered: 5, pending: 1 });
  const codes = ['lost-in-underlay', 'late-reply', 'unanswered-echo'] as const;
  return report({
    verdict: { code: 'lost-in-underlay', headline: '5 packets left worker:ens3 or podvm:ens2 and did not arrive.' },
    captures: peerPodsBroken.captures,
    tunnels: peerPodsBroken.tunnels,
    flows: many,
    flowsSummarised: { flows: 1200, requests: 2400, answered: 2399, unanswered: 0, pending: 1 },
    segments: [
      {
        from: 'worker:ens3',
        to: 'podvm:ens2',
        sent: 1010,
        lost: 3,
        delayMicroseconds: { atLeast: null, atMost: 1503 },
      },
    ],
    clocks: [
      {
        host: 'podvm',
        reference: 'worker',
        offsetSeconds: -3600.000123,
        uncertaintySeconds: 0.00004,
        skewPartsPerMillion: 12.34,
        samples: 2_000_000,
      },
    ],
    findings: codes.flatMap((code, n) =>
      Array.from(
        { length: n === 2 ? 8 : 1 },
        (_, k): Finding => ({
          code,
          severity: n === 1 ? 'warning' : 'error',
          confidence: 'likely',
          title: `Finding ${k + 1} of ${code}`,
          explanation: '',
          subject: { vni: 555005 },
          evidence: [{ capture: 'worker:ens3', frame: 100 * n + k + 1, note: 'seen here and never again' }],
          remedy: [{ text: 'Open UDP port 4789 both ways.', command: null, host: null }],
          causes: n === 2 ? ['lost-in-underlay'] : [],
        }),
      ),
    ),
  });
}

/** Strings that try to leave their place: SGR and title sequences, bidi overrides, markup, mentions, table borders. */
export const HOSTILE =
  '\x1b[31m\x1b]0;owned\x07\u202Egnp.\u2066\u200B\x9b2J\r\n| @everyone #1 `x` ```\n<script>document.title="owned"</script><img src=x onerror=alert(1)> "\'&amp; [a](javascript:alert(1)) \u{E0041}\ud800 :ab:';

/** The case again, with hostile strings wherever a string comes from a capture, a file name or a host. */
export const hostile: Report = {
  ...peerPodsBroken,
  verdict: { code: 'inner-destination-mac-mismatch', headline: `Echo requests reach ${HOSTILE}.` },
  captures: peerPodsBroken.captures.map((each) => ({
    ...each,
    label: `${each.label}${HOSTILE}`,
    host: HOSTILE,
    file: HOSTILE,
    linkTypes: [HOSTILE],
    warnings: [HOSTILE],
  })),
  flows: peerPodsBroken.flows.map((each) => ({
    ...each,
    source: HOSTILE,
    losses: each.losses.map((loss) => ({ ...loss, after: `${loss.after}${HOSTILE}` })),
    path: each.path.map((label) => `${label}${HOSTILE}`),
  })),
  segments: peerPodsBroken.segments.map((each) => ({ ...each, from: HOSTILE, to: HOSTILE })),
  clocks: peerPodsBroken.clocks.map((clock) => ({ ...clock, host: HOSTILE })),
  findings: peerPodsBroken.findings.map((finding) => ({
    ...finding,
    title: HOSTILE,
    explanation: HOSTILE,
    subject: { ...finding.subject, interface: HOSTILE },
    evidence: finding.evidence.map((each) => ({ ...each, capture: `${each.capture}${HOSTILE}`, note: HOSTILE })),
    remedy: finding.remedy.map(() => ({ text: HOSTILE, command: `echo ${HOSTILE}`, host: HOSTILE })),
  })),
  missingEvidence: [{ text: HOSTILE, command: HOSTILE, host: HOSTILE }],
};

export const FIXTURES: Readonly<Record<string, Report>> = {
  'peer-pods-broken': peerPodsBroken,
  healthy,
  undecided,
  'many-flows': manyFlows(500),
  hostile,
};
