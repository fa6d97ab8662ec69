/** What the command line promises to scripts: exit statuses, one line of error, whole output or none. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze, render } from '../../src/index.ts';
import { composePcap, content } from '../capture/composing.ts';
import { CAPTURES, readScenario } from '../scenarios.ts';
import { buildCommand, runCommand, runCommandInto, runIntoClosedPipe, runOnTerminal } from './command.ts';

const BROKEN = join(CAPTURES, 'peer-pods-broken');
const FIXED = join(CAPTURES, 'peer-pods-fixed');
const ONE = join(BROKEN, 'podvm-vxlan0.pcap');
const HOST = `podvm=${join(BROKEN, 'podvm.txt')}`;

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-command-'));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** All captures and host files of a scenario, as arguments. */
function wholeScenario(folder: string): string[] {
  const { captures, hosts } = readScenario(folder);
  const files = captures.map((file) => join(folder, file));
  return [...files, ...Object.entries(hosts).flatMap(([host, file]) => ['--host', `${host}=${join(folder, file)}`])];
}

function scratchFile(name: string, bytes: Uint8Array | string): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

test('a pipe or a device that a report is written to is not replaced', () => {
  const pipe = join(scratch, 'pipe');
  const script = 'mkfifo "$1" && { cat "$1" & node dist/vxtrace.js analyze --exit-zero -o "$1" "$2"; wait; }';
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', pipe, ONE], { encoding: 'utf8', timeout: 15_000 });
  expect(status).toBe(0);
  expect(stdout).toContain('Flows');
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test('the README shows what its first command prints', () => {
  const readme = readFileSync(join(CAPTURES, '../README.md'), 'utf8');
  const [, shown] = [...readme.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block]) => block);
  const beginning = shown.slice(0, shown.indexOf('      …'));
  expect(beginning.length).toBeGreaterThan(500);
  expect(runCommand(['analyze', ...wholeScenario(BROKEN)]).stdout.slice(0, beginning.length)).toBe(beginning);
});

