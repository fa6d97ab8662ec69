/** Live runs on the case: findings come and go, sources die, files and signals are dealt with in order. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/model.ts';
import { FOREIGN_MAC, POD_MAC } from '../lab/topology.ts';
import { requirement } from '../requirements.ts';
import { Overlay, output } from './overlay.ts';
import { LiveRun } from './run.ts';
import { setting } from './setting.ts';

const lab = requirement('lab');
const MISMATCH = 'inner-destination-mac-mismatch';

describe.skipIf(!lab.available)(`capture${lab.reason === '' ? '' : ` (${lab.reason})`}`, () => {
  const scene = setting('live', async () => {
    const overlay = await Overlay.build({});
    await overlay.ping('-c', '2', '-i', '0.1');
    return overlay;
  });
  const { folder } = scene;
  const runs: LiveRun[] = [];
  let pinging: ChildProcess | null = null;

  function start(...args: string[]): LiveRun {
    const run = new LiveRun(scene.program.path, args);
    runs.push(run);
    return run;
  }

  /** Processes in the pod's namespace. */
  const inside = (): number[] =>
    execFileSync('ip', ['netns', 'pids', scene.overlay.namespaces.machineName('podns')], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map(Number);

  const analysis = async (...args: string[]): Promise<Report> =>
    JSON.parse(
      (await output(process.execPath, [scene.program.path, 'analyze', '-f', 'json', ...args])).stdout,
    ) as Report;

  const readReport = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report;

  afterEach(async () => {
    for (const run of runs.splice(0)) run.kill();
    pinging?.kill();
    await scene.overlay.curePod();
  });

  test.each([
    ['at one end', 'dumpcap', ['podvm:vxlan0@podns']],
    ['at one end', 'tcpdump', ['podvm:vxlan0@podns']],
    ['at both ends', 'dumpcap', ['worker:ens3@worker', 'podvm:ens2@podvm', 'podvm:vxlan0@podns']],
    ['at both ends', 'tcpdump', ['worker:ens3@worker', 'podvm:ens2@podvm', 'podvm:vxlan0@podns']],
  ])(
    'the case is found within two seconds %s with %s, and is over after the cure',
    async (_, backend, places) => {
      if (!requirement(backend as 'dumpcap').available) return;
      const sources = places.map((place) => scene.overlay.source(...(place.split('@') as [string, string])));
      const run = start(...sources, '--backend', backend, '--window', '3');
      await run.event('started');
      pinging = scene.overlay.start('worker', 'ping -q -i 0.2 10.132.2.46');
      await sleep(1500);
      await scene.overlay.breakPod();
      const broken = Date.now();
      const raised = await run.event(
        'finding-raised',
        ({ finding }) => finding.code === MISMATCH || finding.code === 'unanswered-echo',
      );
      expect(Date.parse(raised.time) - broken).toBeLessThan(2000);
      const { finding } = await run.event('finding-raised', (event) => event.finding.code === MISMATCH);
      expect(finding).toMatchObject({
        confidence: 'certain',
        subject: { host: 'podvm', interface: 'vxlan0', frameMac: POD_MAC, ownerMac: FOREIGN_MAC, source: 'interface' },
      });
      await scene.overlay.curePod();
      await run.event('finding-cleared', ({ code }) => code === MISMATCH, 15_000);
      await run.event('finding-cleared', ({ code }) => code === 'unanswered-echo', 15_000);
      expect(await run.end('SIGINT')).toBe(1);
      const codes = new Set(run.all('finding-raised').map((event) => event.finding.code));
      expect([...codes].sort()).toEqual([MISMATCH, 'unanswered-echo']);
      pinging.kill();
    },
    40_000,
  );

  test.each(['dumpcap', 'tcpdump', 'cap'] as const)(
    'files written with %s give the report of the run',
    async (backend) => {
      if (!requirement(backend).available) return;
      const dir = join(folder, `written-${backend}`);
      const file = join(folder, `written-${backend}.json`);
      await scene.overlay.breakPod();
      const sources = [scene.overlay.source('worker:ens3', 'worker'), scene.overlay.source('podvm:vxlan0', 'podns')];
      const run = start(...sources, '--backend', backend, '--write', dir, '--report', file);
      await run.event('started');
      await scene.overlay.ping('-c', '15', '-i', '0.1', '-W', '1');
      expect(await run.end('SIGTERM')).toBe(1);
      expect(readdirSync(dir).sort()).toEqual([
        'podvm-vxlan0.pcapng',
        'podvm.host.txt',
        'worker-ens3.pcapng',
        'worker.host.txt',
      ]);
      const live = readReport(file);
      const read = await analysis(
        `worker:ens3=${join(dir, 'worker-ens3.pcapng')}`,
        `podvm:vxlan0=${join(dir, 'podvm-vxlan0.pcapng')}`,
        ...['--host', `podvm=${join(dir, 'podvm.host.txt')}`, '--host', `worker=${join(dir, 'worker.host.txt')}`],
      );
      expect(live.findings.map(({ code }) => code)).toEqual([
        ...[MISMATCH, 'unanswered-echo'],
        ...(backend === 'cap' ? ['capture-incomplete', 'capture-incomplete'] : []),
      ]);
      expect(read.findings.map(({ code, title }) => [code, title])).toEqual(
        live.findings.map(({ code, title }) => [code, title]),
      );
      for (const key of ['flows', 'tunnels', 'segments', 'clocks'] as const) expect(read[key]).toEqual(live[key]);
      expect(read.captures.map(({ counts }) => counts)).toEqual(live.captures.map(({ counts }) => counts));
      expect(read.captures.map(({ warnings }) => warnings)).toEqual(live.captures.map(({ warnings }) => warnings));
    },
  );

  test.skipIf(!requirement('capinfos').available)('rotated files hold every packet once, and read as one', async () => {
    const dir = join(folder, 'rotated');
    const run = start(
      scene.overlay.source('podvm:ens2', 'podvm'),
      '--write',
      dir,
      '--rotate-size',
      '20k',
      '--backend',
      'tcpdump',
    );
    await run.event('started');
    await scene.overlay.ping('-c', '300', '-i', '0.005');
    expect(await run.end('SIGINT')).toBe(0);
    const files = readdirSync(dir)
      .filter((name) => name.endsWith('.pcapng'))
      .sort();
    expect(files.length).toBeGreaterThan(2);
    expect(files[0]).toBe('podvm-ens2-00001.pcapng');
    for (const name of files) expect(spawnSync('capinfos', [join(dir, name)]).status).toBe(0);
    const whole = join(dir, 'whole.pcapng');
    writeFileSync(whole, Buffer.concat(files.map((name) => readFileSync(join(dir, name)))));
    const { captures, flows } = await analysis(`podvm:ens2=${whole}`);
    const echoes = flows.filter(({ protocol }) => protocol === 'icmp-echo');
    expect(captures[0].counts).toMatchObject({ echoRequests: 300, echoReplies: 300 });
    expect(echoes).toMatchObject([{ requests: 300, answered: 300 }]);
    expect(captures[0].packets).toBe(run.all('source-ended')[0].packets);
  });

  test('the report of the run, and that of its files, name a cause that was cured meanwhile', async () => {
    const dir = join(folder, 'cured');
    const file = join(folder, 'cured.json');
    await scene.overlay.breakPod();
    const sources = [scene.overlay.source('worker:ens3', 'worker'), scene.overlay.source('podvm:vxlan0', 'podns')];
    const run = start(...sources, '--write', dir, '--report', file);
    await run.event('started');
    pinging = scene.overlay.start('worker', 'ping -q -i 0.2 10.132.2.46');
    await run.event('finding-raised', ({ finding }) => finding.code === MISMATCH);
    await sleep(1500);
    await scene.overlay.curePod();
    await sleep(2500);
    expect(await run.end('SIGINT')).toBe(1);
    const report = readReport(file);
    expect(report.verdict.code).toBe(MISMATCH);
    const [finding] = report.findings;
    expect(finding.subject).toMatchObject({ frameMac: POD_MAC, ownerMac: FOREIGN_MAC, interface: 'vxlan0' });
    expect(finding.explanation).toContain('so it seems to be cured');
    const flow = report.flows.find(({ protocol }) => protocol === 'icmp-echo');
    expect(flow?.answered).toBeGreaterThan(3);
    const again = await analysis(
      `worker:ens3=${join(dir, 'worker-ens3.pcapng')}`,
      `podvm:vxlan0=${join(dir, 'podvm-vxlan0.pcapng')}`,
      ...['--host', `podvm=${join(dir, 'podvm.host.txt')}`],
    );
    expect(again.verdict).toEqual(report.verdict);
    expect(again.findings[0].evidence).toEqual(finding.evidence);
  }, 40_000);

  test('a full disk ends the files and not the run', async () => {
    const dir = join(folder, 'full');
    mkdirSync(dir);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', dir]);
    try {
      const report = join(folder, 'full.json');
      const run = start(
        scene.overlay.source('podvm:ens2', 'podvm'),
        '--write',
        dir,
        '--backend',
        'tcpdump',
        '--report',
        report,
      );
      await run.event('started');
      await scene.overlay.ping('-c', '400', '-i', '0.002', '-s', '400');
      const failed = await run.event('write-failed');
      expect(failed.message).toContain('ENOSPC');
      expect(await run.end('SIGINT')).toBe(0);
      expect(readReport(report).captures[0].counts).toMatchObject({ echoRequests: 400, echoReplies: 400 });
      const read = await analysis(`podvm:ens2=${failed.file}`);
      expect(read.captures[0]).toMatchObject({ complete: true });
      expect(read.captures[0].packets).toBeGreaterThan(50);
    } finally {
      for (const run of runs) await run.end('SIGKILL');
      await sleep(200);
      execFileSync('umount', ['-l', dir]);
    }
  });

  test('when a full disk has room again, writing goes on, and what is missing is told', async () => {
    const dir = join(folder, 'emptied');
    mkdirSync(dir);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', dir]);
    try {
      const ballast = join(dir, 'ballast');
      writeFileSync(ballast, Buffer.alloc(3_900_000));
      const run = start(scene.overlay.source('podvm:ens2', 'podvm'), '--write', dir);
      await run.event('started');
      await scene.overlay.ping('-c', '200', '-i', '0.002', '-s', '1000');
      const failed = await run.event('write-failed');
      await scene.overlay.ping('-c', '200', '-i', '0.002', '-s', '1000');
      rmSync(ballast);
      await sleep(1500);
      await scene.overlay.ping('-c', '200', '-i', '0.01', '-s', '1000');
      const resumed = await run.event('write-resumed');
      expect(await run.end('SIGINT')).toBe(0);
      expect(run.all('file-written').map(({ file }) => file)).toEqual([resumed.file]);
      const first = await analysis(`podvm:ens2=${failed.file}`);
      const second = await analysis(`podvm:ens2=${resumed.file}`);
      const [before, after] = [first.captures[0], second.captures[0]];
      expect([before.complete, after.complete]).toEqual([true, true]);
      expect(before.packets).toBeGreaterThan(20);
      expect(after.packets).toBeGreaterThan(100);
      expect(before.packets + resumed.packetsNotWritten + after.packets).toBe(run.all('source-ended')[0].packets);
      expect(after.warnings.join()).toContain(`${resumed.packetsNotWritten} packets before its first were not written`);
      expect(second.findings.map(({ code }) => code)).toContain('capture-incomplete');
    } finally {
      for (const run of runs) await run.end('SIGKILL');
      await sleep(200);
      execFileSync('umount', ['-l', dir]);
    }
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the run in order', async (signal) => {
    const file = join(folder, `${signal}.txt`);
    const run = start(scene.overlay.source('podvm:vxlan0', 'podns'), '--report', file);
    await run.event('started');
    await scene.overlay.ping('-c', '2', '-i', '0.01');
    expect(await run.end(signal)).toBe(0);
    expect(run.events.at(-1)).toMatchObject({ event: 'ended', reason: 'signal', exitStatus: 0 });
    expect(readFileSync(file, 'utf8')).toContain('answered');
    expect(run.stderr).toBe('');
  });

  test('commands are sources, told what they said when they die, and the others go on', async () => {
    const namespace = scene.overlay.namespaces.machineName('podns');
    const command = `ip netns exec ${namespace} tcpdump -i vxlan0 -U --immediate-mode -w -`;
    const file = join(folder, 'died.json');
    const run = start(
      scene.overlay.source('worker:ens3', 'worker'),
      `podvm:vxlan0=exec:${command};  echo 'it is gone' >&2; exit 3`,
      ...['--report', file, '--interval', '1', '--write', join(folder, 'died')],
    );
    const { sources } = await run.event('started');
    expect(sources[1]).toMatchObject({ label: 'podvm:vxlan0', backend: 'command' });
    await scene.overlay.ping('-c', '10', '-i', '0.05');
    await run.event('flow-summary', ({ sources: all }) => all[1].packets >= 20);
    for (const pid of inside()) process.kill(pid, 'SIGINT');
    const died = await run.event('source-died');
    expect(died).toMatchObject({ label: 'podvm:vxlan0', message: 'ended with exit status 3' });
    expect(died.stderr).toContain('it is gone');
    await scene.overlay.ping('-c', '5', '-i', '0.05');
    expect(await run.end('SIGINT')).not.toBe(2);
    const report = readReport(file);
    expect(report.captures.map(({ counts }) => counts.echoRequests)).toEqual([15, 10]);
    expect(report.captures[1].warnings.join()).toContain('it is gone');
    const read = await analysis(`podvm:vxlan0=${join(folder, 'died', 'podvm-vxlan0.pcapng')}`);
    expect(read.captures[0].warnings).toEqual(report.captures[1].warnings);
    expect(report.findings.map(({ code }) => code)).toContain('capture-incomplete');
  });

  test('a command that comes to its end is no failure, and a file is a source', async () => {
    const capture = 'captures/peer-pods-broken/podvm-vxlan0.pcap';
    const report = join(folder, 'file.json');
    const run = start(
      `podvm:vxlan0=exec:cat ${capture}`,
      '--host',
      'podvm=captures/peer-pods-broken/podvm.txt',
      '--report',
      report,
    );
    expect(await run.end()).toBe(1);
    expect(run.events.at(-1)).toMatchObject({ event: 'ended', reason: 'sources-ended', verdict: { code: MISMATCH } });
    const read = await analysis(`podvm:vxlan0=${capture}`, '--host', 'podvm=captures/peer-pods-broken/podvm.txt');
    expect(readReport(report).findings).toEqual(read.findings);
  });

  test('a command that is no capture ends the run with what it said', async () => {
    const run = start('a:b=exec:echo not this way >&2; exit 7');
    expect(await run.end()).toBe(2);
    expect(run.stderr).toBe('vxtrace: a:b: ended with exit status 7: not this way\n');
  });

  test('a reader that goes away ends the run', async () => {
    const source = scene.overlay.source('podvm:vxlan0', 'podns');
    const line = `"${process.execPath}" "${scene.program.path}" capture ${source} --interval 0.3 | head -n 1`;
    const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await once(child, 'close');
    expect(said).toBe('');
  });

  test('a killed run leaves no process behind once packets come', async () => {
    const source = scene.overlay.source('podvm:vxlan0', 'podns');
    const run = start(source, '--backend', 'tcpdump');
    await run.event('started');
    expect(inside()).toHaveLength(1);
    await run.end('SIGKILL');
    await scene.overlay.ping('-c', '3', '-i', '0.1');
    await expect.poll(inside, { timeout: 5000 }).toEqual([]);
  });
});
