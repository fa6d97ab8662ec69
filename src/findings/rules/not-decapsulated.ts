/** Encapsulated packets that reached an end's underlay interface and did not come out of its overlay interface. */
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { lostPackets, segmentFinding, segmentLosses } from '../segment-losses.ts';

export function notDecapsulated(subject: Case): Finding[] {
  return segmentLosses(subject, ['decapsulation']).map((loss) => {
    const { after, before } = loss;
    const tunnel = subject.tunnels.find(
      (candidate) => candidate.vantage === after && candidate.vni === loss.flows[0].vni,
    );
    const port = tunnel?.port ?? 4789;
    return segmentFinding(loss, 'not-decapsulated', 'certain', {
      title: `${lostPackets(loss)} reached ${after.label} encapsulated and did not come out at ${before.label}`,
      explanation:
        'The host received the outer packets and its VXLAN device did not deliver what was inside. Either something dropped them before the device (a firewall on the underlay, a wrong outer checksum), ' +
        'or no device there takes this VNI and port from this sender.',
      remedy: [
        {
          text: `Compare the VXLAN device's id and dstport with VNI ${loss.flows[0].vni} and port ${port}`,
          command: 'ip -d link show type vxlan',
          host: after.host,
        },
        {
          text: `See whether a firewall drops UDP ${port} before the device gets it`,
          command: `iptables -S INPUT; nft list ruleset; nstat -az UdpNoPorts UdpInCsumErrors`,
          host: after.host,
        },
      ],
    });
  });
}
