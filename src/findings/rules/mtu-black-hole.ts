/** Small packets get through and large ones do not. */
import type { Case } from '../case.ts';
import { directionEvidence, directionIndex } from '../direction-index.ts';
import type { Evidence, Finding, Remedy } from '../finding.ts';
import { inNamespace, shellWord } from '../shell.ts';
import {
  fragmentsOf,
  hostMtu,
  isAboutTunnel,
  OVERHEAD,
  type SizeLimit,
  sizeLimits,
  tooBigErrors,
} from '../size-limit.ts';
import { carries, deviceName, hostWith } from '../tunnel-device.ts';
import { lossEvidence, MOST_EVIDENCE, plural } from '../wording.ts';

const MOST = 20;

export function mtuBlackHole(subject: Case): Finding[] {
  const limits = sizeLimits(subject);
  return [
    ...limits.map((limit) => describe(subject, limit)),
    ...toldWithoutFlow(subject, limits),
    ...unfinished(subject, limits),
  ].slice(0, MOST);
}

function describe(subject: Case, limit: SizeLimit): Finding {
  const { source, destination, vni, flows, passed, failed, lost, tooBig, fragments, underlayMtu, innerMtu } = limit;
  const evidence: Evidence[] = [];
  if (tooBig !== null) {
    const note = `${tooBig.error.from} says that at most ${tooBig.error.mtu} bytes fit`;
    evidence.push({ capture: tooBig.vantage.label, frame: tooBig.error.firstFrame, note });
  }
  for (const sight of fragments) {
    const note = `${plural(sight.first, 'outer datagram')} in fragments, ${sight.whole} complete`;
    evidence.push({ capture: sight.vantage.label, frame: sight.firstFrame, note });
  }
  for (const loss of flows.flatMap((flow) => flow.losses)) {
    const size = loss.smallest === 0 ? 'large request' : `request of ${loss.smallest} bytes`;
    for (const entry of lossEvidence(loss, `${size}, not answered`, 'its reply, seen no further')) {
      if (evidence.length < MOST_EVIDENCE) evidence.push(entry);
    }
  }
  const isProven = tooBig !== null || fragments.length > 0;
  return {
    code: 'mtu-black-hole',
    severity: 'error',
    confidence: isProven ? 'certain' : 'likely',
    title: `Packets of ${failed} bytes and more from ${source} to ${destination}${vni === null ? '' : ` in VNI ${vni}`} do not get through, those of up to ${passed} bytes do`,
    explanation: `${plural(lost, 'larger request')} ${lost === 1 ? 'was' : 'were'} not answered. ${reasons(limit).join(' ')}`,
    subject: {
      source,
      destination,
      vni,
      largestPassed: passed,
      smallestFailed: failed,
      underlayMtu: underlayMtu?.bytes ?? null,
      mtu: innerMtu,
    },
    evidence,
    remedy: remedies(subject, [source, destination], innerMtu, vni !== null),
    causes: [],
  };
}

function reasons({ tooBig, fragments, underlayMtu, direction }: SizeLimit): string[] {
  const said: string[] = [];
  const overhead = OVERHEAD[direction?.ipVersion ?? 4];
  if (tooBig !== null) {
    const what = isAboutTunnel(tooBig.error) ? 'an encapsulated packet' : 'one of them';
    said.push(
      `${tooBig.error.from} refused ${what} with an ICMP error that names an MTU of ${tooBig.error.mtu} bytes.`,
    );
  }
  const [worst] = [...fragments].sort((a, b) => a.whole - a.first - (b.whole - b.first));
  if (worst !== undefined) {
    const complete = worst.whole === 0 ? 'none' : `${worst.whole}`;
    said.push(
      `Encapsulated, they no longer fit in one packet and travel as IP fragments: of ${plural(worst.first, 'such datagram')} ${complete} was complete at ${worst.vantage.label}, and what is not complete is dropped. Firewalls often pass no fragment but the first.`,
    );
  }
  if (underlayMtu?.known === 'host-file') {
    said.push(`The underlay interface has an MTU of ${underlayMtu.bytes} bytes.`);
  }
  if (direction !== null) said.push(`The tunnel adds ${overhead} bytes to every packet.`);
  return said;
}

function remedies(subject: Case, addresses: readonly string[], mtu: number | null, isTunnelled: boolean): Remedy[] {
  if (mtu === null || mtu <= 0) {
    return [
      {
        text: `Find the largest size that passes, with 28 bytes of headers to be added to it, and give the overlay interfaces that MTU`,
        command: `ping -M do -c 3 -s 1372 ${addresses[1] ?? '<inner address>'}`,
        host: null,
      },
    ];
  }
  const remedy: Remedy[] = [];
  for (const facts of subject.hosts) {
    for (const device of facts.interfaces) {
      if (!addresses.some((address) => carries(device, address)) || (device.mtu !== null && device.mtu <= mtu))
        continue;
      remedy.push({
        text: `Give ${deviceName(device, facts.host)} an MTU of ${mtu}`,
        command: `${inNamespace(device.namespace)}ip link set dev ${shellWord(device.name)} mtu ${mtu}`,
        host: facts.host,
      });
    }
  }
  if (remedy.length === 0) {
    remedy.push({
      text: `Give the overlay interfaces of both ends an MTU of ${mtu}`,
      command: `ip link set dev <overlay interface> mtu ${mtu}`,
      host: null,
    });
  }
  if (isTunnelled) {
    remedy.push({
      text: `Or raise the MTU of the underlay, all the way, to at least what the overlay has and the tunnel's overhead`,
      command: null,
      host: null,
    });
  }
  return remedy;
}

