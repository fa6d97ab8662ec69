/** What can be captured on this machine: the interfaces of all network namespaces that can be entered. */
import type { Invocation } from '../capture/command.ts';
import { commandOutput } from '../capture/command-output.ts';
import { inNamespace, type Namespace, namedNamespaces, namespaceOf, unnamedNamespaces } from '../capture/namespace.ts';
import { VxtraceError } from '../errors.ts';
import type { HostInterface } from '../host/facts.ts';
import { readHostFacts } from '../host/read.ts';

/** An interface, and how `vxtrace capture` is told of it. */
export interface ListedInterface {
  /** `vxlan0@podns`. */
  source: string;
  name: string;
  /** Name or path; null for our own namespace. */
  namespace: string | null;
  /** A process in a namespace that has no name. */
  process: string | null;
  mac: string | null;
  /** `10.132.2.46/23`. */
  addresses: string[];
  up: boolean | null;
  mtu: number | null;
  kind: string | null;
  /** What the device encapsulates; null for a device that is no tunnel. */
  tunnel: {
    vni: number | null;
    remote: string | null;
    local: string | null;
    port: number | null;
    device: string | null;
  } | null;
}

export interface InterfaceList {
  interfaces: ListedInterface[];
  /** Namespaces that could not be entered, and why. */
  unreadable: { namespace: string; reason: string }[];
}

interface Place {
  readonly namespace: Namespace | null;
  readonly process: string | null;
}

const ASKED: Invocation = { program: 'ip', args: ['-j', '-d', 'addr'] };
/** Namespaces asked at the same time. */
const AT_ONCE = 8;

/**
 * Lists them: our own namespace first, then the named ones, then those only processes are in.
 *
 * @throws VxtraceError `missing-program` without `ip`.
 */
export async function listInterfaces(): Promise<InterfaceList> {
  const places: Place[] = [
    { namespace: null, process: null },
    ...namedNamespaces().map((name) => ({ namespace: namespaceOf(name), process: null })),
    ...unnamedNamespaces().map(({ path, process }) => ({ namespace: { name: null, path }, process })),
  ];
  const list: InterfaceList = { interfaces: [], unreadable: [] };
  const results: (ListedInterface[] | string)[] = new Array(places.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < places.length) {
      const index = next++;
      results[index] = await ask(places[index]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const [index, result] of results.entries()) {
    if (typeof result !== 'string') list.interfaces.push(...result);
    else list.unreadable.push({ namespace: nameOf(places[index].namespace) ?? 'our own', reason: result });
  }
  return list;
}

function nameOf(namespace: Namespace | null): string | null {
  return namespace === null ? null : (namespace.name ?? namespace.path);
}

/** The interfaces of a namespace, or why they cannot be told. */
async function ask({ namespace, process }: Place): Promise<ListedInterface[] | string> {
  const command = inNamespace(namespace, ASKED);
  try {
    const { interfaces } = readHostFacts('', await commandOutput(command));
    return interfaces.map((one) => listed(one, namespace, process));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return message;
    throw new VxtraceError('missing-program', `${command.program} is not installed; install iproute2 and util-linux`);
  }
}

function listed(one: HostInterface, namespace: Namespace | null, process: string | null): ListedInterface {
  const { name, mac, up, mtu, kind, vxlan } = one;
  const place = nameOf(namespace);
  const isTunnel = vxlan !== null || kind === 'geneve';
  return {
    source: place === null ? name : `${name}@${place}`,
    name,
    namespace: place,
    process,
    mac,
    addresses: one.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    up,
    mtu,
    kind,
    tunnel: isTunnel
      ? {
          vni: vxlan === null || vxlan.external === true ? null : vxlan.vni,
          remote: vxlan?.remote ?? vxlan?.group ?? null,
          local: vxlan?.local ?? null,
          port: vxlan?.port ?? null,
          device: vxlan?.device ?? null,
        }
      : null,
  };
}
