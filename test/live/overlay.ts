/** The overlay of the case in network namespaces, for live runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Namespaces } from '../lab/namespaces.ts';
import { Relay } from '../lab/relay.ts';
import { buildTopology, FOREIGN_MAC, POD_MAC, POD_OVERLAY, type TopologyOptions } from '../lab/topology.ts';

export class Overlay {
  readonly namespaces = new Namespaces(new AbortController().signal);

  static async build(options: TopologyOptions): Promise<Overlay> {
    const overlay = new Overlay();
    try {
      await buildTopology(overlay.namespaces, options);
      await Relay.start(overlay.namespaces, [], 1);
    } catch (error) {
      overlay.remove();
      throw error;
    }
    return overlay;
  }

  /** A source as the command line takes it: `podvm:vxlan0@…`. */
  source(label: string, namespace: string): string {
    return `${label}@${this.namespaces.machineName(namespace)}`;
  }

  /**
   * Gives vxlan0 a MAC: the case's cure, or its fault. The device stays up, as the kernel allows it for vxlan devices
   * (IFF_LIVE_ADDR_CHANGE): down, it would refuse requests for a moment, which is a fault of another kind.
   */
  setPodMac(mac: string): Promise<void> {
    return this.namespaces.ip('podns', `link set dev vxlan0 address ${mac}`);
  }

  breakPod(): Promise<void> {
    return this.setPodMac(FOREIGN_MAC);
  }

  curePod(): Promise<void> {
    return this.setPodMac(POD_MAC);
  }

  /** Pings the pod from the worker; resolves when ping ends. */
  async ping(...options: string[]): Promise<void> {
    await this.namespaces.attempt('worker', `ping -q ${options.join(' ')} ${POD_OVERLAY}`);
  }

  /** Starts a command in a namespace that goes on until it is killed or the overlay is removed. */
  start(namespace: string, line: string): ChildProcess {
    return this.namespaces.spawn(namespace, line);
  }

  remove(): void {
    this.namespaces.removeAll();
  }
}

/** Runs a program to its end and returns what it printed. */
export async function output(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; exit: number | null }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await once(child, 'close');
  return { stdout, exit: child.exitCode };
}