/** Errors about tunnel packets where no followed flow shows the effect: it is large TCP segments, as a rule. */
function toldWithoutFlow(subject: Case, limits: readonly SizeLimit[]): Finding[] {
  const explained = new Set(limits.flatMap(({ tooBig }) => (tooBig === null ? [] : [tooBig.error.from])));
  const found = new Map<string, Finding>();
  for (const { error, vantage } of tooBigErrors(subject)) {
    if (!isAboutTunnel(error) || explained.has(error.from)) continue;
    const direction = subject.tunnels.find(
      ({ vni, port, source }) => vni === error.quotedVni && port === error.quotedDestinationPort && source === error.to,
    );
    if (direction === undefined) continue;
    const key = `${error.from} ${error.to} ${error.mtu}`;
    const evidence = {
      capture: vantage.label,
      frame: error.firstFrame,
      note: `${error.from} names an MTU of ${error.mtu}`,
    };
    const known = found.get(key);
    if (known !== undefined) {
      if (known.evidence.length < MOST_EVIDENCE) known.evidence.push(evidence);
      continue;
    }
    const mtu = error.mtu - OVERHEAD[direction.ipVersion];
    found.set(key, {
      code: 'mtu-black-hole',
      severity: 'error',
      confidence: 'certain',
      title: `${error.from} takes no tunnel packets of more than ${error.mtu} bytes from ${direction.source} to ${direction.destination}`,
      explanation: `It answered an encapsulated packet with an ICMP error that says so. The packet it quotes went from ${error.quotedSource} to ${error.quotedDestination} in VNI ${error.quotedVni} and is lost; whoever sent it is not told.`,
      subject: {
        source: error.quotedSource,
        destination: error.quotedDestination,
        vni: error.quotedVni,
        largestPassed: null,
        smallestFailed: null,
        underlayMtu: error.mtu,
        mtu,
      },
      evidence: [evidence],
      remedy: remedies(subject, [error.quotedSource, error.quotedDestination], mtu, true),
      causes: [],
    });
  }
  return [...found.values()];
}

/** Outer fragments that were complete where they were sent, and never where they arrive, with no flow to show the effect. */
function unfinished(subject: Case, limits: readonly SizeLimit[]): Finding[] {
  const index = directionIndex(subject);
  const explained = new Set(limits.map(({ direction }) => `${direction?.source} ${direction?.destination}`));
  const findings: Finding[] = [];
  for (const direction of subject.tunnels) {
    const { source, destination, vantage } = direction;
    const key = `${source} ${destination}`;
    if (explained.has(key) || index.standing(direction) !== 'receiver') continue;
    explained.add(key);
    const sights = fragmentsOf(subject, direction);
    const here = sights.find((sight) => sight.vantage === vantage);
    const there = sights.find((sight) => sight.vantage !== vantage && sight.whole > 1);
    // A capture filter on the UDP port hides later fragments, too: a warning at most.
    if (here === undefined || there === undefined || here.whole > 0 || here.first < 2) continue;
    const stated = hostMtu(subject, direction);
    const mtu = stated === null ? null : stated - OVERHEAD[direction.ipVersion];
    findings.push({
      code: 'mtu-black-hole',
      severity: 'warning',
      confidence: 'likely',
      title: `Of ${plural(there.first, 'tunnel packet')} sent in fragments from ${source} to ${destination}, none arrived complete at ${vantage.label}`,
      explanation: `At ${there.vantage.label} ${there.whole} of them ${there.whole === 1 ? 'was' : 'were'} complete. Either something on the way drops fragments, or the capture at ${vantage.label} was made with a filter on the UDP port, which later fragments do not have.`,
      subject: {
        source,
        destination,
        vni: direction.vni,
        largestPassed: null,
        smallestFailed: null,
        underlayMtu: stated,
        mtu,
      },
      evidence: [
        directionEvidence(direction, `the direction, ${plural(here.first, 'first fragment')} and ${here.later} later`),
        { capture: there.vantage.label, frame: there.firstFrame, note: `${there.whole} complete` },
      ],
      remedy: remedies(subject, innerEnds(subject, source, destination), mtu, true),
      causes: [],
    });
  }
  return findings;
}

/** Addresses on the overlay interfaces of the hosts that the tunnel joins. */
function innerEnds(subject: Case, ...ends: string[]): string[] {
  return ends.flatMap((end) =>
    (hostWith(subject, end)?.interfaces ?? [])
      .filter(({ vxlan }) => vxlan !== null)
      .flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  );
}
