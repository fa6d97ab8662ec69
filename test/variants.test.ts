/** The case the tool was born from says the same in whatever shape its captures come. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../src/analyze.ts';
import { openCapture } from '../src/capture/open.ts';
import { PcapngWriter } from '../src/capture/pcapng-writer.ts';
import { readHostFacts } from '../src/host/read.ts';
import type { Report } from '../src/report/model.ts';
import { requirement } from './requirements.ts';
import { analyzeScenario, CAPTURES, readScenario, sumLosses } from './scenarios.ts';

const BROKEN = join(CAPTURES, 'peer-pods-broken');
const FIXED = join(CAPTURES, 'peer-pods-fixed');
const FRAME_MAC = '0a:58:0a:84:02:2e';
const OWNER_MAC = '7e:e5:f7:e6:f5:1a';
const CURE =
  `ip netns exec podns ip link set vxlan0 down && ip netns exec podns ip link set dev vxlan0 address ${FRAME_MAC}` +
  ' && ip netns exec podns ip link set vxlan0 up';
const FILES = readScenario(BROKEN).captures;

const zstd = requirement('zstd');
const wireshark = requirement('capinfos');

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-variants-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Rewrites a capture into a file of the scratch folder and returns that file. */
type Rewrite = (file: string) => string | Promise<string>;

function scratchFile(file: string, extension: string, bytes: Uint8Array): string {
  const path = join(scratch, `${basename(file)}${extension}`);
  writeFileSync(path, bytes);
  return path;
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

function throughZstd(file: string): string {
  const path = join(scratch, `${basename(file)}.zst`);
  run('zstd', ['-q', '-f', file, '-o', path]);
  return path;
}

function throughEditcap(file: string): string {
  const path = join(scratch, `${basename(file)}.editcap.pcapng`);
  run('editcap', ['-F', 'pcapng', file, path]);
  return path;
}

/** As pcapng of the product's own writer; `tag` keeps the files of several rewrites apart. */
async function throughWriter(file: string): Promise<string> {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((bytes) => blocks.push(bytes));
  const reader = await openCapture(file);
  const id = writer.addInterface({ name: 'any', linkType: reader.interfaces[0].linkType, snapLength: 0 });
  for await (const { bytes, offset, captured, original, time, count } of reader) {
    for (let i = 0; i < count; i++) {
      const seconds = reader.epochSeconds + Math.floor(time[i] / 1e9);
      writer.writeFrame(id, seconds, time[i] % 1e9, bytes, offset[i], captured[i], original[i]);
    }
  }
  return scratchFile(file, '.pcapng', Buffer.concat(blocks));
}

/** Moves every time stamp of a pcap file by whole seconds. */
function shifted(file: string, seconds: number): string {
  const bytes = Buffer.from(readFileSync(file));
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + seconds, at);
  }
  return scratchFile(file, `.shifted${seconds}`, bytes);
}

/** Analyses the captures of a scenario, each rewritten, with what both hosts print. */
async function analyzeRewritten(folder: string, files: readonly string[], rewrite: Rewrite): Promise<Report> {
  const captures = [];
  for (const file of files) {
    const path = await rewrite(join(folder, file));
    captures.push({ path, label: file.replace(/\.pcap$/, ''), host: null, interfaceName: null });
  }
  const { hosts } = readScenario(folder);
  return analyze({
    captures,
    hosts: Object.entries(hosts).map(([host, file]) => readHostFacts(host, readFileSync(join(folder, file), 'utf8'))),
  });
}

function expectTheCause({ verdict, findings }: Report): void {
  expect(verdict.code).toBe('inner-destination-mac-mismatch');
  const [firstSentence] = verdict.headline.split(/\.(?=\s|$)/);
  expect(firstSentence).toContain('10.132.2.46');
  expect(firstSentence).toContain(FRAME_MAC);
  expect(firstSentence).toContain(OWNER_MAC);
  const [principal] = findings;
  expect(principal.code).toBe('inner-destination-mac-mismatch');
  expect(principal.severity).toBe('error');
  expect(principal.subject).toMatchObject({
    host: 'podvm',
    interface: 'vxlan0',
    address: '10.132.2.46',
    frameMac: FRAME_MAC,
    ownerMac: OWNER_MAC,
    source: 'host-file',
  });
  expect(principal.remedy[0].command).toBe(CURE);
  expect(principal.evidence.length).toBeGreaterThan(0);
}

function expectHealthy({ verdict, findings, flows }: Report): void {
  expect(verdict.code).toBe('healthy');
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(flows.map(({ unanswered }) => unanswered)).toEqual(flows.map(() => 0));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

const asIs: Rewrite = (file) => file;
const ofHost = (host: string, seconds: number): Rewrite => {
  return (file) => (basename(file).startsWith(host) ? shifted(file, seconds) : file);
};

const rewrites: [string, Rewrite, { available: boolean; reason: string }?][] = [
  ['as they are', asIs],
  ['gzipped', (file) => scratchFile(file, '.gz', gzipSync(readFileSync(file)))],
  ['zstd', throughZstd, zstd],
  ['as pcapng', throughWriter],
  ['as pcapng of editcap', throughEditcap, wireshark],
  ['the worker an hour ahead', ofHost('worker', 3600)],
  ['the worker an hour behind', ofHost('worker', -3600)],
  ['the pod VM an hour ahead', ofHost('podvm', 3600)],
  ['the pod VM an hour behind', ofHost('podvm', -3600)],
  ['the pod VM a year behind', ofHost('podvm', -365 * 86_400)],
  ['gzipped pcapng', async (file) => scratchFile(file, '.ng.gz', gzipSync(readFileSync(await throughWriter(file))))],
];

describe.each(rewrites)('%s', (_, rewrite, need) => {
  test.skipIf(need?.available === false)(`broken: names the cause ${need?.reason ?? ''}`, async () => {
    const report = await analyzeRewritten(BROKEN, FILES, rewrite);
    expectTheCause(report);
    expect(sumLosses(report)).toEqual(readScenario(BROKEN).expected.losses);
  });

  test.skipIf(need?.available === false)(`fixed: healthy ${need?.reason ?? ''}`, async () => {
    expectHealthy(await analyzeRewritten(FIXED, FILES, rewrite));
  });
});

describe('in every order', () => {
  test.each(permutations(FILES))('%s, %s, %s, %s', async (...files) => {
    const broken = await analyzeRewritten(BROKEN, files, asIs);
    expectTheCause(broken);
    const usual = await analyzeScenario(BROKEN, readScenario(BROKEN));
    expect(broken.verdict).toEqual(usual.verdict);
    expect(broken.flows).toEqual(usual.flows);
    expect(broken.findings.map(({ code, subject }) => ({ code, subject }))).toEqual(
      usual.findings.map(({ code, subject }) => ({ code, subject })),
    );
    expectHealthy(await analyzeRewritten(FIXED, files, asIs));
  });
});

describe('a single capture with what the pod VM prints', () => {
  const podvm = (folder: string) => readHostFacts('podvm', readFileSync(join(folder, 'podvm.txt'), 'utf8'));
  const one = (folder: string, file: string): Promise<Report> =>
    analyze({
      captures: [{ path: join(folder, file), label: 'capture', host: null, interfaceName: null }],
      hosts: [podvm(folder)],
    });

  test.each(['podvm-vxlan0.pcap', 'podvm-ens2.pcap'])('%s', async (file) => {
    expectTheCause(await one(BROKEN, file));
    expectHealthy(await one(FIXED, file));
  });
});
