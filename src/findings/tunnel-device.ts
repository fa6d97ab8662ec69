/** VXLAN devices as hosts describe them: which one a tunnel's packets are meant for, and how one is made anew. */
import { readAddress } from '../host/address.ts';
import type { HostFacts, HostInterface } from '../host/facts.ts';
import type { Case } from './case.ts';
import type { Remedy } from './finding.ts';
import { inNamespace, shellWord } from './shell.ts';

export type VxlanDevice = HostInterface & { vxlan: NonNullable<HostInterface['vxlan']> };

/** The host that has an underlay address, when exactly one said so. */
export function hostWith(subject: Case, address: string): HostFacts | null {
  const hosts = subject.owners.hostsOf(address);
  return hosts.length === 1 ? subject.owners.facts(hosts[0]) : null;
}

/** VXLAN devices of a host; null when one of them takes any VNI, so that the list proves nothing. */
export function vxlanDevices(facts: HostFacts): VxlanDevice[] | null {
  const devices = facts.interfaces.filter((candidate): candidate is VxlanDevice => candidate.vxlan !== null);
  return devices.some(({ vxlan }) => vxlan.external === true) ? null : devices;
}

/** True when the interface has the address. */
export function carries(device: HostInterface, address: string): boolean {
  return device.addresses.some((entry) => (readAddress(entry.address) ?? entry.address) === address);
}

/** "vxlan0 in namespace podns on podvm". */
export function deviceName(device: HostInterface, host: string): string {
  const namespace = device.namespace === null ? '' : ` in namespace ${device.namespace}`;
  return `${device.name}${namespace} on ${host}`;
}

/**
 * How to make a VXLAN device again with another VNI or port, which the kernel does not let one change.
 * `underlayNamespace` is where the tunnel's outer packets come and go.
 */
export function recreation(
  device: VxlanDevice,
  host: string,
  underlayNamespace: string | null,
  changed: { vni?: number; port?: number },
): Remedy {
  const { name, namespace, mac, mtu, addresses, vxlan } = device;
  const word = shellWord(name);
  const outside = inNamespace(underlayNamespace);
  const inside = inNamespace(namespace);
  const add = [`${outside}ip link add ${word} type vxlan id ${changed.vni ?? vxlan.vni}`];
  if (vxlan.group != null) add.push(`group ${vxlan.group}`);
  if (vxlan.remote !== null) add.push(`remote ${vxlan.remote}`);
  if (vxlan.local !== null) add.push(`local ${vxlan.local}`);
  if (vxlan.device !== null) add.push(`dev ${shellWord(vxlan.device)}`);
  const port = changed.port ?? vxlan.port;
  if (port !== null) add.push(`dstport ${port}`);
  const steps = [`${inside}ip link del dev ${word}`, add.join(' ')];
  if (namespace !== underlayNamespace) steps.push(`${outside}ip link set dev ${word} netns ${target(namespace)}`);
  const set = [`${inside}ip link set dev ${word}`];
  if (mac !== null) set.push(`address ${mac}`);
  if (mtu !== null) set.push(`mtu ${mtu}`);
  if (device.master !== null) set.push(`master ${shellWord(device.master)}`);
  steps.push(`${set.join(' ')} up`);
  for (const { address, prefixLength } of addresses) {
    if (!address.startsWith('fe80:')) steps.push(`${inside}ip addr add ${address}/${prefixLength} dev ${word}`);
  }
  const what = changed.vni === undefined ? `port ${changed.port}` : `VNI ${changed.vni}`;
  return {
    text: `Make ${deviceName(device, host)} again with ${what}; the kernel does not change it on an existing device, and routes, neighbour entries and tc filters have to be set again, too`,
    command: steps.join(' && '),
    host,
  };
}

/** Namespace of the interface that has an underlay address. */
export function namespaceOf(facts: HostFacts, address: string): string | null {
  return facts.interfaces.find((candidate) => carries(candidate, address))?.namespace ?? null;
}

function target(namespace: string | null): string {
  return namespace === null ? '1' : shellWord(namespace);
}
