/** The tunnel itself is at fault: its wire, its identifiers, its ports, its checksums, its ends. */
import type { Scenario } from '../scenario.ts';
import { POD_TUNNEL, VNI, WORKER_TUNNEL } from '../topology.ts';
import type { Traffic } from '../traffic.ts';
import { POD_VM_UNDERLAY, WORKER_UNDERLAY } from '../underlay.ts';
import {
  acted,
  broken,
  harmless,
  noReply,
  POD_OVERLAY_POINT,
  POD_UNDERLAY_POINT,
  replyLost,
  requestLost,
  seen,
  unanswered,
  WORKER_OVERLAY_POINT,
  WORKER_UNDERLAY_POINT,
} from './expectations.ts';
import { pingPod, pingPodVm, pingWorker } from './requests.ts';

const OTHER_VNI = VNI + 1;
const ENCAPSULATED_ECHO = ['tunnel echo-request'];

/** What takes frames from one device of the pod's namespace on the worker to the other. */
function redirect(from: string, to: string): Traffic[] {
  const action = `u32 match u8 0 0 action mirred egress redirect dev ${to}`;
  return [
    { namespace: 'pod', command: `tc qdisc replace dev ${from} ingress` },
    { namespace: 'pod', command: `tc filter add dev ${from} parent ffff: protocol all ${action}` },
  ];
}

/** Makes the worker's tunnel device anew: neither its VNI nor its port can be changed. */
function newWorkerTunnel(options: string): Traffic[] {
  return [
    { namespace: 'pod', command: 'ip link del vxlan1' },
    { namespace: 'pod', command: 'tc filter del dev eth0 ingress' },
    { namespace: 'worker', command: `ip link add vxlan1 type vxlan ${options}` },
    { namespace: 'worker', command: 'ip link set vxlan1 netns pod' },
    { namespace: 'pod', command: 'ip link set vxlan1 up' },
    { namespace: 'pod', command: 'ethtool -K vxlan1 tx off tso off gso off gro off' },
    ...redirect('vxlan1', 'eth0'),
    ...redirect('eth0', 'vxlan1'),
  ];
}

