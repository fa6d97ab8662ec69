import type { Namespaces } from './namespaces.ts';

/** MAC of eth0 in the pod's namespace on the worker, which the worker's neighbour entry names. */
export const POD_MAC = '0a:58:0a:84:02:2e';
/** MAC that vxlan0 in the pod VM has in the faulty case. */
export const FOREIGN_MAC = '7e:e5:f7:e6:f5:1a';
export const WORKER_OVERLAY = '10.132.2.2';
export const POD_OVERLAY = '10.132.2.46';
export const WORKER_UNDERLAY = '192.168.10.163';
export const POD_VM_UNDERLAY = '192.168.10.201';
export const VNI = 555005;

/** The worker's port of br-int that leads to eth0 of the pod; OVN names it after the container. */
const POD_PORT = '8b72f0e5c1a9d4b';

/** What differs from the working set-up of the case. Every option left out is as in the case. */
export interface TopologyOptions {
  /** `ip link add` options of the tunnel device in the pod VM, after `type vxlan`. */
  podTunnel?: string;
  /** The same for the worker's. */
  workerTunnel?: string;
  podMac?: string;
  podAddress?: string | null;
  /** The worker's permanent neighbour entry for the pod, in place of OVN's ARP responder. */
  permanentNeighbor?: boolean;
  ipv6?: boolean;
  /** MTU of the overlay's devices. */
  overlayMtu?: number;
  /** Leave checksums of what the hosts send to their (virtual) network cards. */
  checksumOffload?: boolean;
}

export const DEFAULT_POD_TUNNEL = `id ${VNI} remote ${WORKER_UNDERLAY} dstport 4789`;
export const DEFAULT_WORKER_TUNNEL = `id ${VNI} remote ${POD_VM_UNDERLAY} dstport 4789`;

/** Hosts of the lab: their own namespace first, then the others on them with the name a heading gives them. */
export const hosts = [
  {
    host: 'worker',
    namespaces: [
      { namespace: 'worker', heading: null },
      { namespace: 'pod', heading: 'pod' },
    ],
  },
  {
    host: 'podvm',
    namespaces: [
      { namespace: 'podvm', heading: null },
      { namespace: 'podns', heading: 'podns' },
    ],
  },
] as const;

/** Builds the case: worker, pod namespace on it, pod VM, podns in it, and the wire between the two VMs. */
export async function buildTopology(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const ipv6 = options.ipv6 ?? false;
  for (const name of ['wire', 'worker', 'pod', 'podvm', 'podns']) await namespaces.add(name, { ipv6 });
  await buildWire(namespaces);
  await buildWorker(namespaces, options);
  await buildPodVm(namespaces, options);
  if (!options.checksumOffload) await disableOffload(namespaces);
  await warmUnderlay(namespaces);
}

async function buildWire(namespaces: Namespaces): Promise<void> {
  const ends = [
    { host: 'worker', device: 'ens3', mac: '52:54:00:a8:0a:a3', address: WORKER_UNDERLAY },
    { host: 'podvm', device: 'ens2', mac: '52:54:00:a8:0a:c9', address: POD_VM_UNDERLAY },
  ];
  for (const { host, device, mac, address } of ends) {
    await namespaces.run('wire', ['sysctl', '-q', '-w', 'net.ipv6.conf.default.disable_ipv6=1']);
    await namespaces.ip('wire', `link add ${host} type veth peer name ${device} address ${mac} netns ${host}`);
    await namespaces.ip('wire', `link set ${host} up`);
    await namespaces.ip(host, `link set ${device} up`);
    await namespaces.ip(host, `addr add ${address}/24 dev ${device}`);
    // No unasked-for ARP probes of entries that are in use.
    await namespaces.run(host, ['sysctl', '-q', '-w', `net.ipv4.neigh.${device}.delay_first_probe_time=120`]);
  }
}

