/** Inner MACs: what frames carry for an address, what its owner has, and who claims it. */
import type { Evidence } from '../findings/finding.ts';
import { listed } from '../findings/wording.ts';
import type { LinkView } from '../flow/link.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Aligned } from './align.ts';
import { type Aspect, aspect, contrast, NOTHING } from './aspect.ts';
import { type Conversation, isResolution } from './conversations.ts';
import { frameOf, linkAt, lostFrame } from './evidence.ts';
import type { Pairing, Run } from './pairing.ts';

type Way = 'request' | 'reply';

/** The owner of an address at the end where it stands. */
interface Owned {
  macs: string[];
  /** `vxlan0 on podvm`; empty when unknown. */
  name: string;
  from: string;
  /** A MAC that is known not to be the owner's, where the analysis of the run alone found that. */
  contradicted: string | null;
}

export function compareMacs(pairing: Pairing): Aspect[] {
  return pairing.conversations.pairs
    .filter(({ bad }) => !isResolution(bad))
    .flatMap((pair) => [...macs(pairing, pair, 'request'), ...macs(pairing, pair, 'reply')]);
}

function macs(pairing: Pairing, pair: Aligned<Conversation>, way: Way): Aspect[] {
  const { good, bad } = pair;
  const place = lastCommon(pairing, pair, way);
  if (place === null) return [];
  const frames = { good: linkAt(good, place.good, has(way))![way]!, bad: linkAt(bad, place.bad, has(way))![way]! };
  const owners = { good: ownerOf(pairing.good, good, way), bad: ownerOf(pairing.bad, bad, way) };
  const address = (each: Conversation) => (way === 'request' ? each.destination : each.source);
  const isOneAddress = address(good) === address(bad);
  const isSame = frames.good.destination === frames.bad.destination;
  const wrong = {
    good: isWrong(owners.good, frames.good.destination),
    bad: isWrong(owners.bad, frames.bad.destination),
  };
  const isUnclear = wrong.bad === null && isOneAddress && !isSame;
  if (!(wrong.bad === true && wrong.good !== true) && !isUnclear) return [];
  const who = owners.bad.name === '' ? 'the owner of the address' : `${owners.bad.name}, which owns the address,`;
  const whose = way === 'request' ? 'Requests' : 'Replies';
  const carried = isSame
    ? `${whose} to ${address(bad)} carry destination MAC ${frames.bad.destination} in both runs`
    : `${whose} to ${address(bad)} carry destination MAC ${frames.bad.destination} in the bad run and ${frames.good.destination} in the good one`;
  const owned = isUnclear ? '' : `; ${who} ${ownerClause(owners.good.macs, owners.bad.macs)}`;
  const common = { scope: `${way} ${address(bad)} ${frames.bad.destination}` };
  const cell = ({ macs: own, from }: Owned) => (own.length === 0 ? 'not known' : `${own.join(', ')} (${from})`);
  return [
    aspect(
      'mac',
      { what: `destination MAC of ${whose.toLowerCase()}`, good: frames.good.destination, bad: frames.bad.destination },
      {
        ...common,
        sentence: carried + owned,
        differs: true,
        explains: pairing.troubled.has(bad),
        evidence: {
          good: carrying(frameOf(good, way, place.good), frames.good.destination),
          bad: carrying(
            (way === 'request' ? lostFrame(bad) : null) ?? frameOf(bad, way, place.bad),
            frames.bad.destination,
          ),
        },
      },
    ),
    aspect(
      'mac',
      { what: `MAC of the owner of ${address(bad)}`, good: cell(owners.good), bad: cell(owners.bad) },
      common,
    ),
  ];
}

function carrying(frame: Evidence | null, mac: string): Evidence | null {
  return frame === null ? null : { ...frame, note: `${frame.note}; destination MAC ${mac}` };
}

function ownerClause(good: readonly string[], bad: readonly string[]): string {
  if (bad.length === 0) return 'has another one in the bad run, as the kernel there tells';
  if (good.length === 0) return `has ${listed(bad)} in the bad run`;
  if (listed(good) === listed(bad)) return `has ${listed(bad)} in both runs`;
  return `has ${listed(bad)} in the bad run and ${listed(good)} in the good one`;
}

const has = (way: Way) => (link: LinkView) => link[way] !== null;

/** The last place on the way that saw MACs in both runs. */
function lastCommon({ counterpart }: Pairing, { good, bad }: Aligned<Conversation>, way: Way): Aligned<Vantage> | null {
  const order = way === 'request' ? [...bad.path].reverse() : bad.path;
  for (const vantage of order) {
    const other = counterpart(vantage);
    if (other === null || linkAt(bad, vantage, has(way)) === null || linkAt(good, other, has(way)) === null) continue;
    return { good: other, bad: vantage, by: 'name' };
  }
  return null;
}

/** True when none of the owner's MACs is on the frame; null when nobody knows the owner's. */
function isWrong({ macs: own, contradicted }: Owned, frameMac: string): boolean | null {
  if (contradicted === frameMac) return true;
  return own.length === 0 ? null : !own.includes(frameMac);
}

