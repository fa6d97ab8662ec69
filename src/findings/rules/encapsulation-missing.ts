/** Inner packets on one end's overlay interface that never left on its underlay. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { lostPackets, segmentFinding, segmentLosses } from '../segment-losses.ts';

export function encapsulationMissing(subject: Case): Finding[] {
  return segmentLosses(subject, ['encapsulation']).map((loss) => {
    const { after, before } = loss;
    return segmentFinding(loss, 'encapsulation-missing', 'certain', {
      title: `${lostPackets(loss)} were seen at ${after.label} and never left encapsulated at ${before.label}`,
      explanation:
        'The VXLAN device has nowhere to send them (no default remote and no forwarding entry for the destination MAC), or something between the overlay interface and the underlay dropped them: a redirect that is missing, a policy, a rule in OUTPUT.',
      remedy: [
        {
          text: 'Does the VXLAN device know where the destination MAC is? It needs a remote, or an entry for the MAC or for 00:00:00:00:00:00',
          command: 'bridge fdb show; ip -d link show type vxlan',
          host: after.host ?? before.host,
        },
        {
          text: 'Are packets redirected or routed into the VXLAN device?',
          command: 'tc -s filter show dev <overlay interface> ingress; ip route',
          host: after.host ?? before.host,
        },
        {
          text: 'Does a rule drop the outer packets as they leave?',
          command: 'iptables -S OUTPUT; nft list ruleset',
          host: after.host ?? before.host,
        },
      ],
    });
  });
}
