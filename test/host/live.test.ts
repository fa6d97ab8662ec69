/**
 * The real commands in a namespace made for the purpose. `WRITE_SAMPLES=1 npx vitest run test/host/live.test.ts`
 * stores what they print as the new samples.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHostFacts } from '../../src/host/read.ts';
import { requirement } from '../requirements.ts';
import { comparable, EXPECTATIONS } from './expectations.ts';
import { SampleNamespaces } from './namespace.ts';

const PROGRAMS = ['ip', 'bridge', 'tc', 'arp', 'ifconfig', 'iptables', 'ip6tables', 'nft', 'ping'];

const root = requirement('root');
const missing = PROGRAMS.filter((name) => spawnSync(name, ['-V']).error !== undefined);
const reason = root.available ? missing.map((name) => `${name} is not installed`).join(', ') : root.reason;

test.runIf(process.env['CI'])('CI has what the live test needs', () => {
  expect(reason).toBe('');
});

describe.skipIf(reason !== '')(`real commands${reason === '' ? '' : ` (skipped: ${reason})`}`, () => {
  const namespaces = new SampleNamespaces();

  beforeAll(() => namespaces.make(), 60_000);
  afterAll(() => namespaces.remove());

  test.each(EXPECTATIONS)('$command', ({ sample, command, echoed, facts }) => {
    const output = namespaces.run(command.split(' '));
    const text = echoed ? `# ${command}\n${output}` : output;
    if (process.env['WRITE_SAMPLES']) writeFileSync(new URL(`samples/${sample}.txt`, import.meta.url), text);
    expect(comparable(readHostFacts('podvm', text))).toEqual(comparable(facts));
  });
});
