/** Outer packets by direction: VNI, UDP port, ends, checksums, reserved bits, time to live, and the errors they meet. */
import { errorName } from '../findings/icmp-names.ts';
import { quotedTunnels } from '../findings/quoted-tunnels.ts';
import type { QuotedError } from '../flow/error-table.ts';
import { LinkView } from '../flow/link.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { ComparedValue, Difference, DifferenceKind } from '../report/comparison.ts';
import { count, counted } from '../report/phrases.ts';
import { type Aligned, type Alignment, align } from './align.ts';
import { type Aspect, aspect, contrast, NOTHING } from './aspect.ts';
import type { Conversation } from './conversations.ts';
import type { Pairing, Run } from './pairing.ts';

/** All tunnel packets from one end to another, as every capture saw them. */
export interface Direction {
  source: string;
  destination: string;
  seen: TunnelDirection[];
  /** Capture nearest to the receiving end; null when none can be told to be. */
  receiver: Vantage | null;
}

export function compareTunnels(pairing: Pairing): Aspect[] {
  const aligned = alignDirections(pairing);
  return [
    ...aligned.pairs.flatMap((pair) => direction(pairing, pair)),
    ...further(pairing, aligned),
    ...errors(pairing),
  ];
}

function directions(run: Run): Direction[] {
  const byEnds = new Map<string, Direction>();
  const receivers = receiversByFlow(run);
  for (const tunnel of run.subject.tunnels) {
    const { source, destination, vantage } = tunnel;
    const key = `${source} ${destination}`;
    const own = byEnds.get(key) ?? { source, destination, seen: [], receiver: receivers.get(key) ?? null };
    byEnds.set(key, own);
    own.seen.push(tunnel);
    if (vantage.host !== null && run.subject.owners.owns(vantage.host, destination)) own.receiver = vantage;
  }
  return [...byEnds.values()];
}

/** The tunnel directions of each capture, by their number in its table. */
function tunnelRows({ subject }: Run): Map<Vantage, TunnelDirection[]> {
  const rows = new Map<Vantage, TunnelDirection[]>(subject.vantages.map((vantage) => [vantage, []]));
  for (const tunnel of subject.tunnels) rows.get(tunnel.vantage)!.push(tunnel);
  return rows;
}

/** Where a request was seen encapsulated twice, the second place is nearer to who receives it. */
function receiversByFlow(run: Run): Map<string, Vantage> {
  const receivers = new Map<string, Vantage>();
  const rows = tunnelRows(run);
  for (const { path, sightings } of run.subject.flows) {
    const outer = path.filter(({ kind }) => kind === 'underlay');
    if (outer.length < 2) continue;
    for (const sighting of sightings) {
      const { requestTunnel, replyTunnel } = new LinkView(sighting);
      const own = rows.get(sighting.vantage)!;
      const ends = (row: number): string => `${own[row].source} ${own[row].destination}`;
      if (requestTunnel >= 0 && sighting.vantage === outer[outer.length - 1]) {
        receivers.set(ends(requestTunnel), sighting.vantage);
      }
      if (replyTunnel >= 0 && sighting.vantage === outer[0]) receivers.set(ends(replyTunnel), sighting.vantage);
    }
  }
  return receivers;
}

/** What aligned conversations say through a direction: `3 request` for requests of the fourth. */
function parts(run: Run, list: readonly Conversation[]): Map<string, string> {
  const roles = new Map<string, string>();
  const rows = tunnelRows(run);
  for (const [index, { flows }] of list.entries()) {
    for (const sighting of flows.flatMap(({ sightings }) => sightings)) {
      const { requestTunnel, replyTunnel } = new LinkView(sighting);
      const ends = (row: number): string =>
        `${rows.get(sighting.vantage)![row].source} ${rows.get(sighting.vantage)![row].destination}`;
      if (requestTunnel >= 0 && !roles.has(ends(requestTunnel))) roles.set(ends(requestTunnel), `${index} request`);
      if (replyTunnel >= 0 && !roles.has(ends(replyTunnel))) roles.set(ends(replyTunnel), `${index} reply`);
    }
  }
  return roles;
}

/** Directions by their ends, else by what goes through them. */
export function alignDirections(pairing: Pairing): Alignment<Direction> {
  const [good, bad] = [directions(pairing.good), directions(pairing.bad)];
  const { pairs } = pairing.conversations;
  const roles = {
    good: parts(
      pairing.good,
      pairs.map((each) => each.good),
    ),
    bad: parts(
      pairing.bad,
      pairs.map((each) => each.bad),
    ),
  };
  const known = new Set(good.flatMap(({ source, destination }) => [source, destination]));
  const admits = (a: Direction, b: Direction): boolean =>
    (a.source === b.source || !known.has(b.source)) && (a.destination === b.destination || !known.has(b.destination));
  return align(good, bad, [
    { by: 'name', key: ({ source, destination }) => `${source} ${destination}` },
    { by: 'role', key: ({ source, destination }, side) => roles[side].get(`${source} ${destination}`) ?? null, admits },
    { by: 'role', key: ({ destination }) => destination, admits },
    { by: 'role', key: ({ source }) => source, admits },
    { by: 'role', key: () => '', admits },
  ]);
}

