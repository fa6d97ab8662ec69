/** What other sources see after one has died or ended is not lost on the way to it: not live, not in the report, not in the files. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/model.ts';
import { requirement } from '../requirements.ts';
import { Overlay, output } from './overlay.ts';
import { LiveRun } from './run.ts';
import { setting } from './setting.ts';

const lab = requirement('lab');

describe.skipIf(!lab.available)(`sources that end early${lab.reason === '' ? '' : ` (${lab.reason})`}`, () => {
  const scene = setting('ended', async () => {
    // Nothing is answered, so that no answer tells that the pod's end had stopped to capture.
    const overlay = await Overlay.build({});
    await overlay.namespaces.run('podns', 'iptables -A INPUT -p icmp --icmp-type echo-request -j DROP');
    return overlay;
  });
  const { folder } = scene;
  let run: LiveRun | null = null;
  afterEach(() => run?.kill());

  /** The processes in the pod's namespace. */
  const inside = (): number[] =>
    execFileSync('ip', ['netns', 'pids', scene.overlay.namespaces.machineName('podns')], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map(Number);
  const exec = (options: string): string =>
    `podvm:vxlan0=exec:ip netns exec ${scene.overlay.namespaces.machineName('podns')} tcpdump -i vxlan0 ${options} -w -`;
  const kill = (): void => {
    for (const pid of inside()) process.kill(pid, 'SIGKILL');
  };

  test.each([
    ['a command that is killed', () => exec('-U --immediate-mode'), kill, 'source-died'],
    ['a command that comes to its end', () => exec('-U --immediate-mode -c 10'), () => {}, 'source-ended'],
    ['a local source that is killed', () => scene.overlay.source('podvm:vxlan0', 'podns'), kill, 'source-died'],
  ] as const)('%s', { timeout: 40_000 }, async (what, source, end, told) => {
    const dir = join(folder, what.replaceAll(' ', '-'));
    const file = `${dir}.json`;
    const sources = [scene.overlay.source('worker:ens3', 'worker'), source()];
    run = new LiveRun(scene.program.path, [...sources, '--write', dir, '--report', file, '--interval', '0.5']);
    await run.event('started');
    await scene.overlay.ping('-c', '10', '-i', '0.1', '-W', '1');
    await run.event('flow-summary', ({ sources: all }) => all[1].packets >= 10);
    end();
    await run.event(told, ({ label }) => label === 'podvm:vxlan0');
    await scene.overlay.ping('-c', '10', '-i', '0.1', '-W', '1');
    // What is missing would have been told by then.
    await sleep(1500);
    expect(await run.end('SIGINT')).toBe(1);

    const raised = new Set(run.all('finding-raised').map(({ finding }) => finding.code));
    expect([...raised].filter((code) => code !== 'capture-incomplete')).toEqual(['unanswered-echo']);
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    expect(report.captures.map(({ counts }) => counts.echoRequests)).toEqual([20, 10]);
    const written = ['worker:ens3', 'podvm:vxlan0'].map(
      (label) => `${label}=${join(dir, label.replace(':', '-'))}.pcapng`,
    );
    const hosts = ['--host', `worker=${join(dir, 'worker.host.txt')}`];
    const { stdout } = await output(process.execPath, [
      scene.program.path,
      'analyze',
      '-f',
      'json',
      ...written,
      ...hosts,
    ]);
    for (const { findings, flows } of [report, JSON.parse(stdout) as Report]) {
      const errors = findings.filter(({ severity }) => severity === 'error');
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['unanswered-echo']));
      expect(flows.flatMap(({ losses }) => losses)).toEqual([
        { stage: 'no-reply', after: 'podvm:vxlan0', before: null, count: 10 },
        { stage: 'no-reply', after: 'worker:ens3', before: null, count: 10 },
      ]);
    }
  });
});