describe('exit status', () => {
  test('0 when nothing is wrong', () => {
    const { status, stdout, stderr } = runCommand(['analyze', ...wholeScenario(FIXED)]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('nothing wrong was found');
  });

  test('1 when something is, and the report says what and how to cure it', () => {
    const { status, stdout, stderr } = runCommand(['analyze', ...wholeScenario(BROKEN)]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [firstSentence] = stdout.replaceAll(/\s+/g, ' ').split('. ');
    expect(firstSentence).toContain('10.132.2.46');
    expect(firstSentence).toContain('0a:58:0a:84:02:2e');
    expect(firstSentence).toContain('7e:e5:f7:e6:f5:1a');
    expect(stdout).toContain('ip netns exec podns ip link set dev vxlan0 address 0a:58:0a:84:02:2e');
  });

  test('0 with --exit-zero, with the same report', () => {
    const plain = runCommand(['analyze', ...wholeScenario(BROKEN)]);
    const { status, stdout } = runCommand(['analyze', '--exit-zero', ...wholeScenario(BROKEN)]);
    expect(status).toBe(0);
    expect(stdout).toBe(plain.stdout);
  });

  test('2 with --exit-zero, too, when nothing was analysed', () => {
    expect(runCommand(['analyze', '--exit-zero', 'absent.pcap']).status).toBe(2);
  });

  test('a warning alone is 0: a capture cut in mid-record is analysed up to there', () => {
    const whole = readFileSync(join(FIXED, 'podvm-vxlan0.pcap'));
    const cut = scratchFile('cut.pcap', whole.subarray(0, whole.length - 5));
    const { status, stdout, stderr } = runCommand(['analyze', '-f', 'json', cut]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report.captures[0].complete).toBe(false);
    expect(report.captures[0].warnings.join()).toMatch(/byte \d+/);
    expect(report.findings.map(({ code }: { code: string }) => code)).toContain('capture-incomplete');
  });
});

describe('what cannot be analysed: status 2, nothing on stdout, one line on stderr', () => {
  const text = (): string => scratchFile('text.pcap', 'no capture at all, but a line of text\n');
  const garbage = (): string => scratchFile('garbage.pcap', content(4000));
  const headless = (): string => scratchFile('headless.pcap', readFileSync(ONE).subarray(0, 20));
  const zipped = (): string => scratchFile('zipped.gz', gzipSync('nothing of interest'));
  const cases: [string, () => string[], RegExp[]][] = [
    ['a file that is not there', () => ['absent.pcap'], [/absent\.pcap/]],
    ['a folder', () => [scratch], [/vxtrace-command-/, /directory/]],
    ['text', () => [text()], [/text\.pcap/, /byte 0/]],
    ['garbage', () => [garbage()], [/garbage\.pcap/, /byte 0/]],
    ['a header cut short', () => [headless()], [/headless\.pcap/, /byte 20/]],
    ['an empty file', () => [scratchFile('empty.pcap', '')], [/empty\.pcap/, /byte 0/]],
    ['gzip around no capture', () => [zipped()], [/zipped\.gz/, /byte 0/]],
    ['one of several', () => [ONE, text()], [/text\.pcap/]],
    ['a name that is too long for a file', () => ['n'.repeat(5000)], [/nnn: .*too long/]],
    ['a named capture that is not there', () => ['podvm:vxlan0=absent.pcap'], [/absent\.pcap/]],
    ['a label without interface', () => [`worker:=${ONE}`], [/^vxtrace: worker:=.*: no interface after the colon/]],
    ['a label without host', () => [`:ens3=${ONE}`], [/^vxtrace: :ens3=.*: no host before the colon/]],
    ['a label of a colon', () => [`:=${ONE}`], [/^vxtrace: :=.*: no host before the colon/]],
    ['a MAC at no host', () => ['--mac', ':10.0.0.1=02:00:00:00:00:01', ONE], [/--mac :10\.0\.0\.1=.*no IP address/]],
    ['no capture', () => [], [/capture/]],
    ['an unknown option', () => ['--bogus', ONE], [/--bogus/]],
    ['an option without its value', () => [ONE, '--output'], [/--output/]],
    ['an unknown format', () => ['-f', 'yaml', ONE], [/--format/, /yaml/]],
    ['a VNI that is none', () => ['--vni', '16777216', ONE], [/--vni/, /16777216/]],
    ['a port that is none', () => ['--vxlan-port', '0', ONE], [/--vxlan-port/]],
    ['a timeout that is none', () => ['--reply-timeout', '-1', ONE], [/--reply-timeout/]],
    ['a timeout of nothing', () => ['--reply-timeout', '.', ONE], [/--reply-timeout \.: expected a number/]],
    ['a host file that is not there', () => ['--host', 'podvm=absent.txt', ONE], [/--host/, /absent\.txt/]],
    ['a host without a file', () => ['--host', 'podvm', ONE], [/--host podvm/]],
    ['a MAC that is none', () => ['--mac', '10.0.0.1=nonsense', ONE], [/--mac/, /nonsense/]],
    ['standard input twice', () => ['-', '-'], [/standard input/]],
    ['an output that cannot be', () => ['-o', join(scratch, 'absent/report'), ONE], [/absent\/report/]],
  ];

  test.each(cases)('%s', (_, args, patterns) => {
    const { status, stdout, stderr } = runCommand(['analyze', ...args()]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.endsWith('\n')).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    for (const pattern of patterns) expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
  });

  test('an unknown command', () => {
    const { status, stdout, stderr } = runCommand(['frobnicate']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('frobnicate');
  });

  test('no command at all: the help, on stderr', () => {
    const { status, stdout, stderr } = runCommand([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage');
  });
});

test.each([
  ['decode', ['decode', '--count', '0', ONE]],
  ['capture', ['capture', '--count', '0', `a:b=exec:cat ${ONE}`]],
])('%s --count 0', (_, args) => {
  const { status, stderr } = runCommand(args);
  expect([status, stderr]).toEqual([2, 'vxtrace: --count 0: expected a whole number of at least 1\n']);
});

test.each(['.5', '0.5', '1', '2.25'])('--reply-timeout %s', (timeout) => {
  expect(runCommand(['analyze', '--exit-zero', '--reply-timeout', timeout, ONE])).toMatchObject({
    status: 0,
    stderr: '',
  });
});

describe('standard input', () => {
  test.each([
    ['as it is', (bytes: Buffer) => bytes],
    ['gzipped', (bytes: Buffer) => gzipSync(bytes)],
  ])('%s', (_, pack) => {
    const input = pack(readFileSync(ONE));
    const { status, stdout, stderr } = runCommand(['analyze', '-f', 'json', '--host', HOST, 'podvm:vxlan0=-'], {
      input,
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report.verdict.code).toBe('inner-destination-mac-mismatch');
    expect(report.captures[0]).toMatchObject({ label: 'podvm:vxlan0', host: 'podvm', file: null, packets: 6 });
  });

  test('that is no capture is named', () => {
    const { status, stderr } = runCommand(['analyze', '-'], { input: content(500) });
    expect(status).toBe(2);
    expect(stderr).toMatch(/standard input.*byte 0/);
  });
});

describe('names of captures', () => {
  test('an argument that names an existing file is a file, whatever it looks like', () => {
    scratchFile('host:eth0=a.pcap', readFileSync(ONE));
    const { stdout } = runCommand(['analyze', '-f', 'json', 'host:eth0=a.pcap'], { cwd: scratch });
    expect(JSON.parse(stdout).captures[0]).toMatchObject({ label: 'host:eth0=a', host: null });
  });

  test('the label is HOST:INTERFACE where given, else the name without folder and extension', () => {
    const { stdout } = runCommand(['analyze', '-f', 'json', `b:x=${ONE}`, ONE, `c=${ONE}`]);
    expect(JSON.parse(stdout).captures.map(({ label }: { label: string }) => label)).toEqual([
      'b:x',
      'podvm-vxlan0',
      'c',
    ]);
  });
});

describe('--output', () => {
  test.each(['text', 'json', 'markdown', 'html'])(
    '%s: the file holds what stdout would, and stdout nothing',
    (format) => {
      const file = join(scratch, `report.${format}`);
      const args = ['analyze', '-f', format, '--host', HOST, ONE];
      const { status, stdout, stderr } = runCommand([...args, '-o', file]);
      expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: '' });
      expect(readFileSync(file, 'utf8')).toBe(runCommand(args).stdout);
    },
  );

  test.each(['text', 'markdown'] as const)('%s is what the library renders, sign for sign', async (format) => {
    const labels = ['worker-ens3', 'podvm-ens2'];
    const captures = labels.map((label) => {
      return { path: join(BROKEN, `${label}.pcap`), label, host: null, interfaceName: null };
    });
    const { stdout } = runCommand(['analyze', '-f', format, ...captures.map(({ path }) => path)]);
    const report = await analyze({ captures });
    expect(stdout).toContain(' → ');
    const rendered = [...render(format, report, { color: false, width: 80 })].join('');
    expect(stdout).toBe(rendered.replace(report.tool.version, version));
  });

  test('an older file stays as it is when the analysis fails, and nothing is left beside it', () => {
    const folder = join(scratch, 'kept');
    mkdirSync(folder);
    writeFileSync(join(folder, 'report.txt'), 'older');
    const { status } = runCommand(['analyze', '-o', join(folder, 'report.txt'), ONE, 'absent.pcap']);
    expect(status).toBe(2);
    expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toBe('older');
    expect(readdirSync(folder)).toEqual(['report.txt']);
  });

  test('an output that is a folder is refused, and nothing is left beside it', () => {
    const folder = join(scratch, 'folder');
    mkdirSync(join(folder, 'report'), { recursive: true });
    const { status, stderr } = runCommand(['analyze', '-o', join(folder, 'report'), ONE]);
    expect(status).toBe(2);
    expect(stderr).toContain(join(folder, 'report'));
    expect(readdirSync(folder)).toEqual(['report']);
  });
});

describe('a closed pipe', () => {
  test('is no error', async () => {
    // Twenty thousand flows, so that the report is larger than a pipe holds.
    const request = readFileSync(ONE).subarray(24 + 16, 24 + 16 + 98);
    const frames = Array.from({ length: 20_000 }, (_, i) => {
      const bytes = Buffer.from(request);
      bytes.writeUInt32BE(0x0a000000 + i, 30);
      return { seconds: 1_700_000_000, units: i, bytes };
    });
    const many = scratchFile('many.pcap', composePcap(frames));
    expect(runCommand(['analyze', '-f', 'json', many]).stdout.length).toBeGreaterThan(1 << 17);
    const { status, stderr } = await runIntoClosedPipe(['analyze', '-f', 'json', many]);
    expect(stderr).toBe('');
    expect([0, 1]).toContain(status);
  }, 60_000);
});

describe.skipIf(!existsSync('/dev/full'))('a full disk behind standard output', () => {
  test.each([
    ['analyze', ['analyze', ONE]],
    ['decode', ['decode', ONE]],
  ])('%s says so in one line', (_, args) => {
    const { status, stderr } = runCommandInto('/dev/full', args);
    expect(stderr).toMatch(/^vxtrace: cannot write to standard output: .*no space left on device.*\n$/);
    expect(status).toBe(2);
  });
});

describe('colours', () => {
  const args = ['analyze', '--host', HOST, ONE];

  test('never into a pipe', () => {
    expect(runCommand(args).stdout).not.toContain('\x1b');
  });

  test.skipIf(!existsSync('/usr/bin/script'))('on a terminal, unless NO_COLOR is set', () => {
    expect(runOnTerminal(args, { TERM: 'xterm' })).toContain('\x1b[');
    expect(runOnTerminal(args, { TERM: 'xterm', NO_COLOR: '1' })).not.toContain('\x1b[');
  });

  test.skipIf(!existsSync('/usr/bin/script'))('never on a terminal that has none', () => {
    expect(runOnTerminal(args, { TERM: 'dumb' })).not.toContain('\x1b');
    const live = runOnTerminal(['capture', `podvm:vxlan0=exec:cat ${ONE}`], { TERM: 'dumb' });
    expect(live).not.toContain('\x1b');
    expect(live).toContain('"event":"ended"');
  });

  test.skipIf(!existsSync('/usr/bin/script'))('never into a file, on a terminal or not', () => {
    const file = join(scratch, 'plain.txt');
    runOnTerminal([...args, '-o', file], { TERM: 'xterm' });
    expect(readFileSync(file, 'utf8')).not.toContain('\x1b');
  });
});

test.skipIf(!existsSync('/usr/bin/script'))(
  'a report is as wide as the terminal, or 80 columns where that says 0',
  () => {
    const args = ['analyze', '--host', HOST, ONE];
    const widest = (columns: number): number => {
      const lines = runOnTerminal(args, { TERM: 'dumb' }, columns).split('\r\n');
      // Commands are not wrapped, and addresses are long.
      return Math.max(...lines.slice(0, 3).map((line) => line.length));
    };
    expect(widest(0)).toBe(widest(80));
    expect(widest(50)).toBeLessThanOrEqual(50);
    expect(widest(0)).toBeGreaterThan(50);
  },
);

test('--help and --version are no error', () => {
  expect(runCommand(['--version'])).toMatchObject({ status: 0, stderr: '' });
  expect(runCommand(['analyze', '--help'])).toMatchObject({ status: 0, stderr: '' });
});

test('times in the report do not depend on the time zone', () => {
  const args = ['analyze', '--host', HOST, ONE];
  expect(runCommand(args, { env: { TZ: 'Asia/Kolkata' } }).stdout).toBe(
    runCommand(args, { env: { TZ: 'UTC' } }).stdout,
  );
});
