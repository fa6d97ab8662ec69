/**
 * One inner MAC is sent from behind two tunnel ends in one VNI at the same time: the receiver's forwarding
 * entry flips between them with every frame.
 *
 * A MAC that moves once is a machine that moved. The MAC of a gateway that all ends share stands for
 * addresses that are not its own, so both ends must speak for an address with it.
 */
import { Double, FlowFlag, Word } from '../../flow/flow-table.ts';
import { Grouping } from '../../flow/grouping.ts';
import type { JoinedFlow } from '../../flow/joined-flow.ts';
import { LinkView } from '../../flow/link.ts';
import type { Sighting } from '../../flow/sighting.ts';
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import { directionIndex } from '../direction-index.ts';
import type { Finding } from '../finding.ts';
import { inNamespace, shellWord } from '../shell.ts';
import { hostWith, vxlanDevices } from '../tunnel-device.ts';
import { listed } from '../wording.ts';

const MOST = 20;
const MOST_MACS = 10_000;
/** A MAC behind more ends than these is one that all share. */
const MOST_PLACES = 16;

/** What was sent with one MAC from behind one tunnel end. */
interface Place {
  end: string;
  addresses: Set<string>;
  frame: number;
  first: number;
  last: number;
}

interface Mac {
  mac: string;
  vni: number;
  vantage: Vantage;
  receiver: string;
  places: Map<string, Place>;
}

export function macFlapping(subject: Case): Finding[] {
  const findings = new Map<string, Finding>();
  for (const mac of movingMacs(subject)) {
    const places = [...mac.places.values()].filter((place) => speaksForItself(subject, mac, place));
    const flipping = places.filter((place) => places.some((other) => other !== place && overlap(place, other)));
    const key = `${mac.vni} ${mac.mac}`;
    if (flipping.length > 1 && !findings.has(key)) findings.set(key, describe(subject, mac, flipping));
    if (findings.size === MOST) break;
  }
  return [...findings.values()];
}

/** The MACs that were sent from behind more than one tunnel end, in the order in which they were seen first. */
function* movingMacs(subject: Case): Generator<Mac> {
  const index = directionIndex(subject);
  const sent: Sighting[] = [];
  const flowsOf: JoinedFlow[] = [];
  for (const flow of subject.flows) {
    for (const sighting of flow.sightings) {
      sent.push(sighting);
      flowsOf.push(flow);
    }
  }
  // Requests that a capture saw of a flow have even numbers, the replies odd ones.
  const macs = new Grouping(2 * sent.length);
  /** By MAC: the direction that it was sent in first, and whether it came from behind another end, too. */
  const first: TunnelDirection[] = [];
  const moves: boolean[] = [];
  const add = (number: number, direction: TunnelDirection, high: number, low: number): void => {
    const { vantage, vni } = direction;
    if (macs.count === MOST_MACS && macs.find(vantage.index, vni, high, low, 0) < 0) return;
    const mac = macs.add(number, vantage.index, vni, high, low, 0);
    if (mac === first.length) {
      first.push(direction);
      moves.push(false);
    } else if (first[mac] !== direction && first[mac].source !== direction.source) {
      moves[mac] = true;
    }
  };
  for (const [number, sighting] of sent.entries()) {
    const request = index.ofRequests(sighting);
    const reply = index.ofReplies(sighting);
    const { flows } = sighting.vantage.observations;
    flows.select(sighting.flow);
    const { words, word } = flows;
    const flags = words[word + Word.Flags];
    if (request !== null && (flags & FlowFlag.RequestMac) !== 0) {
      add(2 * number, request, words[word + Word.RequestMacHigh] >>> 16, words[word + Word.RequestSourceLow]);
    }
    if (reply !== null && (flags & FlowFlag.ReplyMac) !== 0) {
      add(2 * number + 1, reply, words[word + Word.ReplyMacHigh] >>> 16, words[word + Word.ReplySourceLow]);
    }
  }
  for (const [group, isMoving] of moves.entries()) {
    if (!isMoving) continue;
    let mac: Mac | null = null;
    for (let number = macs.first(group); number >= 0; number = macs.after(number)) {
      const sighting = sent[number >> 1];
      const flow = flowsOf[number >> 1];
      const isReply = (number & 1) === 1;
      const link = new LinkView(sighting);
      const direction = (isReply ? index.ofReplies(sighting) : index.ofRequests(sighting))!;
      mac ??= newMac((isReply ? link.reply : link.request)!.source, direction);
      const address = isReply ? flow.destination : flow.source;
      addPlace(mac, sighting, address, direction, isReply ? link.firstReplyFrame : link.firstFrame);
    }
    if (mac !== null) yield mac;
  }
}