async function buildWorker(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const mtu = options.overlayMtu ?? 1400;
  const worker = (line: string): Promise<void> => namespaces.ip('worker', line);
  const pod = (line: string): Promise<void> => namespaces.ip('pod', line);
  // As OVN does: only the interface that has an address answers for it, not the bridge beside it.
  await namespaces.run('worker', ['sysctl', '-q', '-w', 'net.ipv4.conf.all.arp_ignore=1']);
  await worker('link add br-int type bridge mcast_snooping 0');
  await worker(
    `link add ovn-k8s-mp0 mtu ${mtu} address 0a:58:0a:84:02:02 type veth peer name mp0-port mtu ${mtu} address 0a:58:0a:84:02:f2`,
  );
  await worker(`link add ${POD_PORT} mtu ${mtu} address 0a:58:0a:84:02:fe type veth peer name eth0 netns pod`);
  await pod(`link set eth0 mtu ${mtu} address ${POD_MAC}`);
  await worker('link set mp0-port master br-int up');
  await worker(`link set ${POD_PORT} master br-int up`);
  await worker('link set br-int up');
  await worker('link set ovn-k8s-mp0 up');
  await worker(`addr add ${WORKER_OVERLAY}/23 dev ovn-k8s-mp0`);
  if (options.permanentNeighbor ?? true) {
    await worker(`neigh replace ${POD_OVERLAY} lladdr ${POD_MAC} nud permanent dev ovn-k8s-mp0`);
  }
  await worker(`link add vxlan1 type vxlan ${options.workerTunnel ?? DEFAULT_WORKER_TUNNEL}`);
  await worker('link set vxlan1 netns pod');
  await pod('link set vxlan1 address 9a:4c:7b:0d:61:e2 up');
  await pod('link set eth0 up');
  await pod(`addr add ${POD_OVERLAY}/23 dev eth0`);
  for (const [from, to] of [
    ['eth0', 'vxlan1'],
    ['vxlan1', 'eth0'],
  ] as const) {
    await namespaces.run('pod', ['tc', 'qdisc', 'add', 'dev', from, 'ingress']);
    const filter = `tc filter add dev ${from} parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev ${to}`;
    await namespaces.run('pod', filter.split(' '));
  }
}

async function buildPodVm(namespaces: Namespaces, options: TopologyOptions): Promise<void> {
  const podns = (line: string): Promise<void> => namespaces.ip('podns', line);
  await namespaces.ip('podvm', `link add vxlan0 type vxlan ${options.podTunnel ?? DEFAULT_POD_TUNNEL}`);
  await namespaces.ip('podvm', 'link set vxlan0 netns podns');
  await podns(`link set vxlan0 mtu ${options.overlayMtu ?? 1400} address ${options.podMac ?? POD_MAC}`);
  await podns('link set vxlan0 up');
  const address = options.podAddress === undefined ? POD_OVERLAY : options.podAddress;
  if (address !== null) await podns(`addr add ${address}/23 dev vxlan0`);
  await namespaces.run('podns', ['sysctl', '-q', '-w', 'net.ipv4.neigh.vxlan0.delay_first_probe_time=120']);
}

/** Checksums and segments as they go over the wire, so that no capture shows what a card would still do. */
async function disableOffload(namespaces: Namespaces): Promise<void> {
  const devices = [
    ['worker', 'ens3'],
    ['worker', 'ovn-k8s-mp0'],
    ['pod', 'eth0'],
    ['pod', 'vxlan1'],
    ['podvm', 'ens2'],
    ['podns', 'vxlan0'],
  ] as const;
  for (const [namespace, device] of devices) {
    await namespaces.run(namespace, ['ethtool', '-K', device, 'tx', 'off', 'gso', 'off', 'gro', 'off']);
  }
}

/** Fills the neighbour tables of the underlay, as those of two VMs that have long known each other. */
async function warmUnderlay(namespaces: Namespaces): Promise<void> {
  const entries = [
    ['worker', 'ens3', POD_VM_UNDERLAY, '52:54:00:a8:0a:c9'],
    ['podvm', 'ens2', WORKER_UNDERLAY, '52:54:00:a8:0a:a3'],
  ] as const;
  for (const [host, device, address, mac] of entries) {
    await namespaces.ip(host, `neigh replace ${address} lladdr ${mac} nud reachable dev ${device}`);
  }
}
