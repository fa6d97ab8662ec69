import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespaces } from './namespaces.ts';

/** Where tcpdump listens, and the name of its file (without extension), which is its label in reports. */
export interface CapturePoint {
  label: string;
  namespace: string;
  interface: string;
  precision: 'micro' | 'nano';
  /** Link type asked for; tcpdump's choice when absent. */
  linkType?: string;
  /** Bytes kept of each packet; all when absent. */
  snapLength?: number;
}

const FLUSH_DEADLINE_MILLISECONDS = 5000;

/** One running tcpdump. */
export class Tcpdump {
  private messages = '';
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Resolves when tcpdump says that it listens. */
  static async start(namespaces: Namespaces, point: CapturePoint, file: string): Promise<Tcpdump> {
    const linkType = point.linkType === undefined ? '' : ` -y ${point.linkType}`;
    const child = namespaces.spawn(
      point.namespace,
      `tcpdump -i ${point.interface}${linkType} -n -U --immediate-mode -Z root -s ${point.snapLength ?? 0} ` +
        `--time-stamp-precision=${point.precision} -w '${file}'`,
    );
    const tcpdump = new Tcpdump(child);
    await new Promise<void>((listening, failed) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        tcpdump.messages += text;
        if (tcpdump.messages.includes('listening on')) listening();
      });
      child.on('close', () => failed(new Error(`tcpdump ended: ${tcpdump.messages}`)));
      child.on('error', failed);
    });
    return tcpdump;
  }

  /** Ends the capture once tcpdump has written every packet that the kernel gave to its filter. */
  async stop(): Promise<void> {
    const deadline = Date.now() + FLUSH_DEADLINE_MILLISECONDS;
    while (!(await this.flushed())) {
      if (Date.now() > deadline) throw new Error(`tcpdump does not keep up: ${this.messages}`);
      await sleep(20);
    }
    const closed = once(this.child, 'close');
    this.child.kill('SIGINT');
    await closed;
    if (!/\b0 packets dropped by kernel/.test(this.messages)) throw new Error(`packets dropped: ${this.messages}`);
  }

  /** Asks for tcpdump's own counts (SIGUSR1) and compares captured with received. */
  private async flushed(): Promise<boolean> {
    this.messages = '';
    this.child.kill('SIGUSR1');
    for (let waited = 0; waited < 100; waited++) {
      const counts = /(\d+) packets? captured, (\d+) packets? received by filter, \d+ packets? dropped by kernel/.exec(
        this.messages,
      );
      if (counts !== null) return counts[1] === counts[2];
      await sleep(5);
    }
    return false;
  }
}
