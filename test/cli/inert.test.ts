/** What captures, names and other programs say reaches neither a terminal nor a script as anything but visible text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PcapngWriter } from '../../src/capture/pcapng-writer.ts';
import { CAPTURES } from '../scenarios.ts';
import { buildCommand, runCommand } from './command.ts';

/** Sets a terminal's title, clears it, and turns what follows round. */
const HOSTILE = 'e\x1b]0;owned\x07\x9b2J\u202e\nx';
const SHOWN = 'e\\x1b]0;owned\\x07\\x9b2J\\u{202e}\\x0ax';
const CONTROL = /(?!\n)[\p{Cc}\p{Cf}]/u;
const ONE = join(CAPTURES, 'peer-pods-broken/podvm-vxlan0.pcap');

let scratch = '';
beforeAll(() => {
  buildCommand();
  scratch = mkdtempSync(join(tmpdir(), 'vxtrace-inert-'));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A packet of an interface of that name, which dropped others, and with such a comment. */
function hostileCapture(): string {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((block) => blocks.push(block));
  const id = writer.addInterface({ name: HOSTILE, linkType: 1, snapLength: 0 });
  const frame = new Uint8Array(60);
  writer.writeFrame(id, 1_700_000_000, 0, frame, 0, frame.length, frame.length);
  writer.writeStatistics(id, { counters: { received: 9, dropped: 3 }, end: null, remarks: [HOSTILE] });
  const file = join(scratch, 'hostile.pcapng');
  writeFileSync(file, Buffer.concat(blocks));
  return file;
}

describe('decode of a capture with a hostile interface name and comment', () => {
  test.each([[[]], [['--json']]])('%s', (options) => {
    const { status, stdout, stderr } = runCommand(['decode', ...options, hostileCapture()]);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(CONTROL);
    expect(stderr).not.toMatch(CONTROL);
    expect(stderr.match(/\n/g)).toHaveLength(2);
    expect(stderr).toContain(`dropped 3 of 9 packets on ${SHOWN}`);
    if (options.length > 0) expect(JSON.parse(stdout).interface).toBe(HOSTILE);
  });
});

test.each([
  ['a file that is not there', ['analyze', `/absent/${HOSTILE}.pcap`]],
  ['an option value', ['analyze', '--format', HOSTILE, ONE]],
  ['what the program of a source says', ['capture', `p:e=exec:printf '${HOSTILE}' >&2; exit 3`]],
])('%s: one visible line', (_, args) => {
  const { status, stdout, stderr } = runCommand(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).not.toMatch(CONTROL);
  expect(stderr.match(/\n/g)).toHaveLength(1);
  expect(stderr).toContain('owned');
});

test('the events of a run', () => {
  const { stdout } = runCommand(['capture', '--format', 'json', `${HOSTILE.replace('\n', '')}:e=exec:cat '${ONE}'`]);
  expect(stdout).toContain('\\u001b');
  expect(stdout).not.toMatch(CONTROL);
});

test('large captures that are none, and a small one beside them that takes its time', () => {
  const none = ['a', 'b'].map((name) => join(scratch, name));
  for (const path of none) writeFileSync(path, new Uint8Array(9_000_000));
  const small = join(scratch, 'small.pcap.gz');
  writeFileSync(small, gzipSync(readFileSync(ONE)));
  const { status, stdout, stderr } = runCommand(['analyze', ...none, small]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^vxtrace: .*: no pcap or pcapng capture.*\n$/);
});

test.skipIf(process.platform !== 'linux')(
  'more captures than there is address space for: one line that says so',
  () => {
    const many = Array.from({ length: 30 }, () => ONE);
    const { status, stdout, stderr } = runCommand(['analyze', ...many], { addressSpace: 8_000_000 });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^vxtrace: no address space left for tables: .*\n$/);
  },
);
