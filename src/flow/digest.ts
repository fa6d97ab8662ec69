/**
 * What the observers need of an ordinary packet: the key of its flow, and hashes; a row of words for each packet. It
 * says the same as `EchoPacket` says of a packet that was decoded in full. The kernel makes the rows.
 */
import { Tunnel } from '../decode/packet.ts';

/** Words of a row, by position. Of a frame that is not ordinary only `Kind` and `FlowHash` are told. */
export enum Digest {
  /** An `Ordinary`. */
  Kind,
  /** Hash of its flow's key; 0 when it is of no flow. */
  FlowHash,
  /** Length of the outer IP packet in bytes; 0 outside any tunnel. */
  OuterLength,
  /** Where its innermost IP header, or its ARP packet, starts, in bytes from the start of the frame. */
  Ip,

  // of an echo, of DNS and of ARP: the key of its flow, the same for requests and replies
  Scope,
  Source,
  Destination,
  Identifier,
  /** What tells the messages of a flow apart: of an echo identifier << 16 | sequence number, of DNS the client's port << 16 | message id, of ARP nothing. */
  Message,
  /** Length of the inner IP packet in bytes; 0 of ARP. */
  Size,
  /** Of an echo: tells a repeated packet from a new one with the same number; see `EchoPacket`. 0 of others. */
  Fingerprint,
  /** The way it came; see `wayOf`. */
  Way,
}

/** Words of a row of TCP in a tunnel, in the places of an echo's: the rest of the tunnel direction's key, and its hash. */
export enum TcpDigest {
  Vni = 4,
  Port,
  OuterSource,
  OuterDestination,
  TunnelHash,
}

/** Words of a row of TCP over IPv4 outside any tunnel: its addresses, and the hash of both among the `Talkers`. */
export enum BareDigest {
  Source = 4,
  Destination,
  TalkerHash,
}

/** Words of a row. */
export const ROW_WORDS = 12;

/** First word of a tunnel direction's key, without its port: VXLAN over IPv4. */
export const VXLAN_OVER_IPV4 = (Tunnel.Vxlan << 24) | (4 << 16);
