import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonText } from '../../src/report/escape.ts';
import { renderJson } from '../../src/report/json.ts';
import type { FindingCode, Report } from '../../src/report/model.ts';
import { FIXTURES, healthy, manyFlows, peerPodsBroken } from './fixtures.ts';
import { FORBIDDEN } from './inert.ts';
import { closedValidator, openValidator, reportSchema } from './schema.ts';

const DOCUMENTATION = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');

const write = (report: Report) => [...renderJson(report)].join('');

/** Complete by its type: a code that the model has and this lacks does not compile. */
const CODES: Record<FindingCode, true> = {
  'inner-destination-mac-mismatch': true,
  'unanswered-echo': true,
  'unanswered-arp': true,
  'unanswered-neighbor-solicitation': true,
  'unanswered-syn': true,
  'unanswered-dns': true,
  'duplicate-address': true,
  'lost-in-underlay': true,
  'not-decapsulated': true,
  'vni-mismatch': true,
  'vxlan-port-mismatch': true,
  'bad-outer-checksum': true,
  'mtu-black-hole': true,
  'encapsulation-missing': true,
  'reserved-bits': true,
  'asymmetric-endpoints': true,
  'multiple-remotes': true,
  'mac-flapping': true,
  'late-reply': true,
  'duplicate-packets': true,
  'icmp-error': true,
  'connection-reset': true,
  'cross-vni-reply': true,
  'capture-incomplete': true,
};

describe('the JSON report', () => {
  const open = openValidator();
  const closed = closedValidator();

  test.each(Object.entries(FIXTURES))('%s is valid and has no property that the schema does not name', (_, report) => {
    const parsed: unknown = JSON.parse(write(report));
    open(parsed);
    expect(open.errors).toBeNull();
    closed(parsed);
    expect(closed.errors).toBeNull();
  });

  test.each(Object.entries(FIXTURES))('%s reads back as the same report, lone surrogates included', (_, report) => {
    expect(JSON.parse(write(report))).toEqual(report);
  });

  test('an added property passes the shipped schema and not the closed one', () => {
    const later = { ...peerPodsBroken, comparison: [] };
    expect(open(JSON.parse(write(later)))).toBe(true);
    expect(closed(JSON.parse(write(later)))).toBe(false);
  });

  test.each<[string, (report: Report) => unknown]>([
    ['a missing section', ({ flows: _, ...rest }) => rest],
    ['an unknown code', (report) => ({ ...report, verdict: { ...report.verdict, code: 'gremlins' } })],
    ['a frame 0', (report) => withEvidence(report, { frame: 0 })],
    ['a time without nanoseconds', (report) => withCapture(report, { start: '2023-10-20T10:34:17Z' })],
    ['a VNI of 25 bits', (report) => withFlow(report, { vni: 2 ** 24 })],
    ['a fraction of a request', (report) => withFlow(report, { requests: 0.5 })],
    ['a request lost before nothing', (report) => withLoss(report, { stage: 'request', before: null })],
    ['an unanswered request lost before something', (report) => withLoss(report, { stage: 'no-reply', before: 'x' })],
    ['a MAC in upper case', (report) => withSubject(report, { frameMac: '0A:58:0A:84:02:2E' })],
    ['an undocumented source of an owner', (report) => withSubject(report, { source: 'guess' })],
    [
      'a clock with neither offset nor bound',
      (report) => ({ ...report, clocks: [{ host: 'a', reference: 'b', samples: 1 }] }),
    ],
  ])('%s is not valid', (_, spoil) => {
    expect(open(spoil(peerPodsBroken))).toBe(false);
  });

  test('the schema names the codes of the model, neither more nor fewer', () => {
    const definitions = reportSchema['$defs'] as { findingCode: { enum: string[] } };
    expect([...definitions.findingCode.enum].sort()).toEqual(Object.keys(CODES).sort());
  });

  test.each(Object.keys(CODES))('%s is explained in docs/report.md', (code) => {
    expect(DOCUMENTATION).toMatch(
      new RegExp(`^\\|.*\`${code}\`.*\\| (?:(?:error|warning)(?:, or (?:warning|info))?|as the finding says) \\|`, 'm'),
    );
  });

  test('a flow is written as JSON.stringify writes it, whatever its texts and numbers', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6());
    const count = fc.oneof(fc.nat(), fc.maxSafeNat());
    const time = fc.oneof(
      fc.nat().map((nanoseconds) => nanoseconds / 1000),
      fc.double({ min: 0, noNaN: true }),
    );
    const flow = fc.record({
      source: text,
      destination: text,
      vni: fc.option(count),
      identifier: fc.option(count),
      requests: count,
      losses: fc.array(fc.record({ stage: fc.constant('reply'), after: text, before: fc.option(text), count })),
      rttMicroseconds: fc.option(fc.record({ min: time, median: time, p99: time, max: time })),
      path: fc.array(text),
    });
    fc.assert(
      fc.property(flow, (change) => {
        const report = withFlow(peerPodsBroken, change) as Report;
        expect(write(report)).toContain(`\n    ${jsonText(JSON.stringify(report.flows[0]))}\n`);
      }),
    );
  });

  test('20 000 flows come in many pieces, one flow a line, and none of them is held as one string', () => {
    const report = manyFlows(20_000);
    const chunks = [...renderJson(report)];
    expect(chunks.length).toBeGreaterThan(50);
    for (const chunk of chunks) expect(chunk.length).toBeLessThan(80_000);
    const text = chunks.join('');
    expect(JSON.parse(text)).toEqual(report);
    expect(text.split('\n').filter((line) => line.startsWith('    {"protocol"')).length).toBe(20_000);
  });

  test('the first piece is made without the flows after it', () => {
    const flows = manyFlows(3000).flows;
    let serialised = 0;
    const counting = flows.map((flow) => ({
      ...flow,
      get requests() {
        serialised++;
        return flow.requests;
      },
    }));
    const [first] = renderJson({ ...healthy, flows: counting });
    expect(first!.length).toBeGreaterThan(60_000);
    expect(serialised).toBeGreaterThan(0);
    expect(serialised).toBeLessThan(3000);
  });

  test('any string in a report reads back unchanged, in ASCII or harmless characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        const written = write({ ...healthy, verdict: { code: 'healthy', headline: title } });
        expect((JSON.parse(written) as Report).verdict.headline).toBe(title);
        expect(written).not.toMatch(FORBIDDEN);
      }),
    );
  });
});

const withCapture = (report: Report, change: object) => ({
  ...report,
  captures: [{ ...report.captures[0], ...change }],
});
const withFlow = (report: Report, change: object) => ({ ...report, flows: [{ ...report.flows[0], ...change }] });
const withLoss = (report: Report, change: object) =>
  withFlow(report, { losses: [{ ...report.flows[0]!.losses[0], ...change }] });
const withFinding = (report: Report, change: object) => ({
  ...report,
  findings: [{ ...report.findings[0], ...change }],
});
const withSubject = (report: Report, change: object) =>
  withFinding(report, { subject: { ...report.findings[0]!.subject, ...change } });
const withEvidence = (report: Report, change: object) =>
  withFinding(report, { evidence: [{ ...report.findings[0]!.evidence[0], ...change }] });
