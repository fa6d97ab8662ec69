/** Packets that left one end's underlay interface and did not reach the other's. */
import type { JoinedFlow, JoinedLoss } from '../../flow/joined-flow.ts';
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Case } from '../case.ts';
import type { Finding, Remedy } from '../finding.ts';
import { routerThatSaysSo } from '../outer-time-to-live.ts';
import { lostPackets, type SegmentLoss, segmentFinding, segmentLosses, silentUnderlay } from '../segment-losses.ts';
import { deviceWord } from '../shell.ts';
import { isTooLarge, limitOf } from '../size-limit.ts';

export function lostInUnderlay(subject: Case): Finding[] {
  const losses = segmentLosses(subject, ['underlay', 'tunnel'], (flow, loss) => isExplained(subject, flow, loss));
  return losses.map((loss) => describe(subject, loss));
}

/** A packet that a router refused as too big, and said so, did not get lost; nor did one that never left. */
function isExplained(subject: Case, flow: JoinedFlow, loss: JoinedLoss): boolean {
  if (silentUnderlay(subject, flow, loss) !== null) return true;
  return isTooLarge(subject, flow, loss) && limitOf(subject, flow)?.tooBig != null;
}

function describe(subject: Case, loss: SegmentLoss): Finding {
  const { after, before, segment } = loss;
  const isEmpty = before.observations.counts.packets === 0;
  const tunnel = subject.tunnels.find((candidate) => candidate.vantage === after);
  const port = tunnel?.port ?? 4789;
  const isTotal = loss.flows.every((flow) => flow.answered === 0);
  const alive = isEmpty
    ? `${before.label} holds no packet at all, so it may not have been capturing there.`
    : `${before.label} was capturing at the time: it holds other packets.`;
  const part =
    segment === 'tunnel'
      ? ' No capture of both underlays tells on which part of the way, so the receiving host may also have failed to decapsulate them.'
      : '';
  return segmentFinding(loss, 'lost-in-underlay', segment === 'tunnel' || isEmpty ? 'possible' : 'certain', {
    title: `${lostPackets(loss)} left ${after.label} and did not reach ${before.label}`,
    explanation: `${alive}${part} ${causeOf(subject, loss, isTotal, port)}`,
    remedy: [
      ...(isTotal ? [openPort(tunnel, port)] : []),
      {
        text: 'Look at what the receiving interface drops',
        command: `ip -s -s link show dev ${deviceWord(before.interfaceName, '<underlay interface>')}; nstat -az | grep -i drop`,
        host: before.host,
      },
    ],
  });
}

/** What a router says, or else what is the likeliest. */
function causeOf(subject: Case, { flows }: SegmentLoss, isTotal: boolean, port: number): string {
  const router = routerThatSaysSo(subject, flows);
  if (router !== null) return `${router} says that the outer time to live of such packets ran out there.`;
  return isTotal
    ? `Nothing of these flows gets through; a firewall or security group that blocks UDP ${port} in this direction is the likeliest cause, a second VXLAN device on that port at the receiver the next.`
    : 'Others of the same flows get through, so the path exists and loses some packets: look for congestion, rate limits and errors on the links between.';
}

function openPort(tunnel: TunnelDirection | undefined, port: number): Remedy {
  const ends = tunnel === undefined ? 'the tunnel endpoints' : `${tunnel.source} and ${tunnel.destination}`;
  return {
    text: `Allow UDP ${port} in both directions between ${ends} in firewalls, security groups and network policies on the way`,
    command: null,
    host: null,
  };
}
