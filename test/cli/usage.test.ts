/** What the command says when it is called wrongly: one line with what may have been meant, and where to look next. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usageLine } from '../../src/cli/usage.ts';
import { CAPTURES } from '../scenarios.ts';
import { buildCommand, runCommand } from './command.ts';

const ONE = join(CAPTURES, 'peer-pods-broken/podvm-vxlan0.pcap');

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-usage-'));
  writeFileSync(join(scratch, 'x.pcap'), readFileSync(ONE));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.each([
  [
    ['analyze', '--fromat', 'json', 'x.pcap'],
    "unknown option '--fromat'; did you mean --format? See vxtrace analyze --help",
  ],
  [['decode', '--bogus', 'x.pcap'], "unknown option '--bogus'; see vxtrace decode --help"],
  [['--hlep'], "unknown option '--hlep'; did you mean --help? See vxtrace --help"],
  [['analyze'], "missing required argument 'capture'; see vxtrace analyze --help"],
  [['capture'], "missing required argument 'source'; see vxtrace capture --help"],
  [['analyze', 'x.pcap', '-o'], "option '-o, --output <file>' argument missing; see vxtrace analyze --help"],
  [['decode', 'a', 'b'], "too many arguments for 'decode'. Expected 1 argument but got 2; see vxtrace decode --help"],
  [['compare', 'a'], "too many arguments for 'compare'. Expected 0 arguments but got 1; see vxtrace compare --help"],
  [['analyse', 'x.pcap'], "unknown command 'analyse'; did you mean analyze? See vxtrace --help"],
  [['frobnicate'], "unknown command 'frobnicate'; see vxtrace --help"],
  [['x.pcap'], "unknown command 'x.pcap'; did you mean vxtrace analyze x.pcap? See vxtrace --help"],
  [['x.pcap', '-f', 'json'], "unknown command 'x.pcap'; did you mean vxtrace analyze x.pcap? See vxtrace --help"],
  [['a:b=x.pcap'], "unknown command 'a:b=x.pcap'; did you mean vxtrace analyze a:b=x.pcap? See vxtrace --help"],
  [['absent.pcap'], "unknown command 'absent.pcap'; see vxtrace --help"],
  [['help', 'nosuch'], "unknown command 'nosuch'; see vxtrace --help"],
  [['help', 'analyse'], "unknown command 'analyse'; did you mean analyze? See vxtrace --help"],
  [['e\x1b]0;owned\x07'], "unknown command 'e\\x1b]0;owned\\x07'; see vxtrace --help"],
])('%j', (args, line) => {
  const { status, stdout, stderr } = runCommand(args, { cwd: scratch });
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `vxtrace: ${line}\n` });
});

test('several that may have been meant', () => {
  const text = "error: unknown option '--hos'\n(Did you mean one of --host, --how?)\n";
  expect(usageLine(text, 'vxtrace analyze')).toBe(
    "vxtrace: unknown option '--hos'; did you mean one of --host, --how? See vxtrace analyze --help\n",
  );
});

describe('help', () => {
  const help = (...args: string[]) => runCommand(args, { cwd: scratch });

  test('of the whole', () => {
    expect(help('help')).toEqual(help('--help'));
    expect(help('help')).toMatchObject({ status: 0, stderr: '' });
  });

  test.each(['analyze', 'decode', 'capture', 'compare'])('of %s says what exit statuses mean', (command) => {
    const { status, stdout, stderr } = help(command, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Exit status: 0 .*2 [a-z ]+\.$/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    expect(help('help', command).stdout).toBe(stdout);
  });
});

describe('decode takes the options of the other commands, and those it had', () => {
  const decode = (...args: string[]) => runCommand(['decode', ...args, 'x.pcap'], { cwd: scratch });

  test.each([
    [['--format', 'json'], ['--json']],
    [['-f', 'json'], ['--json']],
    [['--format', 'text'], []],
    [
      ['--vxlan-port', '4800'],
      ['--port', '4800'],
    ],
  ])('%j is %j', (options, others) => {
    const outcome = decode(...options);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).not.toBe('');
    expect(outcome).toEqual(decode(...others));
  });

  test.each([
    [['--format', 'html'], '--format html: expected text or json'],
    [['--vxlan-port', '0'], '--vxlan-port 0: expected a whole number from 1 to 65535'],
    [['--port', '65536'], '--port 65536: expected a whole number from 1 to 65535'],
  ])('%j is refused', (options, line) => {
    expect(decode(...options)).toEqual({ status: 2, stdout: '', stderr: `vxtrace: ${line}\n` });
  });

  test('a port is that of a tunnel by either name', () => {
    // A VXLAN packet to a port that nobody knows, with flags that could be anything's.
    const capture = Buffer.from(readFileSync(join(CAPTURES, 'peer-pods-broken/podvm-ens2.pcap')));
    for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) {
      const udp = at + 16 + 14 + 20;
      if (capture.readUInt16BE(at + 16 + 12) !== 0x0800 || capture[at + 16 + 14 + 9] !== 17) continue;
      capture.writeUInt16BE(9999, udp + 2);
      capture[udp + 8] = 0x0c;
      capture[udp + 9] = 0xff;
    }
    writeFileSync(join(scratch, 'port.pcap'), capture);
    const shown = (...args: string[]) => runCommand(['decode', ...args, 'port.pcap'], { cwd: scratch }).stdout;
    expect(shown('--vxlan-port', '9999')).toBe(shown('--port', '9999'));
    expect(shown('--vxlan-port', '9999')).not.toBe(shown());
  });
});
