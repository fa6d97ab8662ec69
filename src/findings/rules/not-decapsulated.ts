/** Encapsulated packets that reached an end's underlay interface and did not come out of its overlay interface. */
import type { Case } from '../case.ts';
import { directionIndex } from '../direction-index.ts';
import type { Finding, Remedy } from '../finding.ts';
import { type Explanation, missingRedirect, outerRule } from '../host-evidence.ts';
import { lostPackets, type SegmentLoss, segmentFinding, segmentLosses } from '../segment-losses.ts';
import { hostWith } from '../tunnel-device.ts';

export function notDecapsulated(subject: Case): Finding[] {
  const losses = segmentLosses(subject, ['decapsulation'], (flow) => flow.vni === null && flow.replyVni == null);
  return losses.map((loss) => describe(subject, loss));
}

function describe(subject: Case, loss: SegmentLoss): Finding {
  const { after, before } = loss;
  const index = directionIndex(subject);
  const [direction] = loss.flows.flatMap((flow, at) => index.ofLoss(flow, loss.losses[at]) ?? []);
  const kind = direction?.encapsulation === 'geneve' ? 'Geneve' : 'VXLAN';
  const facts =
    (direction === undefined ? null : hostWith(subject, direction.destination)) ?? subject.owners.facts(after.host);
  const host = facts?.host ?? after.host;
  const said: Explanation[] = [];
  if (facts !== null && direction !== undefined) {
    const device = facts.host === after.host ? after.interfaceName : null;
    for (const found of [outerRule(facts, direction, 'incoming', device), missingRedirect(facts, direction.vni)]) {
      if (found !== null) said.push(found);
    }
  }
  const isDecided = said.some(({ isCertain }) => isCertain);
  const vni = direction?.vni ?? loss.flows[0].vni;
  const port = direction?.port ?? 4789;
  const checks: Remedy[] = [
    {
      text: `Compare the ${kind} device's id and dstport with VNI ${vni} and port ${port}`,
      command: `ip -d link show type ${kind.toLowerCase()}`,
      host,
    },
    {
      text: `See whether a firewall drops UDP ${port} before the device gets it`,
      command: `iptables -S INPUT; nft list ruleset; nstat -az UdpNoPorts UdpInCsumErrors`,
      host,
    },
  ];
  const open = `Either something dropped them before the device (a firewall on the underlay, a wrong outer checksum), or no device there takes this VNI and port from this sender.`;
  const words = said.map(({ text }) => text).join(' ');
  // A capture without a packet may not have been running.
  const isSure = isDecided || before.observations.counts.packets > 0;
  return segmentFinding(loss, 'not-decapsulated', isSure ? 'certain' : 'likely', {
    title: `${lostPackets(loss)} reached ${after.label} encapsulated and did not come out at ${before.label}`,
    explanation: `The host received the outer packets and its ${kind} device did not deliver what was inside. ${isDecided ? words : `${open}${words === '' ? '' : ` ${words}`}`}`,
    remedy: isDecided ? said.map(({ remedy }) => remedy) : [...said.map(({ remedy }) => remedy), ...checks],
  });
}
