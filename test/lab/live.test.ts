import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { requirement } from '../requirements.ts';
import { runScenario } from './lab.ts';
import { countLost } from './witness.ts';

function namespacesOf(pid: number | undefined): string[] {
  const list = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return list.split('\n').filter((line) => line.startsWith(`vx${pid}-`));
}

const lab = requirement('lab');
const tshark = requirement('tshark');

describe.skipIf(!lab.available || !tshark.available)(`the lab ${lab.reason} ${tshark.reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['request-lost', 'arp-unanswered', 'mtu-icmp'])('makes %s and leaves nothing behind', async (name) => {
    const target = join(folder, name);
    const { expected } = await runScenario(name, target);
    expect(expected.losses.length).toBeGreaterThan(0);
    for (const loss of expected.losses) {
      expect({ ...loss, count: countLost(target, loss.protocol, loss) }).toEqual(loss);
    }
    expect(namespacesOf(process.pid)).toEqual([]);
  });

  test('leaves nothing behind when it is interrupted', async () => {
    const args = ['scripts/run.mjs', 'test/lab/main.ts', 'peer-pods-broken', join(folder, 'interrupted')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    while (namespacesOf(child.pid).length < 5) await sleep(20);
    child.kill('SIGINT');
    const [status] = (await once(child, 'close')) as [number | null];
    expect(status).toBe(1);
    expect(complaint).toContain('interrupted');
    expect(namespacesOf(child.pid)).toEqual([]);
  });

  test('knows only its own scenarios', async () => {
    await expect(runScenario('no-such-scenario', folder)).rejects.toThrow('no scenario is called no-such-scenario');
  });
});
