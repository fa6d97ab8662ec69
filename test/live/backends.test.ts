/** What every backend has to do, on real interfaces. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/model.ts';
import { POD_OVERLAY, WORKER_OVERLAY } from '../lab/topology.ts';
import { requirement } from '../requirements.ts';
import { Overlay } from './overlay.ts';
import { childrenOf, statusOf } from './processes.ts';
import { LiveRun } from './run.ts';
import { setting } from './setting.ts';

const lab = requirement('lab');

describe.skipIf(!lab.available)(`backends${lab.reason === '' ? '' : ` (${lab.reason})`}`, () => {
  const scene = setting('backends', async () => {
    const overlay = await Overlay.build({});
    // Addresses are resolved before anything is counted.
    await overlay.ping('-c', '2', '-i', '0.1');
    return overlay;
  });
  const { folder } = scene;
  let run: LiveRun | null = null;
  afterEach(() => run?.kill());

  describe.each(['dumpcap', 'tcpdump', 'cap'] as const)('%s', (backend) => {
    const needed = requirement(backend);
    const live = test.skipIf(!needed.available);

    live('sees every request and reply, knows the tunnel, and is done when it is stopped', async () => {
      const file = join(folder, `${backend}.json`);
      run = new LiveRun(scene.program.path, [
        scene.overlay.source('podvm:ens2', 'podvm'),
        ...['--backend', backend, '--report', file, '--interval', '1'],
      ]);
      const { sources } = await run.event('started');
      expect(sources).toMatchObject([{ label: 'podvm:ens2', host: 'podvm', interface: 'ens2', backend }]);
      await scene.overlay.ping('-c', '20', '-i', '0.01');
      await run.event('flow-summary', ({ flows }) => flows.some(({ answered }) => answered === 20));
      expect(await run.end('SIGINT')).toBe(0);
      const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
      expect(report.captures[0]).toMatchObject({ format: 'live', vantage: 'underlay', complete: true });
      expect(report.captures[0].counts).toMatchObject({ echoRequests: 20, echoReplies: 20, snapped: 0 });
      expect(report.tunnels).toMatchObject([{ vni: 555005, port: 4789 }]);
      const echoes = report.flows.filter(({ protocol }) => protocol === 'icmp-echo');
      expect(echoes).toMatchObject([
        { vni: 555005, source: WORKER_OVERLAY, destination: POD_OVERLAY, requests: 20, answered: 20 },
      ]);
      const trip = echoes[0].rttMicroseconds!;
      expect(trip.min).toBeGreaterThanOrEqual(0);
      expect(trip.max).toBeLessThan(1e6);
    });

    live('keeps times near the clock, snap length and filter', async () => {
      const file = join(folder, `${backend}-snapped.json`);
      const before = Date.now();
      run = new LiveRun(scene.program.path, [
        scene.overlay.source('podvm:ens2', 'podvm'),
        ...['--backend', backend, '--report', file, '--snaplen', '110', '--filter', 'udp port 4789', '--count', '10'],
      ]);
      await run.event('started');
      const pinging = scene.overlay.ping('-c', '10', '-i', '0.05');
      expect(await run.end()).toBe(0);
      await pinging;
      expect(await run.event('ended')).toMatchObject({ reason: 'count' });
      const [capture] = (JSON.parse(readFileSync(file, 'utf8')) as Report).captures;
      expect(capture).toMatchObject({ packets: 10, counts: { vxlan: 10, snapped: 10 } });
      expect(Date.parse(capture.start!)).toBeGreaterThanOrEqual(before - 1);
      expect(Date.parse(capture.end!)).toBeLessThanOrEqual(Date.now());
    });

    // Nothing counts what cap loses.
    if (backend !== 'cap')
      live(
        'what it saw and what it dropped are together what was sent',
        async () => {
          await scene.overlay.namespaces.ip('worker', 'link add flood type veth peer name flooded');
          await scene.overlay.namespaces.ip('worker', 'link set flood up');
          await scene.overlay.namespaces.ip('worker', 'link set flooded up');
          const file = join(folder, `${backend}-flooded.json`);
          run = new LiveRun(scene.program.path, [
            scene.overlay.source('worker:flooded', 'worker'),
            ...['--backend', backend, '--report', file, '--filter', 'udp port 4789'],
          ]);
          await run.event('started');
          const capturing = childrenOf(run.child.pid!).filter((pid) => statusOf(pid)['Name'] === backend);
          const flood = scene.overlay.namespaces.attempt('worker', 'python3 test/live/flood.py flood 100000 4.5');
          // It may not read for so long that the kernel runs out of room.
          await sleep(1000);
          for (const pid of capturing) process.kill(pid, 'SIGSTOP');
          await flood;
          for (const pid of capturing) process.kill(pid, 'SIGCONT');
          const { sent } = JSON.parse((await flood).stdout) as { sent: number };
          expect(sent).toBe(450_000);
          await sleep(1000);
          await run.end('SIGINT');
          await scene.overlay.namespaces.ip('worker', 'link del flood');
          const { captures, findings } = JSON.parse(readFileSync(file, 'utf8')) as Report;
          const incomplete = findings.find(({ code }) => code === 'capture-incomplete')!;
          const dropped = Number(/capturing system dropped (\d+)/.exec(incomplete.explanation)![1]);
          expect(dropped).toBeGreaterThan(1000);
          expect(captures[0].packets + dropped).toBe(sent);
        },
        40_000,
      );

    live('dies with its interface, and the report says so', async () => {
      await scene.overlay.namespaces.ip('podvm', 'link add gone type veth peer name gone-peer');
      await scene.overlay.namespaces.ip('podvm', 'link set gone up');
      await scene.overlay.namespaces.ip('podvm', 'link set gone-peer up');
      const file = join(folder, `${backend}-gone.json`);
      run = new LiveRun(scene.program.path, [
        scene.overlay.source('podvm:gone', 'podvm'),
        scene.overlay.source('podvm:ens2', 'podvm'),
        ...['--backend', backend, '--report', file],
      ]);
      await run.event('started');
      await scene.overlay.namespaces.ip('podvm', 'link del gone');
      await run.event('source-died', ({ label }) => label === 'podvm:gone');
      await scene.overlay.ping('-c', '3', '-i', '0.01');
      expect(await run.end('SIGTERM')).not.toBe(2);
      const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
      expect(report.captures[0].warnings.join()).toContain('before the run was over');
      expect(report.captures[1].counts.echoRequests).toBe(3);
    });
  });

  test('an interface that is not there is told by name, with those that are', async () => {
    run = new LiveRun(scene.program.path, [scene.overlay.source('podvm:nothere', 'podvm')]);
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(/^vxtrace: nothere: no such interface in namespace .* \(there are: lo, .*ens2.*\)\n$/);
    expect(run.events).toEqual([]);
  });

  test('a namespace that is not there is told', async () => {
    run = new LiveRun(scene.program.path, ['podvm:eth0@no-such-namespace']);
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(/^vxtrace: no-such-namespace: no such network namespace/);
  });

  test('every interface of every namespace is listed, tunnels marked', () => {
    const printed = execFileSync(process.execPath, [scene.program.path, 'interfaces', '--json'], { encoding: 'utf8' });
    const { interfaces } = JSON.parse(printed) as { interfaces: Record<string, unknown>[] };
    const namespace = scene.overlay.namespaces.machineName('podns');
    expect(interfaces.find(({ source }) => source === `vxlan0@${namespace}`)).toMatchObject({
      name: 'vxlan0',
      namespace,
      addresses: ['10.132.2.46/23'],
      tunnel: { vni: 555005, remote: '192.168.10.163', port: 4789 },
    });
    const own = execFileSync('ip', ['-br', 'link'], { encoding: 'utf8' });
    for (const line of own.trim().split('\n')) {
      const name = line.split(/[\s@]/)[0];
      expect(interfaces).toContainEqual(expect.objectContaining({ source: name, namespace: null }));
    }
    const text = execFileSync(process.execPath, [scene.program.path, 'interfaces'], { encoding: 'utf8' });
    expect(text).toMatch(
      new RegExp(`^vxlan0@${namespace} .*TUNNEL vxlan VNI 555005 remote 192.168.10.163 port 4789`, 'm'),
    );
  });
});
