/** Warnings of what is given with `--host` and `--mac` to no effect; none in ordinary use. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPTURES, shippedScenarios } from '../scenarios.ts';
import { buildCommand, DIST, type Outcome, runCommand } from './command.ts';

const BROKEN = join(CAPTURES, 'peer-pods-broken');
const READ = 'ip addr, ip link, ip neigh, ip route, arp, bridge fdb, tc filter, iptables, nft or ifconfig';
const TEXTS: Readonly<Record<string, string>> = {
  'podvm.txt': readFileSync(join(BROKEN, 'podvm.txt'), 'utf8'),
  'README.md': readFileSync(join(CAPTURES, '../README.md'), 'utf8'),
  'foreign.json': '{ "name": "vxtrace", "version": "0.1.0" }\n',
  'empty.txt': ' \n',
  'accepts.txt': '$ iptables -S\n-P INPUT ACCEPT\n-P FORWARD ACCEPT\n$ ip neigh\n',
  'text.txt': 'no capture, and no output of a host\n',
};

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-hosts-'));
  for (const name of ['podvm-vxlan0.pcap', 'worker-ens3.pcap', 'podvm-ens2.pcap']) {
    writeFileSync(join(scratch, name), readFileSync(join(BROKEN, name)));
  }
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(scratch, name), text);
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const run = (...args: string[]): Outcome => runCommand(args, { cwd: scratch });
/** Runs it and returns what it said on standard error. */
const said = (...args: string[]): string => {
  const { status, stderr } = run(...args);
  expect(status).toBeLessThan(2);
  return stderr;
};

describe('a file that says nothing of a host', () => {
  test.each([
    ['README.md', `holds no output of ${READ} that says anything of a host`],
    ['foreign.json', `holds no output of ${READ} that says anything of a host`],
    ['podvm-ens2.pcap', `holds no output of ${READ} that says anything of a host`],
    ['empty.txt', 'is empty'],
  ])('%s is warned of', (file, fault) => {
    const line = `podvm: ${file} ${fault}\n`;
    expect(said('analyze', 'podvm-vxlan0.pcap', '--host', `podvm=${file}`)).toBe(`vxtrace: --host ${line}`);
    const runs = ['--good', 'podvm-vxlan0.pcap', '--bad', 'podvm-vxlan0.pcap'];
    expect(said('compare', ...runs, '--host-bad', `podvm=${file}`)).toBe(`vxtrace: --host-bad ${line}`);
  });

  test('one of several files of a host', () => {
    const hosts = ['--host', 'podvm=podvm.txt', '--host', 'podvm=README.md'];
    expect(said('analyze', 'podvm-vxlan0.pcap', ...hosts)).toMatch(/^vxtrace: --host podvm: README\.md holds no .*\n$/);
  });

  test('a firewall that lets everything pass is not', () => {
    expect(said('analyze', 'podvm-vxlan0.pcap', '--host', 'podvm=accepts.txt')).toBe('');
  });
});

describe('a host that no capture belongs to', () => {
  const MAC = '10.132.2.46=0a:58:0a:84:02:2e';

  test.each<[string[], string | null]>([
    [['podvm-vxlan0.pcap', '--host', 'pdovm=podvm.txt'], 'pdovm (--host); there are podvm-vxlan0'],
    [
      ['worker-ens3.pcap', 'podvm-vxlan0.pcap', '--host', 'podvm=podvm.txt', '--mac', `pod:${MAC}`],
      'pod (--mac); there are worker-ens3, podvm-vxlan0',
    ],
    [
      ['a:b=podvm-vxlan0.pcap', '--host', 'c=podvm.txt', '--host', 'd=podvm.txt', '--mac', `e:${MAC}`],
      'c (--host), d (--host), e (--mac); there are a:b',
    ],
    [['podvm:vxlan0=podvm-vxlan0.pcap', '--host', 'podvm=podvm.txt', '--mac', `podvm:${MAC}`], null],
    [['podvm-vxlan0.pcap', '--host', 'podvm=podvm.txt', '--mac', MAC], null],
    [['podvm-vxlan0.pcap', '--host', 'podvm=podvm.txt', '--host', 'worker=accepts.txt'], null],
  ])('%j', (args, strangers) => {
    const line = strangers === null ? '' : `vxtrace: no capture belongs to ${strangers}\n`;
    expect(said('analyze', ...args)).toBe(line);
  });

  test('of many captures a few are named', () => {
    const many = Array.from({ length: 15 }, (_, i) => `a:${i}=podvm-vxlan0.pcap`);
    expect(said('analyze', ...many, '--host', 'b=podvm.txt')).toMatch(/; there are a:0, a:1, .*, a:11 and 3 more\n$/);
  });

  test('in one of two runs', () => {
    const runs = ['--good', 'podvm-vxlan0.pcap', '--bad', 'x:y=podvm-vxlan0.pcap'];
    const hosts = ['--host-good', 'podvm=podvm.txt', '--host-bad', 'podvm=podvm.txt'];
    expect(said('compare', ...runs, ...hosts)).toBe(
      'vxtrace: no capture belongs to podvm (--host-bad); there are x:y\n',
    );
  });

  test('in a live run', () => {
    const source = 'podvm:vxlan0=exec:cat podvm-vxlan0.pcap';
    expect(said('capture', source, '--host', 'pdovm=podvm.txt')).toBe(
      'vxtrace: no capture belongs to pdovm (--host); there are podvm:vxlan0\n',
    );
    expect(said('capture', source, '--host', 'podvm=podvm.txt')).toBe('');
  });
});

describe("a host's output given as a capture", () => {
  const fault = 'podvm.txt: no pcap or pcapng capture but, from byte 0 on, text; it looks like what a host prints:';

  test.each([
    [['analyze', 'podvm-vxlan0.pcap', 'podvm.txt'], `${fault} --host HOST=podvm.txt`],
    [['analyze', 'podvm-vxlan0.pcap', 'podvm=podvm.txt'], `${fault} --host podvm=podvm.txt`],
    [['compare', '--good', 'podvm.txt', '--bad', 'podvm.txt'], `${fault} --host-good HOST=podvm.txt`],
    [['compare', '--good', 'podvm-vxlan0.pcap', '--bad', 'podvm.txt'], `${fault} --host-bad HOST=podvm.txt`],
    [['analyze', 'text.txt'], 'text.txt: no pcap or pcapng capture but, from byte 0 on, text'],
  ])('%j', (args, line) => {
    expect(run(...args)).toEqual({ status: 2, stdout: '', stderr: `vxtrace: ${line}\n` });
  });
});

test("a host's output in a pipe that is given as a capture is not waited for again", () => {
  const script = 'mkfifo pipe && { cat podvm.txt > pipe & node "$1" analyze pipe; }';
  const options = { cwd: scratch, encoding: 'utf8', timeout: 15_000 } as const;
  const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', join(DIST, 'vxtrace.js')], options);
  expect([status, stderr]).toEqual([2, 'vxtrace: pipe: no pcap or pcapng capture but, from byte 0 on, text\n']);
});

test('nothing is said of the shipped captures, given with what their hosts print', () => {
  const sayings = shippedScenarios().map(({ folder, scenario: { captures, hosts } }) => {
    const options = Object.entries(hosts).flatMap(([host, file]) => ['--host', `${host}=${file}`]);
    return runCommand(['analyze', ...captures, ...options], { cwd: folder }).stderr;
  });
  expect(sayings.filter((saying) => saying !== '')).toEqual([]);
}, 120_000);
