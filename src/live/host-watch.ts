/**
 * What the hosts of the sources say of themselves while they are captured: read from the system again and
 * again, because the cure is often a change there.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Invocation, shellLine } from '../capture/command.ts';
import type { LiveSource } from '../capture/live-source.ts';
import { remoteNamespaceOf, sshInvocation } from '../capture/live-ssh.ts';
import { inNamespace, type Namespace } from '../capture/namespace.ts';
import { privilege } from '../capture/privilege.ts';
import type { HostFacts, MacTime } from '../host/facts.ts';
import { macTimeLine } from '../host/mac-time.ts';
import { readHostFacts } from '../host/read.ts';
import { fileName } from './capture-files.ts';
import type { UntimedEvent } from './events.ts';

/** A place whose commands are asked. */
interface Place {
  readonly host: string;
  /** The heading that says which namespace the outputs are of; empty for the host's own. */
  readonly heading: string;
  readonly commands: readonly Invocation[];
  /** Labels of the captures there, by interface. */
  readonly captured: { interfaceName: string; label: string }[];
  /** The namespace as `readHostFacts` names it. */
  readonly namespace: string | null;
  /** The MACs of the captured interfaces, by name; of another machine, whose clock is its own, none. */
  readonly macTimes: Map<string, MacTime[]> | null;
}

const ASKED: readonly Invocation[] = [
  { program: 'ip', args: ['-j', '-d', 'addr'] },
  { program: 'ip', args: ['-j', 'neigh'] },
];

/** MACs kept of an interface: the last ones. */
const MOST_MACS = 16;

/** The name of this machine, in front of interfaces that were given without one. */
export function ownHost(): string {
  return hostname().split('.')[0] || 'localhost';
}

export class HostWatch {
  readonly #places: Place[] = [];
  readonly #given: readonly HostFacts[];
  #facts: HostFacts[] = [];
  /** What the commands printed last, by host. */
  readonly #texts = new Map<string, string>();
  /** Why a place could not be asked, by what was asked; told once. */
  readonly complaints = new Set<string>();
  #reading: Promise<void> | null = null;
  #lastMilliseconds = 0;

  /** `given` are the facts from `--host`. */
  constructor(given: readonly HostFacts[]) {
    this.#given = given;
  }

  /** Adds the place where a source captures; a command of the user's own says nothing about its host. */
  add(source: LiveSource, namespace: Namespace | null, sshCommand: string): void {
    if (source.kind === 'command') return;
    const { interfaceName, label } = source;
    const host = source.host ?? ownHost();
    const name =
      source.kind === 'ssh' ? source.namespace : namespace === null ? null : (namespace.name ?? namespace.path);
    const known = this.#places.find((place) => place.host === host && place.namespace === name);
    if (known !== undefined) {
      known.captured.push({ interfaceName, label });
      return;
    }
    const commands =
      source.kind === 'ssh'
        ? [sshInvocation(sshCommand, source.target, remoteQuestions(source.namespace))]
        : ASKED.map((command) => inNamespace(namespace, command));
    privilege.addCommands(commands);
    const heading = name === null ? '' : `netns: ${name}\n`;
    const captured = [{ interfaceName, label }];
    const macTimes = source.kind === 'ssh' ? null : new Map<string, MacTime[]>();
    this.#places.push({ host, heading, commands, captured, namespace: name, macTimes });
  }

  /** Reads everything anew; a place that does not answer keeps what it said before. */
  read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** How long the last reading took, in milliseconds. */
  get milliseconds(): number {
    return this.#lastMilliseconds;
  }

  get isReading(): boolean {
    return this.#reading !== null;
  }

