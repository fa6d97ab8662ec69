/** Each code is shown by the captures made to show it, and by no other shipped capture. */
import { describe, expect, test } from 'vitest';
import type { Finding, FindingCode } from '../../src/findings/finding.ts';
import type { Report } from '../../src/report/model.ts';
import { analyzeScenario, shippedScenarios } from '../scenarios.ts';

type Expected = Pick<Finding, 'severity' | 'confidence'> & { subject: Finding['subject'] };

const ENDS = { sender: '192.168.10.163', receiver: '192.168.10.201', vni: 555005 };
const PINGS = { source: '10.132.2.2', destination: '10.132.2.46', vni: 555005 };

/** What is said, by code and by the scenario that it is said of. */
const SHOWN: Partial<Record<FindingCode, Record<string, Expected>>> = {
  'vni-mismatch': {
    'vni-mismatch': error({ ...ENDS, senderVni: 555005, receiverVni: 555006, source: 'host-file' }),
    'vni-mismatch-one-way': error({ ...ENDS, senderVni: 555005, receiverVni: 555006, source: 'host-file' }),
  },
  'vxlan-port-mismatch': {
    'vxlan-port-mismatch': error({ ...ENDS, senderPort: 4789, receiverPort: 8472, portUnreachable: true }),
    'vxlan-port-mismatch-silent': error({ ...ENDS, senderPort: 4789, receiverPort: 8472, portUnreachable: false }),
  },
  'bad-outer-checksum': {
    'bad-outer-checksum': error({ ...ENDS, capture: 'podvm-ens2', wrong: 3, verified: 10, lost: 3 }),
    'corrupted-payload': error({ ...ENDS, capture: 'podvm-ens2', wrong: 2, verified: 8, lost: 2 }),
  },
  'reserved-bits': {
    'reserved-bits': error({
      sender: '192.168.10.201',
      receiver: '192.168.10.163',
      vni: 555005,
      flags: 0x88,
      reserved: 0x64,
      packets: 5,
      lost: 5,
    }),
  },
  'mtu-black-hole': {
    'mtu-black-hole': error({ ...PINGS, largestPassed: 1450, smallestFailed: 1500, underlayMtu: 1500, mtu: 1450 }),
    'mtu-icmp': error({ ...PINGS, largestPassed: 84, smallestFailed: 1400, underlayMtu: 1400, mtu: 1350 }),
    'mtu-too-large': {
      ...error({ ...PINGS, largestPassed: 84, smallestFailed: 1500, underlayMtu: 1500, mtu: 1450 }),
      confidence: 'likely',
    },
  },
  'asymmetric-endpoints': {
    'asymmetric-endpoints': warning(asymmetric()),
    'asymmetric-endpoints-blocked': warning(asymmetric()),
  },
  'mac-flapping': {
    'cloned-pod': warning({
      mac: '0a:58:0a:84:02:2e',
      vni: 555005,
      ends: '192.168.10.201 192.168.10.202',
      addresses: '10.132.2.46',
    }),
  },
  'multiple-remotes': {
    'cloned-pod': {
      ...warning({
        host: 'worker',
        device: 'vxlan1',
        mac: null,
        vni: 555005,
        remotes: '192.168.10.201 192.168.10.202',
      }),
      severity: 'info',
    },
  },
  'cross-vni-reply': {
    'cross-vni-reply': { ...warning({ ...PINGS, replyVni: 555006, flows: 1 }), confidence: 'likely' },
  },
  'connection-reset': {
    'tcp-refused': warning({ ...PINGS, port: 8080, requests: 3, refused: 3 }),
  },
};

function error(subject: Finding['subject']): Expected {
  return { severity: 'error', confidence: 'certain', subject };
}

function warning(subject: Finding['subject']): Expected {
  return { severity: 'warning', confidence: 'certain', subject };
}

function asymmetric(): Finding['subject'] {
  return {
    vni: 555005,
    requestSource: '192.168.10.163',
    requestDestination: '192.168.10.201',
    replySource: '192.168.10.202',
    replyDestination: '192.168.10.163',
    flows: 1,
  };
}

const CODES = Object.keys(SHOWN) as FindingCode[];

describe.each(shippedScenarios())('$scenario.name', ({ folder, scenario }) => {
  const reports = new Map<boolean, Promise<Report>>();
  const report = (withHosts: boolean) => {
    const known = reports.get(withHosts) ?? analyzeScenario(folder, scenario, withHosts);
    reports.set(withHosts, known);
    return known;
  };

  test('has the findings made to be shown by it, and none of the others', async () => {
    const { findings } = await report(true);
    const got = CODES.flatMap((code) => findings.filter((finding) => finding.code === code)).map(brief);
    const wanted = CODES.flatMap((code) => {
      const expected = SHOWN[code]?.[scenario.name];
      return expected === undefined ? [] : [{ code, ...expected }];
    });
    expect(got).toEqual(wanted);
  });

  test('says no more without what the hosts say', async () => {
    const { findings } = await report(false);
    const codes = CODES.filter((code) => findings.some((finding) => finding.code === code));
    for (const code of codes) expect(Object.keys(SHOWN[code] ?? {})).toContain(scenario.name);
  });

  test.each([true, false])('speaks in whole words and proves what it says (hosts: %s)', async (withHosts) => {
    const { findings, captures } = await report(withHosts);
    const labels = captures.map(({ label }) => label);
    for (const { title, explanation, remedy, evidence, causes, code } of findings) {
      const words = [title, explanation, ...remedy.map(({ text }) => text), ...evidence.map(({ note }) => note)];
      for (const text of words) {
        expect(text).not.toMatch(/undefined|null|NaN|\[object| {2}|\.\.| ,|\n/);
        expect(text).not.toMatch(
          /(?<![\d.-])1 (?!of\b)(?:[a-zA-Z]+ )*?(?:requests|packets|replies|attempts|queries|SYNs|solicitations)\b/,
        );
      }
      expect(title).not.toMatch(/\.$/);
      expect(explanation).toMatch(/[.)]$|DROP$|drop$/);
      expect(evidence.length, code).toBeGreaterThan(0);
      for (const { capture, frame } of evidence) {
        expect(labels).toContain(capture);
        if (frame !== null) expect(frame).toBeGreaterThan(0);
      }
      for (const { command } of remedy) if (command !== null) expect(command).toMatch(/^[^\n]+$/);
      for (const cause of causes) {
        const at = findings.findIndex((finding) => finding.code === cause);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThan(findings.findIndex((finding) => finding.code === code));
      }
    }
  });
});

function brief({ code, severity, confidence, subject }: Report['findings'][number]): object {
  return { code, severity, confidence, subject };
}
