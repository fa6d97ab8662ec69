/** Captures that hold less than they should: nothing at all, a part of the time, packets that were not asked for. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../src/analyze.ts';
import type { HostFacts } from '../src/host/facts.ts';
import { readHostFacts } from '../src/host/read.ts';
import type { Report } from '../src/report/model.ts';
import { CAPTURES, readScenario } from './scenarios.ts';

const FOLDER = join(CAPTURES, 'peer-pods-broken');
const { captures: FILES, hosts: HOSTS } = readScenario(FOLDER);
const LABELS = FILES.map((file) => file.replace(/\.pcap$/, ''));
const FILE_HEADER = 24;

const scratch = mkdtempSync(join(tmpdir(), 'vxtrace-weak-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The broken peer pod, of one of whose captures only the first bytes are there. */
function shortened(label: string, bytes: number, withHosts: boolean): Promise<Report> {
  const file = join(scratch, `${label}-${bytes}.pcap`);
  writeFileSync(file, readFileSync(join(FOLDER, `${label}.pcap`)).subarray(0, bytes));
  const captures = LABELS.map((name) => {
    return { path: name === label ? file : join(FOLDER, `${name}.pcap`), label: name, host: null, interfaceName: null };
  });
  return analyze({ captures, hosts: withHosts ? hostFacts() : [] });
}

function hostFacts(): HostFacts[] {
  return Object.entries(HOSTS).map(([host, file]) => readHostFacts(host, readFileSync(join(FOLDER, file), 'utf8')));
}

function codes({ findings }: Report): string[] {
  return findings.map(({ code }) => code);
}

/** The way of the only flow of echoes. */
function echoPath({ flows }: Report): string[] {
  return flows.find(({ protocol }) => protocol === 'icmp-echo')!.path;
}

describe('a capture without a packet', () => {
  const OTHERS = LABELS.filter((label) => label !== 'podvm-vxlan0');

  test.each(OTHERS)('%s: the others find the cause, and it is said to be empty', async (label) => {
    const report = await shortened(label, FILE_HEADER, true);
    expect(codes(report)[0]).toBe('inner-destination-mac-mismatch');
    expect(report.findings.find(({ code }) => code === 'capture-incomplete')?.title).toBe(`${label} holds no packet`);
    expect(echoPath(report)).toEqual(LABELS.filter((name) => name !== label));
  });

  test.each(OTHERS)('%s, and nothing known of the hosts: it is on no way', async (label) => {
    const report = await shortened(label, FILE_HEADER, false);
    expect(codes(report)).toEqual(['unanswered-echo', 'capture-incomplete']);
    expect(echoPath(report)).not.toContain(label);
  });

  test('behind the tunnel: likely, not certain, that nothing came out', async () => {
    const report = await shortened('podvm-vxlan0', FILE_HEADER, true);
    const [finding] = report.findings;
    expect(finding).toMatchObject({ code: 'not-decapsulated', confidence: 'likely' });
    expect(codes(report)).not.toContain('capture-incomplete');
  });
});

describe('a capture that breaks off', () => {
  test.each([true, false])('what comes later was not lost on the way to it (hosts known: %s)', async (withHosts) => {
    for (const label of ['podvm-vxlan0', 'podvm-ens2', 'worker-ens3']) {
      const report = await shortened(label, 300, withHosts);
      const errors = withHosts ? ['inner-destination-mac-mismatch', 'unanswered-echo'] : ['unanswered-echo'];
      expect([...new Set(codes(report))]).toEqual([...errors, 'capture-incomplete']);
      expect(echoPath(report)).toEqual(['worker-br-int', 'worker-ens3', 'podvm-ens2', 'podvm-vxlan0']);
    }
  });

  test('it does not come later on the way for having seen less', async () => {
    // Whole records, so that nothing shows that there were more.
    const report = await shortened('podvm-ens2', FILE_HEADER + 16 + 148, false);
    expect(report.captures.map(({ complete }) => complete)).toEqual([true, true, true, true]);
    expect(echoPath(report)).toEqual(['worker-br-int', 'worker-ens3', 'podvm-ens2', 'podvm-vxlan0']);
  });
});

describe('captures of one end that were not running all the time, and nothing that says so', () => {
  /** The records of a capture from number `from` on, before number `to`. */
  function records(label: string, from: number, to: number): string {
    const whole = readFileSync(join(FOLDER, `${label}.pcap`));
    const starts = [FILE_HEADER];
    while (starts[starts.length - 1] < whole.length) {
      const start = starts[starts.length - 1];
      starts.push(start + 16 + whole.readUInt32LE(start + 8));
    }
    const file = join(scratch, `${label}-${from}-${to}.pcap`);
    const part = whole.subarray(starts[from], starts[Math.min(to, starts.length - 1)]);
    writeFileSync(file, Buffer.concat([whole.subarray(0, FILE_HEADER), part]));
    return file;
  }

  test.each([
    ['stopped early', 0, 2, [3, 2]],
    ['began late', 4, Number.POSITIVE_INFINITY, [4, 1]],
  ])('%s: nothing is said to have been lost between the ends', async (_, from, to, counts) => {
    const captures = LABELS.map((label) => {
      const path = label.startsWith('podvm') ? records(label, from, to) : join(FOLDER, `${label}.pcap`);
      return { path, label, host: label.replace(/-.*/, ''), interfaceName: null };
    });
    const report = await analyze({ captures });
    expect(report.captures.map(({ complete }) => complete)).toEqual([true, true, true, true]);
    expect(codes(report)).toEqual(['unanswered-echo']);
    const flow = report.flows.find(({ protocol }) => protocol === 'icmp-echo')!;
    expect(flow.losses.map(({ stage, count }) => [stage, count])).toEqual(counts.map((count) => ['no-reply', count]));
  });
});

test('a capture without the VNI that was asked for is an underlay all the same, and that is said', async () => {
  const path = join(FOLDER, 'podvm-ens2.pcap');
  const captures = [{ path, label: 'ens2', host: null, interfaceName: null }];
  const { captures: notes, findings } = await analyze({ captures, vnis: [7] });
  expect(notes[0]).toMatchObject({
    vantage: 'underlay',
    warnings: ['none of its 6 tunnel packets has a VNI that was asked for'],
  });
  expect(findings.map(({ code }) => code)).toEqual(['capture-incomplete']);
});

test.each([
  ['trace', false],
  ['worker-ens2', false],
  ['ens2', true],
])('the only host file is about a capture called %s: %s', async (label, isAbout) => {
  const captures = [{ path: join(FOLDER, 'podvm-ens2.pcap'), label, host: null, interfaceName: null }];
  const facts = readHostFacts('podvm', readFileSync(join(FOLDER, HOSTS['podvm']), 'utf8'));
  const report = await analyze({ captures, hosts: [facts] });
  expect(report.captures[0].host).toBe(isAbout ? 'podvm' : null);
});