  /** What is known now: what the systems say, then what `--host` files say of the same hosts, then of others. */
  get facts(): readonly HostFacts[] {
    const own = this.#facts.map((facts) => {
      const files = this.#given.filter(({ host }) => host === facts.host);
      return files.reduce(joined, facts);
    });
    const hosts = new Set(own.map(({ host }) => host));
    return [...own, ...this.#given.filter(({ host }) => !hosts.has(host))];
  }

  /** Writes what each host said into `HOST.host.txt` of a folder, for `analyze --host`. */
  async write(folder: string, tell: (event: UntimedEvent) => void): Promise<void> {
    for (const [host, text] of this.#texts) {
      const file = join(folder, `${fileName(host)}.host.txt`);
      await privilege.storage.replace(file, [text]).catch((error: Error) => {
        tell({ event: 'write-failed', label: host, file, message: error.message });
      });
    }
  }

  async #readAll(): Promise<void> {
    const start = Date.now();
    const said = await Promise.all(this.#places.map((place) => this.#ask(place)));
    const end = Date.now();
    const texts = new Map<string, string>();
    for (const [index, place] of this.#places.entries()) {
      const { host } = place;
      const text = said[index];
      if (text !== null) texts.set(host, `${texts.get(host) ?? ''}${text}${noteMacs(place, text, start, end)}`);
      else if (this.#texts.has(host)) texts.set(host, this.#texts.get(host)!);
    }
    for (const [host, text] of texts) this.#texts.set(host, text);
    this.#facts = [...this.#texts].map(([host, text]) => this.#factsOf(host, text));
    this.#lastMilliseconds = end - start;
  }

  #factsOf(host: string, text: string): HostFacts {
    const facts: HostFacts = { ...readHostFacts(host, text), origin: 'system' };
    for (const place of this.#places.filter((one) => one.host === host)) {
      for (const { interfaceName, label } of place.captured) {
        const own = facts.interfaces.find((one) => one.name === interfaceName && one.namespace === place.namespace);
        if (own !== undefined) own.captures = [...(own.captures ?? []), label];
      }
    }
    return facts;
  }

  async #ask({ host, heading, commands }: Place): Promise<string | null> {
    let text = heading === '' && this.#places.length > 1 ? 'netns: \n' : heading;
    for (const command of commands) {
      const printed = await this.#run(host, command);
      if (printed === null) return null;
      text += printed.endsWith('\n') ? printed : `${printed}\n`;
    }
    return text;
  }

  async #run(host: string, command: Invocation): Promise<string | null> {
    try {
      return await privilege.output(command);
    } catch (error) {
      const reason = (error as Error).message;
      this.complaints.add(`${host}: ${command.program} tells nothing of its interfaces: ${reason}`);
      return null;
    }
  }
}

/** Notes the MACs that the text gives the captured interfaces, read between two times; returns what to add to it of those that changed. */
function noteMacs({ host, captured, namespace, macTimes }: Place, text: string, start: number, end: number): string {
  if (macTimes === null) return '';
  const { interfaces } = readHostFacts(host, text);
  let lines = '';
  for (const { interfaceName } of captured) {
    const mac = interfaces.find((one) => one.name === interfaceName && one.namespace === namespace)?.mac ?? null;
    const times = macTimes.get(interfaceName) ?? [];
    macTimes.set(interfaceName, times);
    const newest = times[times.length - 1];
    if (mac !== null && newest?.mac === mac) newest.until = Math.max(newest.from, start);
    else if (mac !== null) times.push({ namespace, interface: interfaceName, mac, from: end, until: end });
    if (times.length > MOST_MACS) times.shift();
    if (times.length > 1) lines += times.map(macTimeLine).join('');
  }
  return lines;
}

/** The questions as a line for the remote shell. `ip` is often not in the path of a user who is not root. */
function remoteQuestions(namespace: string | null): string {
  const asked = ASKED.map((command) =>
    shellLine(namespace === null ? command : inNamespace(remoteNamespaceOf(namespace), command)),
  );
  const sudo = namespace === null ? '' : '[ "$(id -u)" = 0 ] || set -- sudo -n; ';
  const run = namespace === null ? asked : asked.map((line) => `"$@" ${line}`);
  return `PATH="$PATH:/usr/sbin:/sbin"; set --; ${sudo}${run.join('; ')}`;
}

function joined(facts: HostFacts, other: HostFacts): HostFacts {
  return {
    ...facts,
    interfaces: [...facts.interfaces, ...other.interfaces],
    neighbors: [...facts.neighbors, ...other.neighbors],
    routes: [...facts.routes, ...other.routes],
    forwarding: [...facts.forwarding, ...other.forwarding],
    redirects: [...facts.redirects, ...other.redirects],
    firewall: [...facts.firewall, ...other.firewall],
  };
}
