/** Who owns an address, and how that shows. */
import { PODVM_ENS2, WORKER_BR_INT, WORKER_ENS3 } from '../points.ts';
import type { Scenario } from '../scenario.ts';
import { FOREIGN_MAC, POD_MAC, POD_OVERLAY, POD_TUNNEL, WORKER_OVERLAY } from '../topology.ts';
import { broken, harmless, noReply, POD_OVERLAY_POINT, unanswered } from './expectations.ts';
import { pingPod } from './requests.ts';

const IPV6_OFF_WITH_DEFAULTS = ['disable_ipv6=1', 'accept_dad=1', 'dad_transmits=1', 'router_solicitations=3']
  .map((setting) => `net.ipv6.conf.vxlan0.${setting}`)
  .join(' ');

export const addresses: readonly Scenario[] = [
  {
    name: 'peer-pods-broken-any',
    title: 'the case, captured in podns on all interfaces at once: the kernel marks the requests "other host"',
    topology: { podMac: FOREIGN_MAC },
    points: [
      WORKER_BR_INT,
      WORKER_ENS3,
      PODVM_ENS2,
      { label: 'podvm-any', namespace: 'podns', interface: 'any', precision: 'nano' },
    ],
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'podns', command: `ip link set vxlan0 address ${POD_MAC}` }],
    expected: (truth) =>
      broken(
        'inner-destination-mac-mismatch',
        ['unanswered-echo'],
        noReply('icmp-echo', 'podvm-any', unanswered(truth)),
      ),
  },
  {
    name: 'peer-pods-broken-ipv6',
    title:
      'the case, where vxlan0 shows its MAC as IPv6 starts on it: listener reports, address detection, router search',
    topology: { podMac: FOREIGN_MAC, ipv6: ['podns'] },
    breaks: [{ namespace: 'podns', command: `sysctl -q -w ${IPV6_OFF_WITH_DEFAULTS}` }],
    traffic: [
      [{ namespace: 'podns', command: 'sysctl -q -w net.ipv6.conf.vxlan0.disable_ipv6=0' }],
      [pingPod(5, '-i 1 -W 1')],
    ],
    cure: [{ namespace: 'podns', command: `ip link set vxlan0 address ${POD_MAC}` }],
    expected: (truth) =>
      broken(
        'inner-destination-mac-mismatch',
        ['unanswered-echo'],
        noReply('icmp-echo', POD_OVERLAY_POINT, unanswered(truth, 1)),
      ),
  },
  {
    name: 'no-route-back',
    title: 'requests arrive with the right MAC, but podns has no route back to the worker and drops them silently',
    breaks: [{ namespace: 'podns', command: `ip route add blackhole ${WORKER_OVERLAY}/32` }],
    traffic: [[pingPod(5)]],
    cure: [{ namespace: 'podns', command: `ip route del blackhole ${WORKER_OVERLAY}/32` }],
    expected: (truth) => broken('unanswered-echo', [], noReply('icmp-echo', POD_OVERLAY_POINT, unanswered(truth))),
  },
  {
    name: 'duplicate-address',
    title: 'another pod on the worker has 10.132.2.46 too: the worker asks and gets two answers',
    topology: { knownNeighbors: [] },
    namespaces: [{ host: 'worker', namespace: 'intruder' }],
    breaks: [
      { namespace: 'worker', command: 'ip link add 4c1f9b27d0e83a5 mtu 1400 type veth peer name eth0 netns intruder' },
      { namespace: 'worker', command: 'ip link set 4c1f9b27d0e83a5 master br-int up' },
      { namespace: 'intruder', command: 'ip link set eth0 mtu 1400 address 0a:58:0a:84:03:46 up' },
      { namespace: 'intruder', command: `ip addr add ${POD_OVERLAY}/23 dev eth0` },
    ],
    traffic: [[pingPod(4)]],
    cure: [
      { namespace: 'worker', command: 'ip link set 4c1f9b27d0e83a5 down' },
      { namespace: 'worker', command: 'ip neigh flush dev ovn-k8s-mp0' },
    ],
    expected: () => broken('duplicate-address', []),
  },
  {
    name: 'cloned-pod',
    title: 'a second tunnel end uses the VNI, the MAC and the address of the first: the MAC flips between remotes',
    namespaces: [{ host: 'podvm', namespace: 'clone' }],
    breaks: [
      { namespace: 'podvm', command: 'ip link add ens2b link ens2 netns clone type macvlan mode bridge' },
      { namespace: 'clone', command: 'ip link set ens2b address 52:54:00:a8:0a:ca up' },
      { namespace: 'clone', command: 'ip addr add 192.168.10.202/24 dev ens2b' },
      {
        namespace: 'clone',
        command: 'ip neigh replace 192.168.10.163 lladdr 52:54:00:a8:0a:a3 nud permanent dev ens2b',
      },
      { namespace: 'clone', command: `ip link add vxlan0 type vxlan ${POD_TUNNEL}` },
      { namespace: 'clone', command: `ip link set vxlan0 mtu 1400 address ${POD_MAC} up` },
      { namespace: 'clone', command: `ip addr add ${POD_OVERLAY}/23 dev vxlan0` },
      {
        namespace: 'worker',
        command: 'ip neigh replace 192.168.10.202 lladdr 52:54:00:a8:0a:ca nud permanent dev ens3',
      },
    ],
    traffic: [
      [
        { namespace: 'podns', command: `ping -c 4 -i 0.3 -W 1 -e 17 ${WORKER_OVERLAY}` },
        { namespace: 'clone', command: `ping -c 4 -i 0.37 -W 1 -e 18 ${WORKER_OVERLAY}` },
      ],
    ],
    expected: () => harmless('mac-flapping'),
  },
];
