/** Another machine by ssh: a real sshd on loopback, which enters the pod's namespace as it would there. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FOREIGN_MAC, POD_MAC } from '../lab/topology.ts';
import { requirement } from '../requirements.ts';
import { Overlay } from './overlay.ts';
import { LiveRun } from './run.ts';
import { setting } from './setting.ts';

const reasons = [requirement('lab').reason, requirement('sshd').reason].filter((reason) => reason !== '');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

describe.skipIf(reasons.length > 0)(`ssh${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`, () => {
  const scene = setting('ssh', () => Overlay.build({ podMac: FOREIGN_MAC }));
  const { folder } = scene;
  let sshd: ChildProcess;
  let ssh: string;
  let run: LiveRun | null = null;

  beforeAll(async () => {
    const port = await freePort();
    for (const name of ['host', 'user']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized'));
    const settings = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized')}`,
      `PidFile ${join(folder, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
    ];
    writeFileSync(join(folder, 'config'), `${settings.join('\n')}\n`);
    mkdirSync('/run/sshd', { recursive: true });
    sshd = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'config'), '-E', join(folder, 'log')], {
      stdio: 'ignore',
    });
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'LogLevel=ERROR'];
    ssh = `ssh -F none -p ${port} -i ${join(folder, 'user')} ${options.map((option) => `-o ${option}`).join(' ')}`;
    for (let attempts = 50; attempts > 0; attempts--) {
      try {
        execFileSync('sh', ['-c', `${ssh} 127.0.0.1 true`], { stdio: 'ignore' });
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new Error('sshd does not let us in');
  }, 30_000);
  afterEach(() => run?.kill());
  afterAll(() => {
    sshd?.kill();
  });

  const tcpdumps = (): string =>
    execFileSync('ip', ['netns', 'pids', scene.overlay.namespaces.machineName('podns')], { encoding: 'utf8' }).trim();

  test('finds the case with what the other machine says of itself, and leaves nothing running there', async () => {
    const user = userInfo().username;
    run = new LiveRun(scene.program.path, [
      scene.overlay.source('worker:ens3', 'worker'),
      scene.overlay.source(`ssh:${user}@127.0.0.1:vxlan0`, 'podns'),
      ...['--ssh', ssh],
    ]);
    const { sources } = await run.event('started');
    expect(sources[1]).toMatchObject({ label: '127.0.0.1:vxlan0', backend: 'ssh', interface: 'vxlan0' });
    const pinging = scene.overlay.ping('-c', '20', '-i', '0.2', '-W', '1');
    const { finding } = await run.event('finding-raised', (event) => event.finding.code.startsWith('inner-'));
    expect(finding).toMatchObject({
      confidence: 'certain',
      subject: { host: '127.0.0.1', frameMac: POD_MAC, ownerMac: FOREIGN_MAC, source: 'interface' },
    });
    await pinging;
    expect(await run.end('SIGINT')).toBe(1);
    expect(run.all('source-died')).toEqual([]);
    expect(run.events.at(-1)).toMatchObject({ event: 'ended', verdict: { code: finding.code } });
    await expect.poll(tcpdumps, { timeout: 5000 }).toBe('');
  });

  test('leaves nothing running there when it is killed itself', async () => {
    run = new LiveRun(scene.program.path, [scene.overlay.source('ssh:127.0.0.1:vxlan0', 'podns'), '--ssh', ssh]);
    await run.event('started');
    expect(tcpdumps()).not.toBe('');
    await run.end('SIGKILL');
    await expect.poll(tcpdumps, { timeout: 5000 }).toBe('');
  });

  test('says what the other machine said when it cannot capture', async () => {
    run = new LiveRun(scene.program.path, ['ssh:127.0.0.1:nothere', '--ssh', ssh]);
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(/^vxtrace: 127\.0\.0\.1:nothere: .*nothere: No such device exists/);
  });
});
