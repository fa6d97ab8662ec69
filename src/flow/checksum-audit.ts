/**
 * Verifies checksums where all bytes are there: of every packet at the beginning of a capture, and of
 * a fixed share of the rest. Adding up every byte would cost more than everything else that is done.
 */
import type { Packet } from '../decode/packet.ts';
import { fold, ipv4HeaderValid, pseudoHeaderSum, transportValid } from '../wire/checksum.ts';
import { ipv4, PROTOCOL_UDP } from '../wire/ipv4.ts';
import { udp } from '../wire/udp.ts';
import type { Observations, PacketCounts } from './observations.ts';
import { TUNNEL_FIELDS, TunnelField } from './tunnel-table.ts';

/** Packets at the start of a capture that are all verified, and one in how many (a power of two) of the others. */
export const VERIFIED_FIRST = 16384;
export const VERIFIED_SHARE = 64;

/** Whether the checksums of this frame are verified. */
export function isChecksumDue(frame: number): boolean {
  return (frame & (VERIFIED_SHARE - 1)) === 0 || frame <= VERIFIED_FIRST;
}

export class ChecksumAudit {
  private readonly counts: PacketCounts;

  constructor(counts: PacketCounts) {
    this.counts = counts;
  }

  /** The outer UDP checksum. Zero means that there is none, over IPv6 too (RFC 6935). */
  verifyTunnel(observations: Observations, packet: Packet, view: DataView, tunnel: number, frame: number): void {
    if (tunnel < 0) return;
    const at = tunnel * TUNNEL_FIELDS;
    const { numbers } = observations.tunnels;
    const datagram = packet.tunnelUdpAt;
    const end = packet.tunnelDatagramEnd;
    const checksum = udp.checksum(view, datagram);
    if (checksum === 0) {
      numbers[at + TunnelField.NoChecksum]++;
      return;
    }
    if (packet.outerFragment || end > packet.end) return;
    const { tunnelIpAt: ip, tunnelIpVersion: version } = packet;
    this.counts.checksumsVerified++;
    if (transportValid(view, ip, version, PROTOCOL_UDP, datagram, end)) {
      numbers[at + TunnelField.ChecksumRight]++;
    } else if (checksum === fold(pseudoHeaderSum(view, ip, version, PROTOCOL_UDP, end - datagram))) {
      numbers[at + TunnelField.ChecksumOffloaded]++;
    } else {
      this.counts.checksumsWrong++;
      if (numbers[at + TunnelField.ChecksumWrong]++ === 0) numbers[at + TunnelField.FirstWrongFrame] = frame;
    }
  }

  /** The checksum of an innermost ICMP or ICMPv6 message, and the header checksum of its IPv4 packet. */
  verifyInnermost(packet: Packet, view: DataView): void {
    if (!packet.whole) return;
    const { ipAt: ip, ipVersion: version } = packet;
    this.counts.checksumsVerified++;
    const headerRight = version === 6 || ipv4HeaderValid(view, ip, (ipv4.versionIhl(view, ip) & 15) << 2);
    const right =
      headerRight && transportValid(view, ip, version, packet.protocol, packet.transportAt, packet.payloadEnd);
    if (!right) this.counts.checksumsWrong++;
  }
}
