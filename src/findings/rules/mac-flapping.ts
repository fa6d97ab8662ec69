/**
 * One inner MAC is sent from behind two tunnel ends in one VNI at the same time: the receiver's forwarding
 * entry flips between them with every frame.
 *
 * A MAC that moves once is a machine that moved. The MAC of a gateway that all ends share stands for
 * addresses that are not its own, so both ends must speak for an address with it.
 */
import { Double, FlowFlag, recordAt, Word } from '../../flow/flow-table.ts';
import { INITIAL_KEYS, KeyTable } from '../../flow/key-table.ts';
import { LinkView } from '../../flow/link.ts';
import type { Sighting } from '../../flow/sighting.ts';
import type { TunnelDirection } from '../../flow/tunnel-direction.ts';
import type { Vantage } from '../../flow/vantage.ts';
import type { Case } from '../case.ts';
import { directionIndex } from '../direction-index.ts';
import type { Finding } from '../finding.ts';
import type { Passages } from '../passages.ts';
import { inNamespace, shellWord } from '../shell.ts';
import { hostWith, vxlanDevices } from '../tunnel-device.ts';
import { listed } from '../wording.ts';

const MOST = 20;
const MOST_MACS = 10_000;
/** Sightings from which on there is room for as many MACs at once, so that their table need not grow. */
const MANY_SIGHTINGS = 4096;
const ROOM_FOR_MANY = 16_384;
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
  const { passages } = directionIndex(subject);
  const { flows, tunnels } = subject;
  for (const numbers of movingNumbers(passages, tunnels)) {
    let mac: Mac | null = null;
    for (const number of numbers) {
      const at = number >> 1;
      const sighting = passages.sightings[at];
      const flow = flows[passages.flowOf[at]];
      const isReply = (number & 1) === 1;
      const link = new LinkView(sighting);
      const direction = tunnels[isReply ? passages.replies[at] : passages.requests[at]];
      mac ??= newMac((isReply ? link.reply : link.request)!.source, direction);
      const address = isReply ? flow.destination : flow.source;
      addPlace(mac, sighting, address, direction, isReply ? link.firstReplyFrame : link.firstFrame);
    }
    if (mac !== null) yield mac;
  }
}

/**
 * By moving MAC, which sightings have it as the sender's: twice the sighting's number for its requests, and one more for
 * its replies.
 */
function movingNumbers(passages: Passages, tunnels: readonly TunnelDirection[]): number[][] {
  const macs = new SentMacs(passages.count, tunnels);
  const { sightings, requests, replies } = passages;
  for (let at = 0; at < passages.count; at++) {
    const request = requests[at];
    const reply = replies[at];
    if (request < 0 && reply < 0) continue;
    const sighting = sightings[at];
    const { words } = sighting.vantage.observations.flows;
    const record = recordAt(sighting.flow);
    const flags = words[record + Word.Flags];
    if (request >= 0 && (flags & FlowFlag.RequestMac) !== 0) {
      macs.add(2 * at, request, words[record + Word.RequestMacHigh] >>> 16, words[record + Word.RequestSourceLow]);
    }
    if (reply >= 0 && (flags & FlowFlag.ReplyMac) !== 0) {
      macs.add(2 * at + 1, reply, words[record + Word.ReplyMacHigh] >>> 16, words[record + Word.ReplySourceLow]);
    }
  }
  return macs.moving();
}

/** The MACs that were sent in each VNI at each capture, as plain numbers: there may be one for every flow. */
class SentMacs {
  private readonly tunnels: readonly TunnelDirection[];
  private readonly table: KeyTable;
  /** By MAC: the direction that it was sent in first, and 1 when it came from behind another end, too. */
  private readonly first = new Int32Array(MOST_MACS);
  private readonly moves = new Uint8Array(MOST_MACS);
  /** By number of what was sent: its MAC plus one, or 0. */
  private readonly macOf: Int32Array;

  constructor(sightings: number, tunnels: readonly TunnelDirection[]) {
    this.tunnels = tunnels;
    this.table = new KeyTable(MOST_MACS, sightings < MANY_SIGHTINGS ? INITIAL_KEYS : ROOM_FOR_MANY);
    this.macOf = new Int32Array(2 * sightings);
  }

  add(number: number, direction: number, high: number, low: number): void {
    const { tunnels, table, first } = this;
    const { vantage, vni, source } = tunnels[direction];
    const known = table.count;
    const mac = table.add(vantage.index, vni, high, low, 0);
    if (mac < 0) return;
    this.macOf[number] = mac + 1;
    if (mac === known) first[mac] = direction;
    else if (first[mac] !== direction && tunnels[first[mac]].source !== source) this.moves[mac] = 1;
  }

  /** The numbers of what was sent with each MAC that moves. */
  moving(): number[][] {
    const { macOf, moves } = this;
    const found = new Map<number, number[]>();
    for (let mac = 0; mac < this.table.count; mac++) if (moves[mac] === 1) found.set(mac, []);
    if (found.size > 0) {
      for (let number = 0; number < macOf.length; number++) {
        const mac = macOf[number] - 1;
        if (mac >= 0 && moves[mac] === 1) found.get(mac)!.push(number);
      }
    }
    return [...found.values()];
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
