/** `vxtrace compare` as it is called: exit status, output file, and what is wrong with its options. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCompare } from '../../src/cli/compare.ts';
import { CAPTURES } from '../scenarios.ts';
import { scratchFolder } from '../scratch.ts';

const FILES = ['worker-br-int.pcap', 'worker-ens3.pcap', 'podvm-ens2.pcap', 'podvm-vxlan0.pcap'];
const files = (scenario: string): string[] => FILES.map((file) => join(CAPTURES, scenario, file));
const host = (scenario: string): string[] => [`podvm=${join(CAPTURES, scenario, 'podvm.txt')}`];
const output = join(scratchFolder('compare'), 'comparison');
const options = (bad: string) => ({
  good: files('peer-pods-fixed'),
  bad: files(bad),
  hostGood: host('peer-pods-fixed'),
  hostBad: host(bad),
  format: 'json',
  replyTimeout: '1',
  output,
});

describe('exit status', () => {
  test.each([
    ['reordered', {}, 0],
    ['peer-pods-broken', {}, 1],
    ['peer-pods-broken', { exitZero: true }, 0],
    ['peer-pods-broken', { vni: ['7'] }, 1],
  ])('%s %j: %d', async (bad, further, status) => {
    expect(await runCompare({ ...options(bad), ...further })).toBe(status);
  });
});

test.each([
  ['text', 'Requests to 10.132.2.46 carry'],
  ['markdown', '## Requests to'],
  ['json', '{\n  "schemaVersion": 1'],
])('writes %s to a file', async (format, start) => {
  await runCompare({ ...options('peer-pods-broken'), format });
  expect(readFileSync(output, 'utf8').startsWith(start)).toBe(true);
});

test.each([
  [{ good: undefined }, /--good .* --bad/],
  [{ bad: [] }, /--good .* --bad/],
  [{ format: 'html' }, /--format html: expected text, json or markdown/],
  [{ good: ['-'], bad: ['-'] }, /standard input/],
  [{ vni: ['x'] }, /--vni x/],
  [{ replyTimeout: '0' }, /--reply-timeout 0/],
  [{ hostBad: ['podvm'] }, /--host-bad podvm: expected HOST=FILE/],
  [{ hostGood: ['podvm=/nowhere'] }, /--host-good podvm: cannot read \/nowhere/],
  [{ good: ['/nowhere.pcap'] }, /nowhere\.pcap/],
])('%j is refused', async (wrong, message) => {
  await expect(runCompare({ ...options('peer-pods-fixed'), ...wrong })).rejects.toThrow(message);
});