function newMac(mac: string, { vni, vantage, destination }: TunnelDirection): Mac {
  return { mac, vni, vantage, receiver: destination, places: new Map() };
}

function addPlace(
  { places }: Mac,
  sighting: Sighting,
  address: string,
  direction: TunnelDirection,
  frame: number,
): void {
  const first = sighting.double(Double.FirstTime);
  const last = sighting.double(Double.LastTime);
  const place = places.get(direction.source);
  if (place === undefined) {
    if (places.size >= MOST_PLACES) return;
    places.set(direction.source, { end: direction.source, addresses: new Set([address]), frame, first, last });
    return;
  }
  place.addresses.add(address);
  place.first = Math.min(place.first, first);
  place.last = Math.max(place.last, last);
}

/** True when the MAC stands for the very addresses that are sent with it: both ends use one of them, or ARP says so. */
function speaksForItself(subject: Case, { mac, places }: Mac, place: Place): boolean {
  const others = [...places.values()].filter((other) => other !== place);
  return [...place.addresses].some(
    (address) =>
      others.some((other) => other.addresses.has(address)) ||
      subject.owners.claimsOf(address).some((claim) => claim.mac === mac),
  );
}

function overlap(a: Place, b: Place): boolean {
  return Math.max(a.first, b.first) < Math.min(a.last, b.last);
}

function describe(subject: Case, { mac, vni, vantage, receiver }: Mac, places: readonly Place[]): Finding {
  const ends = places.map(({ end }) => end).sort();
  const addresses = [...new Set(places.flatMap((place) => [...place.addresses]))].sort();
  const facts = hostWith(subject, receiver);
  const device = facts === null ? undefined : vxlanDevices(facts)?.find(({ vxlan }) => vxlan.vni === vni);
  const prefix = inNamespace(device?.namespace ?? null);
  return {
    code: 'mac-flapping',
    severity: 'warning',
    confidence: 'certain',
    title: `${mac} sends from behind ${listed(ends)} in VNI ${vni} at the same time`,
    explanation:
      `${listed(addresses)} ${addresses.length === 1 ? 'is' : 'are'} sent with this MAC from behind more than one tunnel end. ` +
      'A receiver remembers one end for each MAC, the last that it heard, so what it sends goes now to the one and now to the other. ' +
      'A cloned machine that kept its MAC, two tunnels with the same VNI, or a loop does this; ends that share a machine on purpose (multihoming) do it, too.',
    subject: { mac, vni, ends: ends.join(' '), addresses: addresses.join(' ') },
    evidence: places.map(({ end, frame }) => ({ capture: vantage.label, frame, note: `${mac} from behind ${end}` })),
    remedy: [
      {
        text: `See where ${mac} is expected`,
        command:
          device === undefined
            ? `bridge fdb show | grep -i ${mac}`
            : `${prefix}bridge fdb show dev ${shellWord(device.name)} | grep -i ${mac}`,
        host: facts?.host ?? null,
      },
      {
        text: `Give the clone behind one of ${listed(ends)} a MAC, an address and a VNI of its own`,
        command: null,
        host: null,
      },
    ],
    causes: [],
  };
}
