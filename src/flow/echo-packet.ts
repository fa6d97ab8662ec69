/**
 * An echo packet as the observer of echoes needs it: the key of its flow, its number, and hashes of the
 * bytes that no hop changes. Read from a packet decoded in full, and reused; all fields are small integers.
 */
import { Kind, type Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { icmp } from '../wire/icmp.ts';
import { ipv4, isMulticastOrBroadcast } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import type { AddressTable } from './address-table.ts';
import { identityHigh, identityLow, localIdentity } from './identity.ts';
import { IPV6, Protocol } from './observations.ts';
import { wayOf } from './way.ts';

export class EchoPacket {
  /** Key of the flow, the same for requests and replies: `source` is the asker. */
  protocol = 0;
  vni = 0;
  source = 0;
  destination = 0;
  identifier = 0;
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
    const asker = isRequest ? source : destination;
    const asked = isRequest ? destination : source;
    const { fingerprint } = this;
    this.vni = vni;
    this.size = size;
    this.source = asker;
    this.destination = asked;
    this.identifier = idSequence >>> 16;
    this.sequence = idSequence & 0xffff;
    this.low = identityLow(fingerprint, idSequence, isRequest, sourceHash, destinationHash);
    this.high = identityHigh(fingerprint, idSequence, isRequest, sourceHash, destinationHash);
    this.local = localIdentity(this.high, vni);
  }
}
