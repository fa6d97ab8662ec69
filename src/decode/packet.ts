/**
 * The record that a frame is decoded into. It is reused for frame after frame: the decoder overwrites
 * it, a consumer copies what it wants to keep. All fields but the time are small integers, so that
 * storing them never allocates; offsets are positions in the slab the frame lies in.
 */

/** The layers that the decoder tells apart, in the order they are found in a frame. */
export enum Layer {
  Ethernet = 1,
  Vlan,
  Mpls,
  LinuxCooked,
  LinuxCookedV2,
  Loopback,
  Arp,
  Ipv4,
  Ipv6,
  Ipv6Extension,
  Udp,
  Tcp,
  Icmp,
  Icmpv6,
  Vxlan,
  VxlanGpe,
  Geneve,
  Gre,
  Dns,
}

/** How far the decoding came. */
export enum Outcome {
  /** All layers down to the payload. */
  Complete,
  /** A layer that is not decoded here; what stands above it is. */
  Unsupported,
  /** The bytes end early because the capture or a fragment holds no more of the packet. */
  Truncated,
  /** The bytes contradict themselves: a length that lies, a version that is wrong. */
  Malformed,
}

/** What the innermost packet is, as far as anything downstream cares. */
export enum Kind {
  Other,
  EchoRequest,
  EchoReply,
  ArpRequest,
  ArpReply,
  NeighborSolicitation,
  NeighborAdvertisement,
  /** An ICMP or ICMPv6 error that quotes a packet. */
  Error,
  Syn,
  SynAck,
  Reset,
  DnsQuery,
  DnsResponse,
  /** A fragment other than the first: no ports, no ICMP header. */
  LaterFragment,
}

/** Which encapsulation the innermost frame came in. */
export enum Tunnel {
  None,
  Vxlan,
  Geneve,
}

/** Most layers that are followed; a frame nested deeper is malformed. */
export const MAXIMUM_LAYERS = 40;

export class Packet {
  /** Of the record that held the frame, set by the reader's side: frame number from 1, and index of the interface. */
  frame = 0;
  channel = 0;
  /** Nanoseconds since the capture's epoch; NaN where the record has no valid time. */
  time = Number.NaN;
  /** Bytes of the frame on the wire. */
  original = 0;
  /** The frame ends early: cut by the snap length, or a fragment. What is missing is then nobody's fault. */
  isCut = false;

  kind: Kind = Kind.Other;

  outcome: Outcome = Outcome.Complete;
  /** For an outcome other than complete: the layer at fault, where it starts, the bytes it needs and has. */
  problemLayer = 0;
  problemAt = 0;
  needed = 0;
  available = 0;

  /** The layers found, outermost first: kinds, and where each header starts. */
  layerCount = 0;
  readonly layerKind = new Int32Array(MAXIMUM_LAYERS);
  readonly layerAt = new Int32Array(MAXIMUM_LAYERS);

  /** Start and captured end of the frame. */
  start = 0;
  end = 0;
  /** Linux cooked packet type (0 to us, 3 to another host, 4 sent by us); -1 where the link type has none. */
  packetType = -1;
  /** Interface index of a Linux cooked v2 record; 0 where there is none. */
  interfaceIndex = 0;

  tunnel: Tunnel = Tunnel.None;
  /** Tunnels around the innermost frame. */
  tunnelDepth = 0;
  /** VNI of the innermost tunnel; -1 outside any. */
  vni = -1;
  /** Where the tunnel header, its UDP and its IP header start; -1 outside any. */
  tunnelAt = -1;
  tunnelUdpAt = -1;
  tunnelIpAt = -1;
  tunnelIpVersion = 0;
  /** Destination port the tunnel was told by. */
  tunnelPort = 0;
  /** Where the outer UDP datagram ends in the slab; above `end` of the frame when it is cut. */
  tunnelDatagramEnd = 0;

  /** Innermost Ethernet header; -1 where there is none. */
  ethernetAt = -1;
  /** Innermost VLAN id; -1 for untagged. */
  vlan = -1;
  /** Innermost IP header; -1 where there is none. */
  ipAt = -1;
  ipVersion = 0;
  /** Protocol carried by the innermost IP header, behind its extension headers. */
  protocol = -1;
  /** Header of the innermost transport (ICMP, UDP, TCP), or of ARP; -1 where there is none. */
  transportAt = -1;
  /** End of the innermost packet by its own length. More than what was captured when the packet is cut. */
  payloadEnd = 0;
  /** True when all bytes up to `payloadEnd` are there and no fragment is missing: checksums can be verified. */
  whole = false;
  /** The innermost datagram is the first fragment of several. */
  firstFragment = false;
  /** An IP header around the tunnel, or the innermost one, says that it is a fragment. */
  outerFragment = false;
}

/** Forgets the frame before. The next one's bytes are those from `start` to `end`, of `original` on the wire. */
export function reset(packet: Packet, start: number, end: number, original: number): void {
  packet.original = original;
  packet.isCut = end - start < original;
  packet.kind = Kind.Other;
  packet.outcome = Outcome.Complete;
  packet.layerCount = 0;
  packet.start = start;
  packet.end = end;
  packet.packetType = -1;
  packet.interfaceIndex = 0;
  packet.tunnel = Tunnel.None;
  packet.tunnelDepth = 0;
  packet.vni = -1;
  packet.tunnelAt = -1;
  packet.tunnelUdpAt = -1;
  packet.tunnelIpAt = -1;
  packet.outerFragment = false;
  packet.payloadEnd = end;
  packet.whole = false;
  resetInnermost(packet);
}

/** Forgets what was the innermost packet until a tunnel was found. */
export function resetInnermost(packet: Packet): void {
  packet.ethernetAt = -1;
  packet.vlan = -1;
  packet.ipAt = -1;
  packet.ipVersion = 0;
  packet.protocol = -1;
  packet.transportAt = -1;
  packet.firstFragment = false;
}

/** Notes what stopped the decoding, unless something was noted before. */
export function note(
  packet: Packet,
  outcome: Outcome,
  layer: number,
  at: number,
  needed: number,
  available: number,
): void {
  if (packet.outcome !== Outcome.Complete) return;
  packet.outcome = outcome;
  packet.problemLayer = layer;
  packet.problemAt = at;
  packet.needed = needed;
  packet.available = available;
}

/** Notes a layer that needs more bytes than there are. */
export function short(packet: Packet, layer: Layer, at: number, needed: number, available: number): void {
  note(packet, packet.isCut ? Outcome.Truncated : Outcome.Malformed, layer, at, needed, available);
}

/** Notes a layer; false when there are more than are followed. */
export function push(packet: Packet, layer: Layer, at: number): boolean {
  const count = packet.layerCount;
  if (count === MAXIMUM_LAYERS) {
    note(packet, Outcome.Malformed, layer, at, 0, 0);
    return false;
  }
  packet.layerKind[count] = layer;
  packet.layerAt[count] = at;
  packet.layerCount = count + 1;
  return true;
}
