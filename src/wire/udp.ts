/**
 * UDP, RFC 768.
 *
 *     |          Source Port          |       Destination Port        |
 *     |            Length             |           Checksum            |
 *
 * 8 bytes, big endian. The length counts the header; below 8 it is rejected, except 0, which stands
 * for a jumbogram (RFC 2675) or a datagram that the sender's card has still to cut. A checksum of 0
 * means that there is none: over IPv4 always, over IPv6 for tunnels (RFC 6935).
 *
 * tshark: udp.srcport udp.dstport udp.length udp.checksum udp.checksum.status
 */
import { header, u16 } from './layout.ts';

export const udp = header('udp', 8, [u16('sourcePort'), u16('destinationPort'), u16('length'), u16('checksum')]);
