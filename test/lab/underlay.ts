import type { Namespaces } from './namespaces.ts';

export const WORKER_UNDERLAY = '192.168.10.163';
export const POD_VM_UNDERLAY = '192.168.10.201';
export const WORKER_UNDERLAY_V6 = 'fd00:192:168:10::a3';
export const POD_VM_UNDERLAY_V6 = 'fd00:192:168:10::c9';

interface End {
  host: 'worker' | 'podvm';
  device: string;
  mac: string;
  address: string;
  addressV6: string;
}

const ENDS: readonly [End, End] = [
  {
    host: 'worker',
    device: 'ens3',
    mac: '52:54:00:a8:0a:a3',
    address: WORKER_UNDERLAY,
    addressV6: WORKER_UNDERLAY_V6,
  },
  {
    host: 'podvm',
    device: 'ens2',
    mac: '52:54:00:a8:0a:c9',
    address: POD_VM_UNDERLAY,
    addressV6: POD_VM_UNDERLAY_V6,
  },
];

interface UnderlayOptions {
  /** Addresses of both families on ens3 and ens2. */
  ipv6: boolean;
  /** MTU of a router's link to the pod VM; without it the two VMs are on one wire. */
  routerMtu: number | null;
}

/**
 * Joins the namespaces `worker` and `podvm` by ens3 and ens2. Between them is the namespace `wire`, with
 * the interfaces `worker` and `podvm` for the relay, and behind that a router if there is one.
 */
export async function buildUnderlay(namespaces: Namespaces, options: UnderlayOptions): Promise<void> {
  await namespaces.add('wire', { ipv6: false });
  const [worker, podvm] = ENDS;
  await namespaces.ip('wire', `link add worker type veth peer name ens3 address ${worker.mac} netns worker`);
  await namespaces.ip('wire', 'link set worker up');
  if (options.routerMtu === null) {
    await namespaces.ip('wire', `link add podvm type veth peer name ens2 address ${podvm.mac} netns podvm`);
  } else {
    await addRouter(namespaces, options.routerMtu);
  }
  await namespaces.ip('wire', 'link set podvm up');
  for (const [end, other] of [
    [worker, podvm],
    [podvm, worker],
  ] as const) {
    await configureEnd(namespaces, end, other, options);
  }
}

/** The neighbours of the underlay are known from the start, as between two VMs that have long been up. */
async function configureEnd(namespaces: Namespaces, end: End, other: End, options: UnderlayOptions): Promise<void> {
  const { host, device } = end;
  const families = options.ipv6 ? ['ipv4', 'ipv6'] : ['ipv4'];
  await namespaces.ip(host, `addr add ${end.address}/24 dev ${device}`);
  if (options.ipv6) await namespaces.ip(host, `addr add ${end.addressV6}/64 dev ${device} nodad`);
  await namespaces.ip(host, `link set ${device} up`);
  const patience = families.map((family) => `net.${family}.neigh.${device}.delay_first_probe_time=120`);
  await namespaces.run(host, `sysctl -q -w ${patience.join(' ')}`);
  const mac = options.routerMtu === null ? other.mac : ROUTER_MACS[host];
  await namespaces.ip(host, `neigh replace ${other.address} lladdr ${mac} nud reachable dev ${device}`);
  if (options.ipv6) {
    await namespaces.ip(host, `neigh replace ${other.addressV6} lladdr ${mac} nud reachable dev ${device}`);
  }
}

const ROUTER_MACS = { worker: '52:54:00:a8:0a:01', podvm: '52:54:00:a8:0a:02' };

/** A router that answers for each VM on the other's side, with a smaller MTU towards the pod VM. */
async function addRouter(namespaces: Namespaces, mtu: number): Promise<void> {
  const [worker, podvm] = ENDS;
  const router = (line: string): Promise<void> => namespaces.ip('router', line);
  await namespaces.add('router', { ipv6: false });
  await namespaces.ip('wire', `link add podvm type veth peer name lan address ${ROUTER_MACS.worker} netns router`);
  await router(`link add wan mtu ${mtu} address ${ROUTER_MACS.podvm} type veth peer name ens2 netns podvm`);
  await namespaces.ip('podvm', `link set ens2 mtu 1500 address ${podvm.mac}`);
  await namespaces.run('router', 'sysctl -q -w net.ipv4.ip_forward=1');
  await router('link set lan up');
  await router('link set wan up');
  await router('addr add 192.168.10.1/32 dev lan');
  for (const [end, device] of [
    [worker, 'lan'],
    [podvm, 'wan'],
  ] as const) {
    await router(`route add ${end.address}/32 dev ${device} src 192.168.10.1`);
    await router(`neigh add ${end.address} lladdr ${end.mac} nud permanent dev ${device}`);
  }
}