/** By the best source there is; failing all, the MAC by which the owner itself speaks in this conversation. */
export function ownerOf({ subject, report }: Run, conversation: Conversation, way: Way): Owned {
  const { path, destination, source, vni } = conversation;
  const address = way === 'request' ? destination : source;
  const end = way === 'request' ? path[path.length - 1] : path[0];
  const [only, ...others] = subject.owners.hostsOf(address);
  const host = end.host ?? (others.length === 0 ? (only ?? null) : null);
  const known = subject.owners.at(end, host, address, vni);
  const [best] = known;
  if (best !== undefined) {
    const macs = known.filter((owner) => owner.source === best.source).map((owner) => owner.mac);
    const name = best.interface === null ? '' : `${best.interface}${best.host === null ? '' : ` on ${best.host}`}`;
    return { macs: [...new Set(macs)], name, from: best.source.replace('-', ' '), contradicted: null };
  }
  const found = report.findings.find(
    (finding) => finding.code === 'inner-destination-mac-mismatch' && finding.subject['address'] === address,
  );
  if (found !== undefined) {
    const { ownerMac, frameMac, source: from } = found.subject;
    const macs = typeof ownerMac === 'string' ? [ownerMac] : [];
    return { macs, name: '', from: String(from).replace('-', ' '), contradicted: String(frameMac) };
  }
  const back: Way = way === 'request' ? 'reply' : 'request';
  const mac = linkAt(conversation, end, has(back))?.[back]?.source;
  return { macs: mac === undefined ? [] : [mac], name: '', from: 'its own frames', contradicted: null };
}

/** Inner time to live at places that stand for each other: another value is another way through the overlay. */
export function compareTimesToLive(pairing: Pairing): Aspect[] {
  return pairing.conversations.pairs
    .filter(({ bad }) => !isResolution(bad))
    .flatMap((pair) => [...timeToLive(pairing, pair, 'request'), ...timeToLive(pairing, pair, 'reply')]);
}

function timeToLive(pairing: Pairing, pair: Aligned<Conversation>, way: Way): Aspect[] {
  const { good, bad } = pair;
  const place = lastCommon(pairing, pair, way);
  if (place === null) return [];
  const value = (conversation: Conversation, at: Vantage): number => {
    const link = linkAt(conversation, at, has(way))!;
    return way === 'request' ? link.requestTimeToLive : link.replyTimeToLive;
  };
  const [a, b] = [value(good, place.good), value(bad, place.bad)];
  if (a === b) return [];
  const from = way === 'request' ? bad.source : bad.destination;
  const values = {
    what: `time to live of ${way === 'request' ? 'requests' : 'replies'} from ${from}`,
    good: String(a),
    bad: String(b),
  };
  const subject = `The time to live of ${way === 'request' ? 'requests' : 'replies'} from ${from} at ${place.bad.label}`;
  const evidence = { good: frameOf(good, way, place.good), bad: frameOf(bad, way, place.bad) };
  const scope = `${way} ${from}`;
  return [
    aspect('ttl', values, { scope, sentence: contrast(subject, values.good, values.bad), differs: true, evidence }),
  ];
}

/** Who claims an address by ARP or neighbour discovery, where that can explain anything. */
export function compareClaims({ good, bad, troubled, silent }: Pairing): Aspect[] {
  const claimed = { good: claims(good), bad: claims(bad) };
  return [...claimed.bad].flatMap(([address, own]) => {
    const before = claimed.good.get(address) ?? new Map<string, ClaimFrame>();
    const isShared = own.size > 1 && own.size > before.size;
    const isOther = silent.has(address) && before.size > 0 && [...own.keys()].every((mac) => !before.has(mac));
    if (!isShared && !isOther) return [];
    const cell = (macs: ReadonlyMap<string, ClaimFrame>) => (macs.size === 0 ? NOTHING : [...macs.keys()].join(', '));
    const inGood = before.size === 0 ? 'nobody does' : `${cell(before)} ${before.size > 1 ? 'do' : 'does'}`;
    const sentence = `${address} is claimed by ${listed([...own.keys()])} in the bad run; in the good one ${inGood}`;
    const other = [...own].find(([mac]) => !before.has(mac)) ?? [...own][0];
    const evidence = { good: claimFrame([...before][0]), bad: claimFrame(other) };
    const values = { what: `who claims ${address}`, good: cell(before), bad: cell(own) };
    return [
      aspect('claims', values, { scope: address, sentence, differs: true, explains: troubled.size > 0, evidence }),
    ];
  });
}

interface ClaimFrame {
  vantage: Vantage;
  firstFrame: number;
}

/** MACs by address, with the first frame of each. */
function claims({ subject }: Run): Map<string, Map<string, ClaimFrame>> {
  const addresses = new Map<string, Map<string, ClaimFrame>>();
  for (const { address, mac, source, vantage, firstFrame } of subject.owners.allClaims) {
    if (source === 'frame') continue;
    const macs = addresses.get(address) ?? new Map<string, ClaimFrame>();
    addresses.set(address, macs);
    if (!macs.has(mac)) macs.set(mac, { vantage, firstFrame });
  }
  return addresses;
}

function claimFrame(entry: [string, ClaimFrame] | undefined): Aspect['evidence']['good'] {
  if (entry === undefined) return null;
  const [mac, { vantage, firstFrame }] = entry;
  return { capture: vantage.label, frame: firstFrame, note: `${mac} claims the address` };
}