export const tunnels: readonly Scenario[] = [
  {
    name: 'underlay-drop',
    title: 'the wire loses all tunnel packets towards the pod VM, and no other packets',
    wire: [{ direction: 'to-podvm', tunnel: true, action: 'drop' }],
    traffic: [[pingPod(5), pingPodVm(10)]],
    expected: (truth) =>
      broken(
        'lost-in-underlay',
        ['unanswered-echo'],
        requestLost('icmp-echo', WORKER_UNDERLAY_POINT, POD_UNDERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'vni-mismatch',
    title: `the worker sends with VNI ${VNI}, the pod VM with ${OTHER_VNI}; both ends ping`,
    topology: {
      podTunnel: POD_TUNNEL.replace(String(VNI), String(OTHER_VNI)),
      knownNeighbors: ['worker', 'podns'],
    },
    traffic: [[pingPod(5), pingWorker(5)]],
    cure: newWorkerTunnel(WORKER_TUNNEL.replace(String(VNI), String(OTHER_VNI))),
    expected: (truth) =>
      broken(
        'vni-mismatch',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost('icmp-echo', POD_UNDERLAY_POINT, POD_OVERLAY_POINT, unanswered(truth, 0)),
        requestLost('icmp-echo', WORKER_UNDERLAY_POINT, WORKER_OVERLAY_POINT, unanswered(truth, 1)),
      ),
  },
  {
    name: 'vni-mismatch-one-way',
    title: `the tunnel of the pod VM has VNI ${OTHER_VNI}, and it never sends: only the host files tell`,
    topology: { podTunnel: POD_TUNNEL.replace(String(VNI), String(OTHER_VNI)) },
    traffic: [[pingPod(5)]],
    cure: newWorkerTunnel(WORKER_TUNNEL.replace(String(VNI), String(OTHER_VNI))),
    expected: (truth) =>
      broken(
        'vni-mismatch',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost('icmp-echo', POD_UNDERLAY_POINT, POD_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'vxlan-port-mismatch',
    title: 'the pod VM listens on 8472, the default of Linux; it answers 4789 with port unreachable',
    topology: { podTunnel: `id ${VNI} remote ${WORKER_UNDERLAY}` },
    traffic: [[pingPod(4)]],
    cure: newWorkerTunnel(WORKER_TUNNEL.replace('4789', '8472')),
    expected: (truth) =>
      broken(
        'vxlan-port-mismatch',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost('icmp-echo', POD_UNDERLAY_POINT, POD_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'vxlan-port-mismatch-silent',
    title: 'one end uses port 4789, the other 8472, both ping, and firewalls keep back ICMP errors',
    topology: { podTunnel: `id ${VNI} remote ${WORKER_UNDERLAY}`, knownNeighbors: ['worker', 'podns'] },
    breaks: ['worker', 'podvm'].map((namespace) => ({
      namespace,
      command: 'iptables -A OUTPUT -p icmp --icmp-type port-unreachable -j DROP',
    })),
    facts: ['worker', 'podvm'].map((namespace) => ({ namespace, command: 'iptables -S' })),
    traffic: [[pingPod(5), pingWorker(5)]],
    cure: newWorkerTunnel(WORKER_TUNNEL.replace('4789', '8472')),
    expected: (truth) =>
      broken(
        'vxlan-port-mismatch',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost('icmp-echo', POD_UNDERLAY_POINT, POD_OVERLAY_POINT, unanswered(truth, 0)),
        requestLost('icmp-echo', WORKER_UNDERLAY_POINT, WORKER_OVERLAY_POINT, unanswered(truth, 1)),
      ),
  },
  {
    name: 'bad-outer-checksum',
    title: 'three of eight requests arrive at the pod VM with a wrong outer UDP checksum',
    wire: [{ direction: 'to-podvm', packets: ENCAPSULATED_ECHO, nth: [2, 4, 7], action: 'corrupt', field: 'checksum' }],
    traffic: [[pingPod(8)]],
    expected: (truth) =>
      broken(
        'bad-outer-checksum',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost(
          'icmp-echo',
          POD_UNDERLAY_POINT,
          POD_OVERLAY_POINT,
          acted(truth, 'corrupt', 'to-podvm', 'tunnel echo-request'),
        ),
      ),
  },
  {
    name: 'corrupted-payload',
    title: 'two of six requests have a byte of their payload changed on the wire; the outer checksum tells',
    wire: [{ direction: 'to-podvm', packets: ENCAPSULATED_ECHO, nth: [3, 5], action: 'corrupt', field: 'payload' }],
    traffic: [[pingPod(6)]],
    expected: (truth) =>
      broken(
        'bad-outer-checksum',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost(
          'icmp-echo',
          POD_UNDERLAY_POINT,
          POD_OVERLAY_POINT,
          acted(truth, 'corrupt', 'to-podvm', 'tunnel echo-request'),
        ),
      ),
  },
  {
    name: 'wrong-remote',
    title: 'the tunnel of the pod VM leads to 192.168.10.99, which nobody has',
    topology: {
      podTunnel: `${POD_TUNNEL.replace(WORKER_UNDERLAY, '192.168.10.99')} nolearning`,
      knownNeighbors: ['worker', 'podns'],
    },
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'podns', command: `ip link set vxlan0 type vxlan id ${VNI} remote ${WORKER_UNDERLAY}` }],
    expected: (truth) =>
      broken(
        'encapsulation-missing',
        ['unanswered-arp', 'unanswered-echo'],
        replyLost('icmp-echo', POD_OVERLAY_POINT, POD_UNDERLAY_POINT, unanswered(truth)),
        noReply('arp', WORKER_UNDERLAY_POINT, seen(truth, 'to-worker', 'arp-request')),
      ),
  },
  {
    name: 'encapsulation-missing',
    title: 'vxlan1 on the worker knows no remote: nothing leaves by ens3',
    topology: { workerTunnel: WORKER_TUNNEL.replace(`remote ${POD_VM_UNDERLAY} `, '') },
    traffic: [[pingPod(5), pingPodVm(10)]],
    cure: [{ namespace: 'pod', command: `bridge fdb append 00:00:00:00:00:00 dev vxlan1 dst ${POD_VM_UNDERLAY}` }],
    expected: (truth) =>
      broken(
        'encapsulation-missing',
        ['unanswered-echo'],
        requestLost('icmp-echo', WORKER_OVERLAY_POINT, WORKER_UNDERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'encapsulation-blocked',
    title: 'a firewall rule on the worker keeps tunnel packets from leaving',
    breaks: [
      { namespace: 'worker', command: 'nft add table inet filter' },
      {
        namespace: 'worker',
        command: "nft add chain inet filter output '{ type filter hook output priority 0; policy accept; }'",
      },
      { namespace: 'worker', command: 'nft add rule inet filter output udp dport 4789 drop' },
    ],
    facts: [{ namespace: 'worker', command: 'nft list ruleset' }],
    traffic: [[pingPod(5), pingPodVm(10)]],
    cure: [{ namespace: 'worker', command: 'nft delete table inet filter' }],
    expected: (truth) =>
      broken(
        'encapsulation-missing',
        ['unanswered-echo'],
        requestLost('icmp-echo', WORKER_OVERLAY_POINT, WORKER_UNDERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'not-decapsulated',
    title: 'a firewall rule in the pod VM drops tunnel packets that arrive at ens2',
    breaks: [{ namespace: 'podvm', command: 'iptables -A INPUT -p udp --dport 4789 -j DROP' }],
    facts: [{ namespace: 'podvm', command: 'iptables -S' }],
    traffic: [[pingPod(5), pingPodVm(10)]],
    cure: [{ namespace: 'podvm', command: 'iptables -F INPUT' }],
    expected: (truth) =>
      broken(
        'not-decapsulated',
        ['unanswered-echo'],
        requestLost('icmp-echo', POD_UNDERLAY_POINT, POD_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'redirect-missing',
    title: 'on the worker nothing takes frames from vxlan1 to eth0: replies arrive at ens3 and go no further',
    topology: { knownNeighbors: ['worker', 'podns'] },
    breaks: [{ namespace: 'pod', command: 'tc qdisc del dev vxlan1 ingress' }],
    traffic: [[pingPod(5)]],
    cure: redirect('vxlan1', 'eth0'),
    expected: (truth) =>
      broken(
        'not-decapsulated',
        ['unanswered-echo'],
        replyLost('icmp-echo', WORKER_UNDERLAY_POINT, WORKER_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'asymmetric-endpoints',
    title: 'the pod VM answers from 192.168.10.202, which is not where the worker sends; ping works all the same',
    topology: { workerTunnel: `${WORKER_TUNNEL} nolearning`, podTunnel: `${POD_TUNNEL} local 192.168.10.202` },
    breaks: [{ namespace: 'podvm', command: 'ip addr add 192.168.10.202/24 dev ens2' }],
    traffic: [[pingPod(5)]],
    expected: () => harmless('asymmetric-endpoints'),
  },
  {
    name: 'asymmetric-endpoints-blocked',
    title: 'the same, and the worker takes tunnel packets from 192.168.10.201 alone',
    topology: { workerTunnel: `${WORKER_TUNNEL} nolearning`, podTunnel: `${POD_TUNNEL} local 192.168.10.202` },
    breaks: [
      { namespace: 'podvm', command: 'ip addr add 192.168.10.202/24 dev ens2' },
      { namespace: 'podns', command: 'ip neigh replace 10.132.2.2 lladdr 0a:58:0a:84:02:02 nud permanent dev vxlan0' },
      { namespace: 'worker', command: `iptables -A INPUT -p udp --dport 4789 ! -s ${POD_VM_UNDERLAY} -j DROP` },
    ],
    facts: [{ namespace: 'worker', command: 'iptables -S' }],
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'worker', command: 'iptables -F INPUT' }],
    expected: (truth) =>
      broken(
        'not-decapsulated',
        ['unanswered-echo'],
        replyLost('icmp-echo', WORKER_UNDERLAY_POINT, WORKER_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'reserved-bits',
    title: 'the pod VM sets group policy bits, which the worker, without that extension, refuses',
    topology: { podTunnel: `${POD_TUNNEL} gbp` },
    breaks: [{ namespace: 'podns', command: 'iptables -t mangle -A OUTPUT -p icmp -j MARK --set-mark 100' }],
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'podns', command: 'iptables -t mangle -F OUTPUT' }],
    expected: (truth) =>
      broken(
        'reserved-bits',
        ['not-decapsulated', 'unanswered-echo'],
        replyLost('icmp-echo', WORKER_UNDERLAY_POINT, WORKER_OVERLAY_POINT, unanswered(truth)),
      ),
  },
];
