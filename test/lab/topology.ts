import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespaces } from './namespaces.ts';
import { startService } from './service.ts';
import { buildUnderlay, POD_VM_UNDERLAY, WORKER_UNDERLAY } from './underlay.ts';

/** MAC of eth0 in the pod's namespace on the worker, which the worker's neighbour entry names. */
export const POD_MAC = '0a:58:0a:84:02:2e';
/** MAC that vxlan0 in the pod VM has in the faulty case. */
export const FOREIGN_MAC = '7e:e5:f7:e6:f5:1a';
export const WORKER_MAC = '0a:58:0a:84:02:02';
export const WORKER_OVERLAY = '10.132.2.2';
export const POD_OVERLAY = '10.132.2.46';
const WORKER_OVERLAY_V6 = 'fd10:132:2::2';
export const POD_OVERLAY_V6 = 'fd10:132:2::2e';
export const VNI = 555005;

/** The worker's port of br-int that leads to eth0 of the pod; OVN names it after the container. */
const POD_PORT = '8b72f0e5c1a9d4b';

/** What differs from the working set-up of the case. Every option left out is as in the case. */
export interface TopologyOptions {
  encapsulation?: 'vxlan' | 'geneve';
  /** `ip link add` options of the tunnel device in the pod VM, after `type vxlan`. */
  podTunnel?: string;
  /** The same for the worker's. */
  workerTunnel?: string;
  podMac?: string;
  /** IPv4 address of the tunnel device in the pod VM; null for none. */
  podAddress?: string | null;
  /** Permanent neighbour entries, in place of OVN's ARP responder: by default the worker's alone. */
  knownNeighbors?: readonly ('worker' | 'podns')[];
  /** Namespaces with IPv6, which all others do without. */
  ipv6?: readonly string[];
  /** The tunnel device in the pod VM gets its IPv6 address (where podns has IPv6); true when absent. */
  podAddressV6?: boolean;
  /** MTU of the overlay's devices. */
  overlayMtu?: number;
  routerMtu?: number;
  /** Leave checksums of what the hosts send to their (virtual) network cards. */
  checksumOffload?: boolean;
}

/** Options of the tunnel devices of the case. */
export const POD_TUNNEL = `id ${VNI} remote ${WORKER_UNDERLAY} dstport 4789`;
export const WORKER_TUNNEL = `id ${VNI} remote ${POD_VM_UNDERLAY} dstport 4789`;

/** Builds the case: worker, pod namespace on it, pod VM, podns in it, and the wire between the two VMs. */
export async function buildTopology(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const ipv6 = options.ipv6 ?? [];
  for (const name of ['worker', 'pod', 'podvm', 'podns']) {
    await namespaces.add(name, { ipv6: ipv6.includes(name) });
    if (ipv6.includes(name)) await quietenIpv6(namespaces, name);
  }
  await buildUnderlay(namespaces, { ipv6: ipv6.includes('podvm'), routerMtu: options.routerMtu ?? null });
  await buildBridge(namespaces, options);
  await addTunnel(namespaces, options, 'worker', 'pod');
  await addTunnel(namespaces, options, 'podvm', 'podns');
  await joinPodAndTunnel(namespaces, options);
  await configurePod(namespaces, options);
  await disableOffload(namespaces, options);
  if (ipv6.length > 0) await sleep(SETTLE_MILLISECONDS);
}

/** Multicast listener reports of new interfaces are over by then. */
const SETTLE_MILLISECONDS = 2500;

/** The name of the tunnel device of a host. */
export function tunnelDevice(options: TopologyOptions, host: 'worker' | 'podvm'): string {
  return `${options.encapsulation ?? 'vxlan'}${host === 'worker' ? 1 : 0}`;
}

/** No duplicate address detection and no search for routers, which would come and go while captures run. */
async function quietenIpv6(namespaces: Namespaces, name: string): Promise<void> {
  const settings = ['accept_dad=0', 'dad_transmits=0', 'router_solicitations=0'];
  await namespaces.run(name, `sysctl -q -w ${settings.map((one) => `net.ipv6.conf.default.${one}`).join(' ')}`);
}