function direction({ troubled, counterpart }: Pairing, { good, bad, by }: Aligned<Direction>): Aspect[] {
  const way = `${bad.source} → ${bad.destination}`;
  const spoken = `from ${bad.source} to ${bad.destination}`;
  const evidence = { good: frame(good), bad: frame(bad) };
  const isTrouble = troubled.size > 0;
  const compared = (kind: DifferenceKind, what: string, subject: string, a: string, b: string): Aspect =>
    aspect(
      kind,
      { what: `${what}, ${way}`, good: a, bad: b },
      { differs: a !== b, explains: a !== b && isTrouble, sentence: contrast(`${subject} ${spoken}`, a, b), evidence },
    );
  const ends = ({ source, destination }: Direction) => `${source} → ${destination}`;
  const sentence = `Tunnel packets go from ${bad.source} to ${bad.destination} in the bad run and from ${good.source} to ${good.destination} in the good one`;
  return [
    compared('vni', 'VNI', 'The VNI', values(good, 'vni'), values(bad, 'vni')),
    compared('port', 'UDP port', 'The UDP port', values(good, 'port'), values(bad, 'port')),
    compared(
      'endpoints',
      'encapsulation',
      'The encapsulation',
      values(good, 'encapsulation'),
      values(bad, 'encapsulation'),
    ),
    aspect(
      'endpoints',
      { what: 'tunnel packets', good: ends(good), bad: ends(bad) },
      { differs: by === 'role', explains: by === 'role' && isTrouble, sentence, evidence },
    ),
    compared('reserved-bits', 'VXLAN flags and reserved bits', 'The VXLAN header', flags(good), flags(bad)),
    ...checksums(good, bad, way, spoken, isTrouble),
    ...timesToLive(good, bad, way, counterpart),
  ];
}

function values({ seen }: Direction, field: 'vni' | 'port' | 'encapsulation'): string {
  return [...new Set(seen.map((each) => each[field]))].sort().join(', ');
}

function frame({ seen: [{ vantage, firstFrame, vni, port, source, destination }] }: Direction) {
  return {
    capture: vantage.label,
    frame: firstFrame,
    note: `VNI ${vni}, UDP port ${port}, ${source} → ${destination}`,
  };
}

function flags({ seen }: Direction): string {
  const odd = seen.find(({ oddHeaders }) => oddHeaders.count > 0)?.oddHeaders;
  if (odd === undefined) return 'as in RFC 7348';
  const hex = (value: number) => `0x${(value >>> 0).toString(16).padStart(2, '0')}`;
  return `flags ${hex(odd.flags)}, reserved ${hex(odd.reserved)}`;
}

/** Outer checksums as received: at the sender's own interface a wrong one is only left to the network card. */
function checksums(good: Direction, bad: Direction, way: string, spoken: string, isTrouble: boolean): Aspect[] {
  const before = checksum(good);
  const after = checksum(bad);
  if (before === null || after === null) return [];
  const differs = before.state !== after.state && before.state !== 'wrong';
  const explains = differs && isTrouble && after.state === 'wrong';
  const evidence = { good: frame(good), bad: after.evidence ?? frame(bad) };
  const values: ComparedValue = { what: `outer UDP checksum, ${way}`, good: before.text, bad: after.text };
  const sentence = contrast(`The outer UDP checksum ${spoken}`, before.text, after.text);
  return [aspect('checksum', values, { differs, explains, sentence, evidence })];
}

function checksum({
  seen,
  receiver,
}: Direction): { state: string; text: string; evidence: Difference['evidence']['bad'] } | null {
  const own = seen.filter(({ vantage }) => vantage === receiver);
  if (own.length === 0) return null;
  const sum = (value: (each: TunnelDirection['checksums']) => number) =>
    own.reduce((total, { checksums: each }) => total + value(each), 0);
  const [none, wrong] = [sum((each) => each.none), sum((each) => each.wrong)];
  const all = none + wrong + sum((each) => each.right + each.offloaded);
  if (all === 0) return null;
  if (wrong > 0) {
    const first = own.find(({ checksums: each }) => each.wrong > 0)!;
    const note = 'outer UDP checksum present and wrong, as received';
    const evidence = { capture: first.vantage.label, frame: first.checksums.firstWrongFrame, note };
    return { state: 'wrong', text: `wrong in ${count(wrong)} of ${count(all)}`, evidence };
  }
  if (none === all) return { state: 'zero', text: 'zero', evidence: null };
  if (none > 0) return { state: 'both', text: `zero in ${count(none)} of ${count(all)}`, evidence: null };
  return { state: 'present', text: 'present and right', evidence: null };
}

