/** What looks wrong and is not, or is less than it looks. */
import { PODVM_ENS2, PODVM_VXLAN0, POINTS, WORKER_BR_INT, WORKER_ENS3 } from '../points.ts';
import type { Scenario } from '../scenario.ts';
import { POD_MAC, POD_OVERLAY, POD_TUNNEL, VNI, WORKER_MAC, WORKER_OVERLAY, WORKER_TUNNEL } from '../topology.ts';
import { acted, broken, harmless, POD_UNDERLAY_POINT, requestLost, WORKER_UNDERLAY_POINT } from './expectations.ts';
import { pingPod } from './requests.ts';

const SECOND_VNI = VNI + 1;

/** A tunnel device of the second VNI, made like those of the first. */
function secondTunnel(host: 'worker' | 'podvm', device: string, target: string, mac: string): Scenario['breaks'] & {} {
  const given = (host === 'worker' ? WORKER_TUNNEL : POD_TUNNEL).replace(String(VNI), String(SECOND_VNI));
  return [
    { namespace: host, command: `ip link add ${device} type vxlan ${given}` },
    { namespace: host, command: `ip link set ${device} netns ${target}` },
    { namespace: target, command: `ip link set ${device} mtu 1400 address ${mac} up` },
  ];
}

export const nearMisses: readonly Scenario[] = [
  {
    name: 'worker-any',
    title: 'captured in the pod namespace on the worker, replies are marked "other host" although ping works',
    points: [
      { label: 'worker-any', namespace: 'pod', interface: 'any', precision: 'micro', linkType: 'LINUX_SLL' },
      WORKER_ENS3,
      PODVM_ENS2,
      PODVM_VXLAN0,
    ],
    traffic: [[pingPod(5)]],
    expected: () => harmless(),
  },
  {
    name: 'checksum-offload',
    title: 'at the sender, tunnel packets have wrong checksums, which the network card fills in',
    topology: { checksumOffload: true },
    services: [{ namespace: 'podns', command: 'python3 test/lab/server.py tcp 8080' }],
    traffic: [[pingPod(4), { namespace: 'worker', command: `python3 test/lab/client.py tcp ${POD_OVERLAY} 8080 2 2` }]],
    expected: () => harmless(),
  },
  {
    name: 'reordered',
    title: 'the wire delivers some requests and replies after the ones that follow them',
    wire: [
      { direction: 'to-podvm', packets: ['tunnel echo-request'], nth: [3, 7], action: 'reorder' },
      { direction: 'to-worker', packets: ['tunnel echo-reply'], nth: [5], action: 'reorder' },
    ],
    traffic: [[pingPod(10, '-i 0.1 -W 1')]],
    expected: () => harmless(),
  },
  {
    name: 'snapped',
    title: 'tcpdump kept 96 bytes of each packet: headers are whole, payloads are not, and request 2 is lost',
    points: POINTS.map((point) => ({ ...point, snapLength: 96 })),
    wire: [{ direction: 'to-podvm', packets: ['tunnel echo-request'], nth: [2], action: 'drop' }],
    traffic: [[pingPod(4)]],
    expected: (truth) =>
      broken(
        'lost-in-underlay',
        ['unanswered-echo'],
        requestLost(
          'icmp-echo',
          WORKER_UNDERLAY_POINT,
          POD_UNDERLAY_POINT,
          acted(truth, 'drop', 'to-podvm', 'tunnel echo-request'),
        ),
      ),
  },
  {
    name: 'last-request-pending',
    title: 'the captures end while the last reply is still on its way',
    wire: [{ direction: 'to-worker', packets: ['tunnel echo-reply'], nth: [4], action: 'delay', milliseconds: 30_000 }],
    traffic: [[pingPod(4, '-i 0.3 -W 0.3')]],
    abruptEnd: true,
    expected: () => harmless(),
  },
  {
    name: 'broadcast',
    title: 'nobody answers pings to broadcast and multicast addresses, and nobody should',
    traffic: [
      [pingPod(3)],
      [
        { namespace: 'worker', command: 'ping -b -c 3 -i 0.3 -W 1 10.132.3.255' },
        { namespace: 'worker', command: 'ping -c 3 -i 0.3 -W 1 -I ovn-k8s-mp0 239.255.0.1' },
      ],
    ],
    expected: () => harmless(),
  },
  {
    name: 'arp-announcements',
    title: 'nobody answers announcements of an address, nor the question whether an address is free',
    traffic: [
      [pingPod(3)],
      [
        { namespace: 'podns', command: `arping -U -c 2 -w 3 -I vxlan0 ${POD_OVERLAY}` },
        { namespace: 'podns', command: 'arping -D -c 2 -w 3 -I vxlan0 10.132.2.77' },
      ],
    ],
    expected: () => harmless(),
  },
  {
    name: 'group-policy',
    title: 'both ends of the tunnel use group policy bits: every ping is answered',
    topology: { podTunnel: `${POD_TUNNEL} gbp`, workerTunnel: `${WORKER_TUNNEL} gbp` },
    breaks: [{ namespace: 'podns', command: 'iptables -t mangle -A OUTPUT -p icmp -j MARK --set-mark 100' }],
    traffic: [[pingPod(5)]],
    expected: () => harmless(),
  },
  {
    name: 'two-vnis',
    title: 'two tenants with the same addresses, MACs and echo identifiers: one VNI loses two requests, the other none',
    namespaces: [
      { host: 'worker', namespace: 'tenant2' },
      { host: 'podvm', namespace: 'podns2' },
    ],
    breaks: [
      ...secondTunnel('worker', 'vxlan3', 'tenant2', WORKER_MAC),
      { namespace: 'tenant2', command: `ip addr add ${WORKER_OVERLAY}/23 dev vxlan3` },
      { namespace: 'tenant2', command: `ip neigh add ${POD_OVERLAY} lladdr ${POD_MAC} nud permanent dev vxlan3` },
      ...secondTunnel('podvm', 'vxlan2', 'podns2', POD_MAC),
      { namespace: 'podns2', command: `ip addr add ${POD_OVERLAY}/23 dev vxlan2` },
    ],
    wire: [
      {
        direction: 'to-podvm',
        packets: ['tunnel echo-request'],
        vni: SECOND_VNI,
        nth: [2, 4],
        action: 'drop',
      },
    ],
    points: [
      ...POINTS,
      { label: 'worker-vxlan3', namespace: 'tenant2', interface: 'vxlan3', precision: 'micro' },
      { label: 'podvm-vxlan2', namespace: 'podns2', interface: 'vxlan2', precision: 'nano' },
    ],
    traffic: [
      [
        pingPod(6, '-i 0.3 -W 1 -e 4660'),
        { namespace: 'tenant2', command: `ping -c 6 -i 0.3 -W 1 -e 4660 ${POD_OVERLAY}` },
      ],
    ],
    expected: (truth) =>
      broken(
        'lost-in-underlay',
        ['unanswered-echo'],
        requestLost(
          'icmp-echo',
          WORKER_UNDERLAY_POINT,
          POD_UNDERLAY_POINT,
          acted(truth, 'drop', 'to-podvm', 'tunnel echo-request'),
        ),
      ),
  },
  {
    name: 'cross-vni-reply',
    title: 'the pod answers through a tunnel of another VNI, which the worker takes as well',
    breaks: [
      ...secondTunnel('podvm', 'vxlan2', 'podns', POD_MAC),
      { namespace: 'podns', command: `ip route add ${WORKER_OVERLAY}/32 dev vxlan2 src ${POD_OVERLAY}` },
      { namespace: 'podns', command: `ip neigh add ${WORKER_OVERLAY} lladdr ${WORKER_MAC} nud permanent dev vxlan2` },
      ...secondTunnel('worker', 'vxlan3', 'pod', '9a:4c:7b:0d:61:e3'),
      { namespace: 'pod', command: 'tc qdisc add dev vxlan3 ingress' },
      {
        namespace: 'pod',
        command:
          'tc filter add dev vxlan3 parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev eth0',
      },
    ],
    points: [
      WORKER_BR_INT,
      WORKER_ENS3,
      PODVM_ENS2,
      PODVM_VXLAN0,
      { label: 'podvm-vxlan2', namespace: 'podns', interface: 'vxlan2', precision: 'nano' },
    ],
    traffic: [[pingPod(5)]],
    expected: () => harmless('cross-vni-reply'),
  },
];