async function buildBridge(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const mtu = options.overlayMtu ?? 1400;
  const worker = (line: string): Promise<void> => namespaces.ip('worker', line);
  // As OVN does: only the interface that has an address answers for it, not the bridge beside it.
  await namespaces.run('worker', 'sysctl -q -w net.ipv4.conf.all.arp_ignore=1');
  await worker('link add br-int type bridge mcast_snooping 0');
  await worker(
    `link add ovn-k8s-mp0 mtu ${mtu} address ${WORKER_MAC} type veth peer name mp0-port mtu ${mtu} address 0a:58:0a:84:02:f2`,
  );
  await worker(`link add ${POD_PORT} mtu ${mtu} address 0a:58:0a:84:02:fe type veth peer name eth0 netns pod`);
  await worker('link set mp0-port master br-int up');
  await worker(`link set ${POD_PORT} master br-int up`);
  await worker('link set br-int up');
  await worker('link set ovn-k8s-mp0 up');
  await worker(`addr add ${WORKER_OVERLAY}/23 dev ovn-k8s-mp0`);
  const ipv6 = options.ipv6?.includes('worker') ?? false;
  if (ipv6) await worker(`addr add ${WORKER_OVERLAY_V6}/64 dev ovn-k8s-mp0 nodad`);
  if (options.knownNeighbors?.includes('worker') ?? true) {
    await addNeighbor(namespaces, 'worker', 'ovn-k8s-mp0', [POD_OVERLAY, ...(ipv6 ? [POD_OVERLAY_V6] : [])], POD_MAC);
  }
}

/** Makes the tunnel device in the host's own namespace and moves it to where the pod is. */
async function addTunnel(
  namespaces: Namespaces,
  options: TopologyOptions,
  host: 'worker' | 'podvm',
  target: string,
): Promise<void> {
  const device = tunnelDevice(options, host);
  if (options.encapsulation === 'geneve') {
    const remote = host === 'worker' ? POD_VM_UNDERLAY : WORKER_UNDERLAY;
    await startService(namespaces, host, `python3 test/lab/geneve.py ${device} ${VNI} ${remote}`);
  } else {
    const given = host === 'worker' ? (options.workerTunnel ?? WORKER_TUNNEL) : (options.podTunnel ?? POD_TUNNEL);
    await namespaces.ip(host, `link add ${device} type vxlan ${given}`);
  }
  await namespaces.ip(host, `link set ${device} netns ${target}`);
}

/** On the worker all frames go from eth0 to the tunnel device and back, before IP sees them. */
async function joinPodAndTunnel(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const pod = (line: string): Promise<void> => namespaces.ip('pod', line);
  const tunnel = tunnelDevice(options, 'worker');
  await pod(`link set eth0 mtu ${options.overlayMtu ?? 1400} address ${POD_MAC} up`);
  await pod(`link set ${tunnel} address 9a:4c:7b:0d:61:e2 up`);
  await pod(`addr add ${POD_OVERLAY}/23 dev eth0`);
  await redirect(namespaces, 'pod', 'eth0', tunnel);
  await redirect(namespaces, 'pod', tunnel, 'eth0');
}

/** Sends every frame that arrives at one device out of another. */
async function redirect(namespaces: Namespaces, namespace: string, from: string, to: string): Promise<void> {
  await namespaces.run(namespace, `tc qdisc add dev ${from} ingress`);
  await namespaces.run(
    namespace,
    `tc filter add dev ${from} parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev ${to}`,
  );
}

async function configurePod(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const podns = (line: string): Promise<void> => namespaces.ip('podns', line);
  const device = tunnelDevice(options, 'podvm');
  await podns(`link set ${device} mtu ${options.overlayMtu ?? 1400} address ${options.podMac ?? POD_MAC}`);
  await podns(`link set ${device} up`);
  const address = options.podAddress === undefined ? POD_OVERLAY : options.podAddress;
  if (address !== null) await podns(`addr add ${address}/23 dev ${device}`);
  const ipv6 = options.ipv6?.includes('podns') ?? false;
  if (ipv6 && (options.podAddressV6 ?? true)) await podns(`addr add ${POD_OVERLAY_V6}/64 dev ${device} nodad`);
  const families = ipv6 ? ['ipv4', 'ipv6'] : ['ipv4'];
  const patience = families.map((family) => `net.${family}.neigh.${device}.delay_first_probe_time=120`);
  await namespaces.run('podns', `sysctl -q -w ${patience.join(' ')}`);
  if (options.knownNeighbors?.includes('podns')) {
    await addNeighbor(namespaces, 'podns', device, [WORKER_OVERLAY], WORKER_MAC);
  }
}

async function addNeighbor(
  namespaces: Namespaces,
  namespace: string,
  device: string,
  addresses: readonly string[],
  mac: string,
): Promise<void> {
  for (const address of addresses) {
    await namespaces.ip(namespace, `neigh replace ${address} lladdr ${mac} nud permanent dev ${device}`);
  }
}

/** Checksums and segments as they go over the wire, so that no capture shows what a card would still do. */
async function disableOffload(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const devices = [
    ['worker', 'ens3'],
    ['worker', 'ovn-k8s-mp0'],
    ['pod', 'eth0'],
    ['pod', tunnelDevice(options, 'worker')],
    ['podvm', 'ens2'],
    ['podns', tunnelDevice(options, 'podvm')],
  ] as const;
  const checksums = options.checksumOffload ? '' : 'tx off ';
  for (const [namespace, device] of devices) {
    await namespaces.run(namespace, `ethtool -K ${device} ${checksums}tso off gso off gro off`);
  }
}
