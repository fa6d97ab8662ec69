/**
 * An echo packet as the observer of echoes needs it: the key of its flow, its number, and hashes of the
 * bytes that no hop changes. Read from a glance or from a packet decoded in full, and reused; all
 * fields are small integers.
 */
import type { Glance } from '../decode/glance.ts';
import { Kind, type Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { icmp } from '../wire/icmp.ts';
import { ipv4, isMulticastOrBroadcast } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import type { AddressTable } from './address-table.ts';
import { finish, finishText, hash5, sum5, sumText } from './hash.ts';
import { IPV6, Protocol } from './observations.ts';
import { WAY_OF_GLANCE, wayOf } from './way.ts';

const REQUEST_SALT = 0x1b873593;
const REPLY_SALT = 0x6c62272e;
const VNI_FACTOR = 0x2545f491;

export class EchoPacket {
  /** Key of the flow, the same for requests and replies: `source` is the asker. */
  protocol = 0;
  vni = 0;
  source = 0;
  destination = 0;
  identifier = 0;
  /** Hash of that key. */
  flowHash = 0;
  sequence = 0;
  /** Length of the IP packet in bytes. */
  size = 0;
  /** Sent to more than one host. */
  isGroup = false;
  /** Checksum, and for IPv4 the identification << 16: tells a repeated packet from a new one with the same number. */
  fingerprint = 0;
  /** The packet's identity in every capture, as two hashes. */
  low = 0;
  high = 0;
  /** `high` with the VNI in it: the packet's identity within one overlay. */
  local = 0;
  /** Position among the echoes that are fetched together. */
  position = 0;
  /** The way it came; see `wayOf`. */
  way = 0;

  /** Reads a packet of the kind `EchoRequest` or `EchoReply` over IPv4. */
  readIpv4(packet: Packet, view: DataView): void {
    const { ipAt, transportAt, ethernetAt } = packet;
    const source = ipv4.source(view, ipAt);
    const destination = ipv4.destination(view, ipAt);
    this.protocol = Protocol.Echo;
    this.isGroup =
      isMulticastOrBroadcast(destination) ||
      (ethernetAt >= 0 && (ethernet.destinationHigh(view, ethernetAt) & 0x100) !== 0);
    this.fingerprint = icmp.checksum(view, transportAt) | (ipv4.identification(view, ipAt) << 16);
    this.readRest(packet, view, source, destination, source, destination);
  }

  /** Reads one over IPv6; false when an address finds no room. */
  readIpv6(packet: Packet, view: DataView, addresses: AddressTable): boolean {
    const { ipAt } = packet;
    const source = addresses.add(view, ipAt + ipv6.at.source);
    const destination = addresses.add(view, ipAt + ipv6.at.destination);
    if (source < 0 || destination < 0) return false;
    this.protocol = Protocol.Echo + IPV6;
    this.isGroup = view.getUint8(ipAt + ipv6.at.destination) === 0xff;
    this.fingerprint = icmp.checksum(view, packet.transportAt);
    this.readRest(packet, view, source, destination, addresses.hash(source), addresses.hash(destination));
    return true;
  }

  private readRest(
    packet: Packet,
    view: DataView,
    source: number,
    destination: number,
    sourceHash: number,
    destinationHash: number,
  ): void {
    const size = packet.payloadEnd - packet.ipAt;
    const idSequence = view.getInt32(packet.transportAt + icmp.at.identifier);
    this.way = wayOf(packet, view);
    this.identify(packet.kind, packet.vni, size, idSequence, source, destination, sourceHash, destinationHash);
  }

  private identify(
    kind: Kind,
    vni: number,
    size: number,
    idSequence: number,
    source: number,
    destination: number,
    sourceHash: number,
    destinationHash: number,
  ): void {
    const isRequest = kind === Kind.EchoRequest;
    const salt = isRequest ? REQUEST_SALT : REPLY_SALT;
    const asker = isRequest ? source : destination;
    const asked = isRequest ? destination : source;
    const identifier = idSequence >>> 16;
    const { fingerprint } = this;
    const high = sum5(fingerprint, idSequence, salt, sourceHash, destinationHash);
    this.vni = vni;
    this.size = size;
    this.source = asker;
    this.destination = asked;
    this.identifier = identifier;
    this.sequence = idSequence & 0xffff;
    this.flowHash = hash5(this.protocol, vni, asker, asked, identifier);
    this.low = finish(sum5(sourceHash, destinationHash, idSequence, fingerprint, salt));
    this.high = high;
    this.local = high ^ Math.imul(vni + 2, VNI_FACTOR);
  }
}

/** What `readIpv4` sets, from a glance `g`. */
const FROM_GLANCE: { readonly [Field in keyof EchoPacket]?: string } = {
  protocol: `${Protocol.Echo}`,
  vni: 'vni',
  source: 'source',
  destination: 'destination',
  identifier: 'identifier',
  flowHash: finishText(sumText(`${Protocol.Echo}`, 'vni', 'source', 'destination', 'identifier')),
  sequence: 'idSequence & 0xffff',
  size: 'g.size',
  isGroup: 'false',
  fingerprint: 'fingerprint',
  low: finishText(sumText('from', 'to', 'idSequence', 'fingerprint', 'salt')),
  high: 'high',
  local: `high ^ Math.imul(vni + 2, ${VNI_FACTOR})`,
  way: WAY_OF_GLANCE,
};

/**
 * Reads a glance at an echo on interface `channel`, as `readIpv4` reads a packet. All in one function
 * and without a branch, for it is done for every echo: requests and replies come in no order that a
 * processor could foresee.
 */
export const readGlance = new Function(
  'e',
  'g',
  'channel',
  `const isReply = ${Kind.EchoRequest} - g.kind;
  const { vni, idSequence, source: from, destination: to } = g;
  const fingerprint = g.checksum | (g.identification << 16);
  const identifier = idSequence >>> 16;
  const swapped = (from ^ to) & isReply;
  const source = from ^ swapped;
  const destination = to ^ swapped;
  const salt = ${REQUEST_SALT} ^ (${REQUEST_SALT ^ REPLY_SALT} & isReply);
  const high = ${sumText('fingerprint', 'idSequence', 'salt', 'from', 'to')};
  let h = 0;
  ${Object.entries(FROM_GLANCE)
    .map(([field, value]) => `e.${field} = ${value};`)
    .join('\n  ')}`,
) as (echo: EchoPacket, glance: Glance, channel: number) => void;
