/** Other protocols than IPv4 echo, and other encapsulations than VXLAN over IPv4. */
import { PODVM_ENS2, WORKER_BR_INT, WORKER_ENS3 } from '../points.ts';
import type { Scenario } from '../scenario.ts';
import type { CapturePoint } from '../tcpdump.ts';
import { FOREIGN_MAC, POD_MAC, POD_OVERLAY, POD_OVERLAY_V6, VNI } from '../topology.ts';
import { POD_VM_UNDERLAY_V6, WORKER_UNDERLAY_V6 } from '../underlay.ts';
import {
  acted,
  broken,
  harmless,
  noReply,
  POD_OVERLAY_POINT,
  POD_UNDERLAY_POINT,
  requestLost,
  seen,
  unanswered,
  WORKER_UNDERLAY_POINT,
} from './expectations.ts';
import { pingPod, pingPodV6 } from './requests.ts';

const OVERLAY_IPV6 = ['worker', 'podns'];

const GENEVE_POINTS: readonly CapturePoint[] = [
  WORKER_BR_INT,
  WORKER_ENS3,
  PODVM_ENS2,
  { label: 'podvm-geneve0', namespace: 'podns', interface: 'geneve0', precision: 'nano' },
];

const OVER_IPV6 = {
  ipv6: ['worker', 'podvm'],
  workerTunnel: `id ${VNI} local ${WORKER_UNDERLAY_V6} remote ${POD_VM_UNDERLAY_V6} dstport 4789`,
  podTunnel: `id ${VNI} local ${POD_VM_UNDERLAY_V6} remote ${WORKER_UNDERLAY_V6} dstport 4789`,
};

function connect(count: number): { namespace: string; command: string } {
  return { namespace: 'worker', command: `python3 test/lab/client.py tcp ${POD_OVERLAY} 8080 ${count} 2.5` };
}

function askForName(count: number): { namespace: string; command: string } {
  return { namespace: 'worker', command: `python3 test/lab/client.py dns ${POD_OVERLAY} pod.example ${count} 1.5` };
}

export const protocols: readonly Scenario[] = [
  {
    name: 'ping6-broken',
    title: 'the case with IPv6 addresses: vxlan0 has another MAC than the worker sends to',
    topology: { podMac: FOREIGN_MAC, ipv6: OVERLAY_IPV6 },
    traffic: [[pingPodV6(5)]],
    cure: [{ namespace: 'podns', command: `ip link set vxlan0 address ${POD_MAC}` }],
    expected: (truth) =>
      broken(
        'inner-destination-mac-mismatch',
        ['unanswered-echo'],
        noReply('icmpv6-echo', POD_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'ping6-fixed',
    title: 'the same with the right MAC: every ping is answered',
    topology: { ipv6: OVERLAY_IPV6 },
    traffic: [[pingPodV6(5)]],
    expected: () => harmless(),
  },
  {
    name: 'ns-unanswered',
    title: 'the worker asks for the MAC of fd10:132:2::2e, which is on no interface of podns',
    topology: { ipv6: OVERLAY_IPV6, knownNeighbors: [], podAddressV6: false },
    traffic: [[pingPodV6(3, '-i 1 -W 1')]],
    cure: [{ namespace: 'podns', command: `ip addr add ${POD_OVERLAY_V6}/64 dev vxlan0 nodad` }],
    expected: (truth) =>
      broken(
        'unanswered-neighbor-solicitation',
        [],
        noReply('ndp', POD_OVERLAY_POINT, seen(truth, 'to-podvm', 'tunnel neighbor-solicitation')),
      ),
  },
  {
    name: 'tcp-ok',
    title: 'three TCP connections to the pod, all accepted',
    services: [{ namespace: 'podns', command: 'python3 test/lab/server.py tcp 8080' }],
    traffic: [[connect(3), pingPod(3)]],
    expected: () => harmless(),
  },
  {
    name: 'tcp-syn-unanswered',
    title: 'ping works, TCP does not: a firewall rule in podns drops connection attempts',
    services: [{ namespace: 'podns', command: 'python3 test/lab/server.py tcp 8080' }],
    breaks: [{ namespace: 'podns', command: 'iptables -A INPUT -p tcp --dport 8080 -j DROP' }],
    facts: [{ namespace: 'podns', command: 'iptables -S' }],
    traffic: [[connect(3), pingPod(5)]],
    cure: [{ namespace: 'podns', command: 'iptables -F INPUT' }],
    expected: (truth) => broken('unanswered-syn', [], noReply('tcp-connect', POD_OVERLAY_POINT, unanswered(truth))),
  },
  {
    name: 'tcp-refused',
    title: 'nothing listens on port 8080 of the pod: connection attempts are answered with resets',
    traffic: [[connect(3), pingPod(3)]],
    expected: () => harmless('connection-reset'),
  },
  {
    name: 'dns-ok',
    title: 'three DNS queries to the pod, all answered',
    services: [{ namespace: 'podns', command: 'python3 test/lab/server.py dns' }],
    traffic: [[askForName(3), pingPod(3)]],
    expected: () => harmless(),
  },
  {
    name: 'dns-unanswered',
    title: 'ping works, DNS does not: the server in the pod takes queries and is silent',
    services: [{ namespace: 'podns', command: 'python3 test/lab/server.py silent 53' }],
    traffic: [[askForName(3), pingPod(5)]],
    expected: (truth) => broken('unanswered-dns', [], noReply('dns', POD_OVERLAY_POINT, unanswered(truth))),
  },
  {
    name: 'geneve-broken',
    title: 'the case with Geneve in place of VXLAN, each packet with an option',
    topology: { encapsulation: 'geneve', podMac: FOREIGN_MAC },
    points: GENEVE_POINTS,
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'podns', command: `ip link set geneve0 address ${POD_MAC}` }],
    expected: (truth) =>
      broken(
        'inner-destination-mac-mismatch',
        ['unanswered-echo'],
        noReply('icmp-echo', 'podvm-geneve0', unanswered(truth)),
      ),
  },
  {
    name: 'geneve-fixed',
    title: 'the same with the right MAC: every ping is answered',
    topology: { encapsulation: 'geneve' },
    points: GENEVE_POINTS,
    traffic: [[pingPod(5)]],
    expected: () => harmless(),
  },
  {
    name: 'vxlan-over-ipv6',
    title: 'the tunnel runs over IPv6, and every ping is answered',
    topology: OVER_IPV6,
    traffic: [[pingPod(5)]],
    expected: () => harmless(),
  },
  {
    name: 'vxlan-over-ipv6-lost',
    title: 'the tunnel runs over IPv6, and the wire loses two of six requests',
    topology: OVER_IPV6,
    wire: [{ direction: 'to-podvm', packets: ['tunnel echo-request'], nth: [2, 5], action: 'drop' }],
    traffic: [[pingPod(6)]],
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
];
