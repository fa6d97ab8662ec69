/** From sources to commands: which backend captures, in which namespace, with which filter. */

import { cap } from '../capture/backend-cap.ts';
import { dumpcap } from '../capture/backend-dumpcap.ts';
import { tcpdump } from '../capture/backend-tcpdump.ts';
import type { LiveStart } from '../capture/live.ts';
import type { Backend, BackendName } from '../capture/live-backend.ts';
import type { InterfaceSource, LiveSource, SshSource } from '../capture/live-source.ts';
import { remoteCapture, sshInvocation } from '../capture/live-ssh.ts';
import { inNamespace, type Namespace, namespaceOf } from '../capture/namespace.ts';
import type { CaptureInput } from '../diagnosis.ts';
import { VxtraceError } from '../errors.ts';
import type { HostFacts } from '../host/facts.ts';
import { defaultFilter } from './capture-filter.ts';
import type { StartedSource } from './events.ts';
import { type HostWatch, ownHost } from './host-watch.ts';

export type BackendChoice = BackendName | 'auto';

/** Best first: dumpcap is prompt and lossless, tcpdump prompt or lossless, cap neither knows times nor losses. */
export const BACKENDS: readonly Backend[] = [dumpcap, tcpdump, cap];

/** tcpdump's own default. */
const REMOTE_SNAP_LENGTH = 262_144;

/** A source as it will be captured. */
export interface Arrangement {
  readonly start: LiveStart;
  readonly input: CaptureInput;
  readonly described: StartedSource;
  /** True when its packets are stamped by this machine's clock. */
  readonly sharesClock: boolean;
  readonly weakness: string | null;
  /** What captures it, and by whose clock. */
  readonly via: string;
}

interface Wanted {
  readonly backend: BackendChoice;
  readonly sshCommand: string;
  readonly filter: string | null;
  readonly snapLength: number | null;
  readonly vxlanPorts: readonly number[];
}

/**
 * Arranges all sources; the hosts are read once for it.
 *
 * @throws VxtraceError when no backend is installed, or a namespace or interface is not there.
 */
export async function arrange(
  sources: readonly LiveSource[],
  wanted: Wanted,
  hosts: HostWatch,
): Promise<Arrangement[]> {
  const chosen = sources.some(({ kind }) => kind === 'interface') ? chooseBackend(wanted.backend) : null;
  const places = distinct(sources).map((source) => ({
    source,
    namespace: source.kind === 'interface' && source.namespace !== null ? namespaceOf(source.namespace) : null,
  }));
  for (const { source, namespace } of places) hosts.add(source, namespace, wanted.sshCommand);
  await hosts.read();
  return places.map(({ source, namespace }) => {
    if (source.kind === 'command') return commandArrangement(source);
    if (source.kind === 'ssh') return sshArrangement(source, wanted, factsOf(hosts, source.host));
    return interfaceArrangement(source, namespace, wanted, chosen!, factsOf(hosts, source.host ?? ownHost()));
  });
}

/** Labels made different: a second source of the same name gets a number. */
function distinct(sources: readonly LiveSource[]): LiveSource[] {
  const taken = new Set<string>();
  return sources.map((source) => {
    let { label } = source;
    for (let number = 2; taken.has(label); number++) label = `${source.label} (${number})`;
    taken.add(label);
    return { ...source, label };
  });
}

function factsOf(hosts: HostWatch, host: string): HostFacts | null {
  return hosts.facts.find((facts) => facts.host === host) ?? null;
}

function chooseBackend(choice: BackendChoice): { backend: Backend; program: string } {
  const candidates = choice === 'auto' ? BACKENDS : BACKENDS.filter(({ name }) => name === choice);
  for (const backend of candidates) {
    const program = backend.find();
    if (program !== null) return { backend, program };
  }
  const install = candidates.map((backend) => backend.install).join(', or ');
  throw new VxtraceError('missing-program', `nothing to capture with; install ${install}`);
}

function commandArrangement(source: Extract<LiveSource, { kind: 'command' }>): Arrangement {
  const { label, host, interfaceName, command } = source;
  const via = `${command.trim().split(/\s+/)[0]}, by the clock of ${host}`;
  return {
    start: { label, invocation: { program: 'sh', args: ['-c', command] }, backend: null, endsByInput: false },
    input: { path: '-', label, host, interfaceName },
    described: {
      ...{ label, host, interface: interfaceName, namespace: null },
      ...{ backend: 'command', clock: `that of ${host}`, filter: null },
    },
    sharesClock: false,
    weakness: null,
    via,
  };
}

function sshArrangement(source: SshSource, wanted: Wanted, facts: HostFacts | null): Arrangement {
  const { label, host, target, interfaceName, namespace } = source;
  const automatic = defaultFilter(interfaceName, namespace, facts, wanted.vxlanPorts);
  // Without a filter the capture of our own connection would feed on itself.
  const filter = wanted.filter ?? automatic ?? 'not tcp port 22';
  const line = remoteCapture({ interfaceName, filter, snapLength: wanted.snapLength ?? REMOTE_SNAP_LENGTH }, namespace);
  return {
    start: { label, invocation: sshInvocation(wanted.sshCommand, target, line), backend: tcpdump, endsByInput: true },
    input: { path: '-', label, host, interfaceName },
    described: {
      ...{ label, host, interface: interfaceName, namespace },
      ...{ backend: 'ssh', clock: `that of ${host}`, filter },
    },
    sharesClock: false,
    weakness: null,
    via: `tcpdump over ssh, by the clock of ${host}`,
  };
}

function interfaceArrangement(
  source: InterfaceSource,
  namespace: Namespace | null,
  wanted: Wanted,
  { backend, program }: { backend: Backend; program: string },
  facts: HostFacts | null,
): Arrangement {
  const { label, interfaceName } = source;
  const place = namespace === null ? null : (namespace.name ?? namespace.path);
  requireInterface(source, place, facts);
  const host = source.host ?? ownHost();
  const filter = wanted.filter ?? defaultFilter(interfaceName, place, facts, wanted.vxlanPorts);
  const snapLength = wanted.snapLength ?? backend.usualSnapLength;
  const command = backend.command(program, { interfaceName, filter, snapLength });
  return {
    start: { label, invocation: inNamespace(namespace, command), backend, endsByInput: false },
    input: { path: '-', label, host, interfaceName },
    described: {
      ...{ label, host, interface: interfaceName, namespace: source.namespace },
      ...{ backend: backend.name, clock: backend.clock, filter },
    },
    sharesClock: true,
    weakness: backend.weakness,
    via: `${backend.name}; its clock is ${backend.clock}`,
  };
}

/** An interface that is not there is found out before anything is started. */
function requireInterface({ interfaceName }: InterfaceSource, place: string | null, facts: HostFacts | null): void {
  if (interfaceName === 'any' || facts === null) return;
  const there = facts.interfaces.filter(({ namespace }) => namespace === place).map(({ name }) => name);
  if (there.length === 0 || there.includes(interfaceName)) return;
  const where = place === null ? '' : ` in namespace ${place}`;
  throw new VxtraceError(
    'input-not-found',
    `${interfaceName}: no such interface${where} (there are: ${there.join(', ')})`,
  );
}
