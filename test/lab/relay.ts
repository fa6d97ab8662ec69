import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Namespaces } from './namespaces.ts';

export type Direction = 'to-podvm' | 'to-worker';

/** Which frames on the wire, and what is done to them (`pass`: only counted); relay.py says how each is meant. */
export interface RelayRule {
  direction?: Direction;
  /** Names as relay.py gives them: `tunnel echo-request`, `arp-request`, `fragment` … */
  packets?: string[];
  /** Whether it is encapsulated, when that matters. */
  tunnel?: boolean;
  vni?: number;
  fragment?: 'whole' | 'first' | 'later';
  minimumBytes?: number;
  nth?: number[];
  percent?: number;
  action: 'drop' | 'duplicate' | 'delay' | 'reorder' | 'corrupt' | 'pass';
  milliseconds?: number;
  /** For `corrupt`: which byte is inverted. */
  field?: 'checksum' | 'payload';
}

type Counts = Partial<Record<Direction, Record<string, number>>>;

/** How many frames of each kind the wire saw, and what it did to how many. */
export interface RelayLog {
  seen: Counts;
  acted: Partial<Record<RelayRule['action'], Counts>>;
}

/** UDP ports whose payload the relay names as a tunnel's. */
const TUNNEL_PORTS = [4789, 8472, 6081];

/** The relay process in the namespace `wire`, between the interfaces `worker` and `podvm`. */
export class Relay {
  private output = '';
  private complaint = '';
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint += text;
    });
  }

  /** Resolves when the relay moves frames. The lab runs from the root of the project. */
  static async start(namespaces: Namespaces, rules: readonly RelayRule[], seed: number): Promise<Relay> {
    const order = { a: 'worker', b: 'podvm', aName: 'worker', bName: 'podvm', ports: TUNNEL_PORTS, seed, rules };
    const relay = new Relay(namespaces.spawn('wire', `python3 test/lab/relay.py '${JSON.stringify(order)}'`));
    await new Promise<void>((ready, failed) => {
      relay.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        relay.output += text;
        if (relay.output.startsWith('ready\n')) ready();
      });
      relay.child.on('close', () => failed(new Error(`the relay ended: ${relay.complaint}`)));
      relay.child.on('error', failed);
    });
    return relay;
  }

  /** Ends the relay and returns what it saw and did. */
  async stop(): Promise<RelayLog> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGTERM');
    await closed;
    const line = this.output.slice('ready\n'.length);
    if (line === '') throw new Error(`the relay left no log: ${this.complaint}`);
    return JSON.parse(line) as RelayLog;
  }
}
