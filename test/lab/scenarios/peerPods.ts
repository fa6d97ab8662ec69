/** The case itself, and what goes wrong around it with the tunnel set up as it should be. */
import type { Scenario } from '../scenario.ts';
import { FOREIGN_MAC, POD_MAC, POD_OVERLAY } from '../topology.ts';
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
  WORKER_UNDERLAY_POINT,
} from './expectations.ts';
import { pingPod } from './requests.ts';

/** Sets the worker's neighbour entry right. */
const CORRECTION = `ip neigh replace ${POD_OVERLAY} lladdr ${FOREIGN_MAC} nud permanent dev ovn-k8s-mp0`;

export const peerPods: readonly Scenario[] = [
  {
    name: 'peer-pods-broken',
    title: 'vxlan0 in the pod VM has a MAC of its own, not the one the worker sends to',
    topology: { podMac: FOREIGN_MAC },
    traffic: [[pingPod(5, '-W 1')]],
    cure: [{ namespace: 'podns', command: `ip link set vxlan0 address ${POD_MAC}` }],
    expected: (truth) =>
      broken(
        'inner-destination-mac-mismatch',
        ['unanswered-echo'],
        noReply('icmp-echo', POD_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'peer-pods-fixed',
    title: 'vxlan0 has the MAC of eth0 in the pod namespace on the worker: every ping is answered',
    traffic: [[pingPod(5, '-W 1')]],
    expected: () => harmless(),
  },
  {
    name: 'peer-pods-cured',
    title: 'the case, and while ping runs the worker learns the MAC that vxlan0 has',
    topology: { podMac: FOREIGN_MAC },
    traffic: [[pingPod(12), { namespace: 'worker', command: `sh -c 'sleep 1.7; ${CORRECTION}'` }]],
    expected: (truth) =>
      broken(
        'inner-destination-mac-mismatch',
        ['unanswered-echo'],
        noReply('icmp-echo', POD_OVERLAY_POINT, unanswered(truth)),
      ),
  },
  {
    name: 'request-lost',
    title: 'the wire loses two of eight requests on their way to the pod VM',
    wire: [{ direction: 'to-podvm', packets: ['tunnel echo-request'], nth: [3, 6], action: 'drop' }],
    traffic: [[pingPod(8)]],
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
    name: 'reply-lost',
    title: 'the wire loses three of eight replies on their way back to the worker',
    wire: [{ direction: 'to-worker', packets: ['tunnel echo-reply'], nth: [2, 5, 8], action: 'drop' }],
    traffic: [[pingPod(8)]],
    expected: (truth) =>
      broken(
        'lost-in-underlay',
        ['unanswered-echo'],
        replyLost(
          'icmp-echo',
          POD_UNDERLAY_POINT,
          WORKER_UNDERLAY_POINT,
          acted(truth, 'drop', 'to-worker', 'tunnel echo-reply'),
        ),
      ),
  },
  {
    name: 'lossy-wire',
    title: 'the wire loses packets of both directions at random',
    wire: [
      { direction: 'to-podvm', packets: ['tunnel echo-request'], percent: 20, action: 'drop' },
      { direction: 'to-worker', packets: ['tunnel echo-reply'], percent: 20, action: 'drop' },
    ],
    traffic: [[pingPod(25, '-i 0.1 -W 1')]],
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
        replyLost(
          'icmp-echo',
          POD_UNDERLAY_POINT,
          WORKER_UNDERLAY_POINT,
          acted(truth, 'drop', 'to-worker', 'tunnel echo-reply'),
        ),
      ),
  },
  {
    name: 'host-firewall',
    title: 'a firewall rule in podns drops echo requests that arrive with the right MAC',
    breaks: [{ namespace: 'podns', command: 'iptables -A INPUT -p icmp --icmp-type echo-request -j DROP' }],
    facts: [{ namespace: 'podns', command: 'iptables -S' }],
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'podns', command: 'iptables -F INPUT' }],
    expected: (truth) => broken('unanswered-echo', [], noReply('icmp-echo', POD_OVERLAY_POINT, unanswered(truth))),
  },
  {
    name: 'arp-unanswered',
    title: 'the worker asks for the MAC of 10.132.2.46, which is on no interface of podns',
    topology: { knownNeighbors: [], podAddress: null },
    traffic: [[pingPod(3, '-i 1 -W 1')]],
    cure: [{ namespace: 'podns', command: `ip addr add ${POD_OVERLAY}/23 dev vxlan0` }],
    expected: (truth) =>
      broken('unanswered-arp', [], noReply('arp', POD_OVERLAY_POINT, seen(truth, 'to-podvm', 'tunnel arp-request'))),
  },
  {
    name: 'duplicates',
    title: 'the wire delivers some requests and some replies twice',
    wire: [
      { direction: 'to-podvm', packets: ['tunnel echo-request'], nth: [2, 5], action: 'duplicate' },
      { direction: 'to-worker', packets: ['tunnel echo-reply'], nth: [1], action: 'duplicate', milliseconds: 20 },
    ],
    traffic: [[pingPod(6)]],
    expected: () => harmless('duplicate-packets'),
  },
  {
    name: 'late-replies',
    title: 'the wire holds two of six replies back for 1.4 seconds',
    wire: [
      { direction: 'to-worker', packets: ['tunnel echo-reply'], nth: [2, 4], action: 'delay', milliseconds: 1400 },
    ],
    traffic: [[pingPod(6, '-i 0.5 -W 3')]],
    expected: () => harmless('late-reply'),
  },
];
