/** Small packets pass, large ones do not. */
import type { Scenario } from '../scenario.ts';
import { VNI, WORKER_TUNNEL } from '../topology.ts';
import {
  acted,
  broken,
  POD_OVERLAY_POINT,
  POD_UNDERLAY_POINT,
  requestLost,
  unanswered,
  WORKER_OVERLAY_POINT,
  WORKER_UNDERLAY_POINT,
} from './expectations.ts';
import { pingPod } from './requests.ts';

function pingPodWithBytes(count: number, bytes: number): ReturnType<typeof pingPod> {
  return pingPod(count, `-i 0.3 -W 1 -s ${bytes}`);
}

export const sizes: readonly Scenario[] = [
  {
    name: 'mtu-black-hole',
    title: 'overlay and underlay have the same MTU, and the wire loses all fragments but the first',
    topology: { overlayMtu: 1500 },
    wire: [{ fragment: 'later', action: 'drop' }],
    traffic: [[pingPodWithBytes(3, 56)], [pingPodWithBytes(3, 1422)], [pingPodWithBytes(3, 1472)]],
    expected: (truth) =>
      broken(
        'mtu-black-hole',
        ['not-decapsulated', 'unanswered-echo'],
        requestLost('icmp-echo', POD_UNDERLAY_POINT, POD_OVERLAY_POINT, unanswered(truth, 2)),
      ),
  },
  {
    name: 'mtu-icmp',
    title: 'a router with a smaller MTU refuses large tunnel packets, which must not be fragmented',
    topology: { routerMtu: 1400, workerTunnel: `${WORKER_TUNNEL} df set` },
    wire: [{ direction: 'to-podvm', packets: ['tunnel echo-request'], minimumBytes: 1415, action: 'pass' }],
    traffic: [[pingPodWithBytes(3, 56)], [pingPodWithBytes(4, 1372)]],
    cure: [
      { namespace: 'router', command: 'ip link set wan mtu 1500' },
      { namespace: 'worker', command: 'ip route flush cache' },
    ],
    expected: (truth) => {
      const refused = acted(truth, 'pass', 'to-podvm', 'tunnel echo-request');
      return broken(
        'mtu-black-hole',
        ['unanswered-echo'],
        requestLost('icmp-echo', WORKER_UNDERLAY_POINT, POD_UNDERLAY_POINT, refused),
        requestLost('icmp-echo', WORKER_OVERLAY_POINT, WORKER_UNDERLAY_POINT, unanswered(truth, 1) - refused),
      );
    },
  },
  {
    name: 'mtu-too-large',
    title: 'large packets do not fit into the tunnel, which must not fragment: they never leave the worker',
    topology: { overlayMtu: 1500, workerTunnel: `${WORKER_TUNNEL} df set` },
    traffic: [[pingPodWithBytes(3, 56)], [pingPodWithBytes(3, 1472)]],
    cure: [{ namespace: 'pod', command: `ip link set vxlan1 type vxlan id ${VNI} df unset` }],
    expected: (truth) =>
      broken(
        'mtu-black-hole',
        ['unanswered-echo'],
        requestLost('icmp-echo', WORKER_OVERLAY_POINT, WORKER_UNDERLAY_POINT, unanswered(truth, 1)),
      ),
  },
];