/** At places that stand for each other: another value is another way through the underlay. */
function timesToLive(good: Direction, bad: Direction, way: string, counterpart: Pairing['counterpart']): Aspect[] {
  return bad.seen.flatMap((tunnel) => {
    const place = counterpart(tunnel.vantage);
    const other = good.seen.find(({ vantage }) => vantage === place);
    if (other === undefined || other.timeToLive === tunnel.timeToLive) return [];
    const what = `outer time to live, ${way}, at ${tunnel.vantage.label}`;
    const [a, b] = [String(other.timeToLive), String(tunnel.timeToLive)];
    const evidence = { good: frame({ ...good, seen: [other] }), bad: frame({ ...bad, seen: [tunnel] }) };
    const sentence = contrast(`The outer time to live from ${way.replace('→', 'to')} at ${tunnel.vantage.label}`, a, b);
    return [aspect('ttl', { what, good: a, bad: b }, { differs: true, sentence, evidence })];
  });
}

/** Ends that only the bad run has, in a VNI and with a partner that both runs have. */
function further({ troubled }: Pairing, { pairs, onlyGood, onlyBad }: Alignment<Direction>): Aspect[] {
  const vnis = new Set(pairs.flatMap(({ bad }) => bad.seen.map(({ vni }) => vni)));
  const ends = new Set(pairs.flatMap(({ bad }) => [bad.source, bad.destination]));
  const known = new Set(
    [...pairs.map(({ good }) => good), ...onlyGood].flatMap((own) => [own.source, own.destination]),
  );
  return onlyBad
    .filter(({ seen }) => seen.some(({ vni }) => vnis.has(vni)))
    .filter(({ source, destination }) => ends.has(source) || ends.has(destination))
    .filter(({ source, destination }) => !known.has(source) || !known.has(destination))
    .map((own) => {
      const sentence = `Tunnel packets from ${own.source} to ${own.destination} in VNI ${values(own, 'vni')} are in the bad run only`;
      return aspect(
        'endpoints',
        { what: 'tunnel packets', good: NOTHING, bad: `${own.source} → ${own.destination}` },
        { sentence, differs: true, explains: troubled.size > 0, evidence: { good: null, bad: frame(own) } },
      );
    });
}

/** ICMP errors that only the bad run has, by who sent them and what they say. */
function errors({ good, bad, troubled }: Pairing): Aspect[] {
  const known = new Set(quotedErrors(good).map(({ key }) => key));
  const seen = new Set<string>();
  return quotedErrors(bad).flatMap(({ key, vantage, error, isTunnel }) => {
    if (known.has(key) || seen.has(key)) return [];
    seen.add(key);
    const name = errorName(error.ipVersion, error.type, error.code);
    const isTooBig = error.ipVersion === 6 ? error.type === 2 : error.type === 3 && error.code === 4;
    const isPort = isTunnel && (error.ipVersion === 6 ? error.code === 4 : error.code === 3);
    const about = isPort ? ` about tunnel packets to UDP port ${error.quotedDestinationPort}` : '';
    const mtu = error.mtu > 0 ? `, MTU ${error.mtu}` : '';
    const kind = isTooBig ? 'mtu' : isPort ? 'port' : 'icmp-error';
    const sentence = `${error.from} sends "${name}"${about}${mtu} in the bad run only`;
    const note = `${name}, quotes a packet from ${error.quotedSource} to ${error.quotedDestination}`;
    const evidence = { good: null, bad: { capture: vantage.label, frame: error.firstFrame, note } };
    const values = {
      what: `"${name}" from ${error.from}`,
      good: NOTHING,
      bad: `${counted(error.count, 'message')}${about}${mtu}`,
    };
    return [aspect(kind, values, { sentence, differs: true, explains: troubled.size > 0, evidence })];
  });
}

/** Those about tunnel packets by their port, too; a probe's ports are others each time. */
function quotedErrors({ subject }: Run) {
  const tunnels = quotedTunnels(subject);
  return subject.vantages.flatMap((vantage) => {
    const found = new Map<string, { key: string; vantage: Vantage; error: QuotedError; isTunnel: boolean }>();
    for (const error of vantage.observations.errors.errors) {
      const isTunnel = tunnels.has(error);
      const about = isTunnel ? error.quotedDestinationPort : 'others';
      const key = `${error.ipVersion} ${error.type} ${error.code} ${error.from} ${about}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { key, vantage, error: { ...error }, isTunnel });
      else known.error.count += error.count;
    }
    return [...found.values()];
  });
}
