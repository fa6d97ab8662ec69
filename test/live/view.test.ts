/** The live view on a terminal of its own, made by Python's pty. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { screenLines } from '../../src/live/screen.ts';
import type { Snapshot } from '../../src/live/session.ts';
import type { Report } from '../../src/report/model.ts';
import { FOREIGN_MAC } from '../lab/topology.ts';
import { requirement } from '../requirements.ts';
import { Overlay } from './overlay.ts';
import { setting } from './setting.ts';

const flow = {
  protocol: 'icmp-echo',
  vni: 5,
  source: 'fd10:132:2::2',
  destination: 'fd10:132:2:aaaa:bbbb:cccc:dddd:2e',
  requests: 123_456,
  answered: 123_000,
  unanswered: 456,
  rttMicroseconds: { min: 1, median: 1234.5, p99: 2, max: 3 },
} as Report['flows'][number];

function snapshot(count: number): Snapshot {
  const finding = { severity: 'error', title: 'x\x1b[2J'.repeat(50) } as Report['findings'][number];
  return {
    sources: Array.from({ length: count }, (_, index) => ({
      ...{ label: `host${index}:eth0`, state: 'running' as const, packets: 1e9, bytes: 1e12 },
      ...{ packetsPerSecond: 200_000, bytesPerSecond: 3e8, dropped: index === 0 ? null : 7 },
    })),
    recent: {
      flows: Array.from({ length: count * 10 }, () => flow),
      tunnels: Array.from({ length: count }, () => ({
        ...{ encapsulation: 'vxlan', vni: 5, port: 4789, endpoints: ['10.0.0.1', '10.0.0.2'], packets: [1, 2] },
      })),
    } as Report,
    active: Array.from({ length: count }, () => ({ finding, since: 0 })),
    startedAt: Date.now() - 3_725_000,
  };
}

describe('screen', () => {
  test.each([
    [80, 24],
    [200, 60],
    [40, 10],
    [20, 5],
    [1, 1],
  ])('fits %i columns and %i rows whatever there is to show', (columns, rows) => {
    for (const count of [0, 1, 5, 100]) {
      const lines = screenLines(snapshot(count), Array(30).fill('a message'), { columns, rows, color: false });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(columns);
        expect(line).not.toContain('\x1b');
      }
    }
  });

  test('shows every part at 80 by 24', () => {
    const text = screenLines(snapshot(5), ['a message'], { columns: 80, rows: 24, color: false }).join('\n');
    for (const part of [
      '01:02:05',
      'host0:eth0',
      'drops not known',
      'Findings 5',
      'Tunnels 5',
      'Flows 50',
      '1.234ms',
      'a message',
    ]) {
      expect(text).toContain(part);
    }
  });
});

const lab = requirement('lab');

/** Runs argv on a terminal of 80 by 24, resizes it after 3 seconds, then acts as told, and prints all it got. */
const TERMINAL = `
import fcntl, os, pty, select, signal, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
size = lambda rows, columns: fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
size(24, 80)
start, got, steps = time.time(), b'', [(3, lambda: size(20, 60)), (4.5, lambda: os.write(fd, b'\\x03') if sys.argv[1] == 'key' else os.kill(pid, signal.SIGTERM))]
while time.time() - start < 20:
    if steps and time.time() - start > steps[0][0]: steps.pop(0)[1]()
    if select.select([fd], [], [], 0.1)[0]:
        try: data = os.read(fd, 65536)
        except OSError: break
        if not data: break
        got += data
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(got)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
`;

describe.skipIf(!lab.available)(`view on a terminal${lab.reason === '' ? '' : ` (${lab.reason})`}`, () => {
  const scene = setting('view', () => Overlay.build({ podMac: FOREIGN_MAC }));
  const { folder } = scene;

  beforeAll(async () => {
    writeFileSync(join(folder, 'terminal.py'), TERMINAL);
  });

  test.each(['key', 'signal'])(
    'shows the finding, follows the size, gives the terminal back (%s)',
    (way) => {
      scene.overlay.start('worker', 'ping -q -c 20 -i 0.2 10.132.2.46');
      let printed = '';
      try {
        execFileSync(
          'python3',
          [
            ...[join(folder, 'terminal.py'), way, process.execPath, scene.program.path],
            ...['capture', scene.overlay.source('podvm:vxlan0', 'podns')],
          ],
          { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TERM: 'xterm' } },
        );
        throw new Error('it ended with 0');
      } catch (error) {
        const { status, stdout } = error as { status: number; stdout: string };
        expect(status).toBe(1);
        printed = stdout;
      }
      const enter = printed.indexOf('\x1b[?1049h');
      const leave = printed.lastIndexOf('\x1b[?1049l');
      expect(enter).toBeGreaterThanOrEqual(0);
      expect(leave).toBeGreaterThan(enter);
      expect(printed.indexOf('\x1b[?25h', leave - 20)).toBeGreaterThan(0);
      const frames = printed.slice(enter, leave).split('\x1b[H').slice(2);
      expect(frames.some((frame) => frame.includes('error') && frame.includes('7e:e5:f7:e6:f5:1a') === false)).toBe(
        true,
      );
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out
      const plain = frames.map((frame) => frame.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '').split(/\r+\n/));
      for (const lines of plain) {
        expect(lines.length).toBeLessThanOrEqual(24);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      }
      const last = plain.at(-1)!;
      expect(last.length).toBeLessThanOrEqual(20);
      for (const line of last) expect(line.length).toBeLessThanOrEqual(60);
      expect(printed.slice(leave)).toContain('What to do');
    },
    40_000,
  );
});
