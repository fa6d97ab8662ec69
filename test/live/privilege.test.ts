/** Who the processes of a run are: root starts the captures, and does not read what they print. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { requirement } from '../requirements.ts';
import { Overlay } from './overlay.ts';
import { childrenOf, isAlive, statusOf } from './processes.ts';
import { type BuiltProgram, buildProgram } from './program.ts';
import { LiveRun } from './run.ts';
import { setting } from './setting.ts';

const reasons = [requirement('lab').reason, requirement('setpriv').reason].filter((reason) => reason !== '');
const NOBODY = '65534';
const CALLER = '61184';
/** Becomes nobody, with no right whatever. */
const AS_NOBODY = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', '--inh-caps=-all', '--'];

describe.skipIf(reasons.length > 0)(`privileges${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`, () => {
  const scene = setting('privileges', async () => {
    const overlay = await Overlay.build({});
    await overlay.ping('-c', '2', '-i', '0.1');
    return overlay;
  });
  const { folder } = scene;
  let readable: BuiltProgram;
  const runs: LiveRun[] = [];

  function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): LiveRun {
    const { SUDO_UID: _, SUDO_GID: __, ...others } = process.env;
    const run = new LiveRun(scene.program.path, args, { ...others, ...environment });
    runs.push(run);
    return run;
  }

  /** A run to its end as a user without rights. */
  function asNobody(source: string, backend: string, environment = process.env) {
    const args = [process.execPath, readable.path, 'capture', source, '--backend', backend, '--duration', '1'];
    return spawnSync('setpriv', [...AS_NOBODY, ...args], {
      encoding: 'utf8',
      cwd: '/',
      env: environment,
      timeout: 15_000,
    });
  }

  beforeAll(async () => {
    readable = await buildProgram('everybody');
  });
  afterEach(() => {
    for (const run of runs.splice(0)) run.kill();
  });
  afterAll(() => {
    readable?.remove();
  });

  describe.each(['dumpcap', 'tcpdump', 'cap'] as const)('%s', (backend) => {
    const live = test.skipIf(!requirement(backend).available);

    live.each([
      ['nobody', NOBODY, {}],
      ['the user who called sudo', CALLER, { SUDO_UID: CALLER, SUDO_GID: CALLER }],
      ['nobody when root itself called sudo', NOBODY, { SUDO_UID: '0', SUDO_GID: '0' }],
    ])('decodes as %s, with no capability left', async (_, user, environment) => {
      const run = start([scene.overlay.source('podvm:ens2', 'podvm'), '--backend', backend], environment);
      await run.event('started');
      expect(run.all('warning')).toEqual([]);
      const own = statusOf(run.child.pid!);
      expect(own['Uid'].split('\t')).toEqual([user, user, user, user]);
      expect(own['Gid'].split('\t')).toEqual([user, user, user, user]);
      expect(own['Groups'].trim()).toBe(user);
      for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) expect([set, Number(own[set])]).toEqual([set, 0]);
      // Of the others the keeper alone has rights: what captures has opened its device.
      await expect
        .poll(() => childrenOf(run.child.pid!).filter((pid) => Number(`0x${statusOf(pid)['CapEff']}`) !== 0))
        .toHaveLength(1);
      expect(childrenOf(run.child.pid!).length).toBeGreaterThan(1);
      expect(await run.end('SIGINT')).toBe(0);
    });

    // Without rights the package cap is not found where everybody can read.
    if (backend !== 'cap')
      live('says without rights what is missing, and the command that grants it', () => {
        const { status, stderr, stdout } = asNobody('lo', backend);
        expect([status, stdout]).toEqual([2, '']);
        expect(stderr).toMatch(/^vxtrace: lo: capturing needs CAP_NET_RAW: run with sudo, or .*permi.*\n$/i);
        const path = execFileSync('which', [backend], { encoding: 'utf8' }).trim();
        expect(stderr).toContain(`sudo setcap cap_net_raw,cap_net_admin=ep ${path} (`);
      });
  });

  test.skipIf(!requirement('setcap').available)('the command that is told does grant it', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    execFileSync('chmod', ['755', folder, bin]);
    const mine = join(bin, 'tcpdump');
    copyFileSync(execFileSync('which', ['tcpdump'], { encoding: 'utf8' }).trim(), mine);
    const environment = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
    const refused = asNobody('lo', 'tcpdump', environment);
    const [, command] = /grant it once: sudo (setcap \S+ \S+)/.exec(refused.stderr)!;
    expect(command.split(' ').at(-1)).toBe(mine);
    execFileSync('/bin/sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; ${command}`]);
    const allowed = asNobody('lo', 'tcpdump', environment);
    expect([allowed.status, allowed.stderr]).toEqual([0, '']);
    expect(allowed.stdout).toContain('"event":"started"');
  });

  test('a namespace that may not be entered is told for what it is', () => {
    for (const place of [scene.overlay.namespaces.machineName('podns'), '/proc/1/ns/net']) {
      const { status, stderr } = asNobody(`podvm:lo@${place}`, 'tcpdump');
      expect(status).toBe(2);
      expect(stderr).toMatch(/^vxtrace: \S+: entering a network namespace needs CAP_SYS_ADMIN, .*\(.*\)\n$/);
    }
  });

  test('files and report belong to the user who called sudo, in a folder only root may write to', async () => {
    const dir = join(folder, 'written');
    const report = join(folder, 'report.json');
    const run = start(
      [scene.overlay.source('podvm:ens2', 'podvm'), '--write', dir, '--report', report, '--rotate-seconds', '1'],
      { SUDO_UID: CALLER, SUDO_GID: CALLER },
    );
    await run.event('started');
    await scene.overlay.ping('-c', '30', '-i', '0.1');
    expect(await run.end('SIGINT')).toBe(0);
    expect(run.all('write-failed')).toEqual([]);
    const files = readdirSync(dir);
    expect(files).toContain('podvm.host.txt');
    expect(files.filter((name) => name.endsWith('.pcapng')).length).toBeGreaterThan(1);
    for (const path of [dir, report, ...files.map((name) => join(dir, name))]) {
      expect([path, String(statSync(path).uid)]).toEqual([path, CALLER]);
    }
  });

  test('without sudo they stay those of root, who alone can enter the folder', async () => {
    const dir = join(folder, 'closed');
    mkdirSync(dir, { mode: 0o700 });
    const run = start([
      scene.overlay.source('podvm:ens2', 'podvm'),
      '--write',
      join(dir, 'in'),
      '--report',
      join(dir, 'r.txt'),
    ]);
    await run.event('started');
    await scene.overlay.ping('-c', '3', '-i', '0.1');
    expect(await run.end('SIGINT')).toBe(0);
    expect(readdirSync(join(dir, 'in')).sort()).toEqual(['podvm-ens2.pcapng', 'podvm.host.txt']);
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain('answered');
    expect(statSync(join(dir, 'r.txt')).uid).toBe(0);
  });

  test('a report that cannot be written is told before the run', async () => {
    const run = start([
      scene.overlay.source('podvm:ens2', 'podvm'),
      '--report',
      join(folder, 'no-such-folder', 'r.txt'),
    ]);
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(/^vxtrace: cannot write .*no-such-folder/);
    expect(run.events).toEqual([]);
  });

  test.each(['dumpcap', 'tcpdump'] as const)(
    'a killed run leaves nothing behind, %s and a quiet line or not',
    async (backend) => {
      if (!requirement(backend).available) return;
      const run = start([scene.overlay.source('podvm:lo', 'podvm'), '--backend', backend]);
      await run.event('started');
      const pids = childrenOf(run.child.pid!);
      expect(pids.length).toBeGreaterThan(1);
      await run.end('SIGKILL');
      await expect.poll(() => pids.filter(isAlive).map(statusOf), { timeout: 5000 }).toEqual([]);
    },
  );

  test('root of a user namespace, who cannot become another, says that it stays', () => {
    const capture = `"${process.execPath}" "${scene.program.path}" capture lo --backend dumpcap --duration 0.5`;
    const line = `ip link set lo up; exec ${capture}`;
    const inside = spawnSync('unshare', ['-r', '-n', 'sh', '-c', line], { encoding: 'utf8', timeout: 15_000 });
    expect(inside.stdout).toMatch(/"event":"warning".*stays root: /);
    expect(inside.stdout).toMatch(/"event":"ended"/);
  });
});
