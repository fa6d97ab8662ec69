import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** What a command printed and how it ended; `exit` is null when a signal ended it. */
interface Output {
  stdout: string;
  stderr: string;
  exit: number | null;
}

/**
 * The network namespaces of one run, by their names in the scenario (`worker`, `podns`). On the
 * machine each carries a prefix of this run alone, so that several runs can go on side by side.
 */
export class Namespaces {
  private readonly prefix = `vx${process.pid}-${randomBytes(2).toString('hex')}-`;
  private readonly names: string[] = [];
  private readonly children = new Set<ChildProcess>();
  private readonly signal: AbortSignal;

  /** Every command is killed, and none is started any more, once `signal` aborts. */
  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** The namespace's name on the machine. */
  machineName(name: string): string {
    return this.prefix + name;
  }

  /** The text without this run's prefix, as the hosts of the real case would have printed it. */
  scrub(text: string): string {
    return text.replaceAll(this.prefix, '');
  }

  /** Adds a namespace with its loopback device up; IPv6 stays off in it unless asked for. */
  async add(name: string, options: { ipv6: boolean }): Promise<void> {
    this.names.push(name);
    await this.expect('ip', ['netns', 'add', this.machineName(name)]);
    const disabled = options.ipv6 ? 0 : 1;
    const settings = ['all', 'default'].map((which) => `net.ipv6.conf.${which}.disable_ipv6=${disabled}`);
    await this.run(name, `sysctl -q -w ${settings.join(' ')}`);
    await this.ip(name, 'link set lo up');
  }

  /** Runs `ip` in a namespace; the line is its arguments. */
  async ip(name: string, line: string): Promise<void> {
    await this.expect('ip', ['-n', this.machineName(name), ...this.wordsOf(line)]);
  }

  /** Runs a command line in a namespace and returns what it printed; throws when it fails. */
  async run(name: string, line: string): Promise<Output> {
    return this.expect('ip', ['netns', 'exec', this.machineName(name), ...this.wordsOf(line)]);
  }

  /** Runs a command line in a namespace whatever its exit status. */
  async attempt(name: string, line: string): Promise<Output> {
    return this.output(this.spawn(name, line));
  }

  /** Starts a command line in a namespace; it is killed with the namespaces if it still runs then. */
  spawn(name: string, line: string): ChildProcess {
    return this.start('ip', ['netns', 'exec', this.machineName(name), ...this.wordsOf(line)]);
  }

  /** Kills what still runs and removes the namespaces, with all devices in them. Never throws. */
  removeAll(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const name of this.names.splice(0)) {
      const machineName = this.machineName(name);
      for (const pid of quietly('ip', ['netns', 'pids', machineName]).split('\n').filter(Boolean)) {
        quietly('kill', ['-KILL', pid]);
      }
      quietly('ip', ['netns', 'del', machineName]);
    }
  }

  /** The words of a line: what stands in single quotes is one, and the one after `netns` is a namespace of ours. */
  private wordsOf(line: string): string[] {
    const words = Array.from(line.matchAll(/'([^']*)'|(\S+)/g), (match) => match[1] ?? match[2]);
    return words.map((word, at) => (words[at - 1] === 'netns' ? this.machineName(word) : word));
  }

  private async expect(program: string, args: readonly string[]): Promise<Output> {
    const output = await this.output(this.start(program, args));
    if (output.exit === 0) return output;
    const line = this.scrub([program, ...args].join(' '));
    throw new Error(`${line}: exit status ${output.exit}: ${this.scrub(output.stderr).trim()}`);
  }

  private start(program: string, args: readonly string[]): ChildProcess {
    this.signal.throwIfAborted();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: this.signal });
    this.children.add(child);
    child.on('error', () => {});
    child.on('close', () => this.children.delete(child));
    return child;
  }

  private output(child: ChildProcess): Promise<Output> {
    return new Promise((resolve, reject) => {
      let stdout = '';
      let stderr = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', reject);
      child.on('close', (exit) => resolve({ stdout, stderr, exit }));
    });
  }
}

function quietly(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
