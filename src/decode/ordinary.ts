/**
 * What an ordinary packet of an overlay is, which is taken in by the kernel.
 *
 * Most frames of an overlay are alike: Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4, and an echo or the middle of a
 * TCP connection; no tag, no option, no fragment, nothing cut short. In such a frame every field lies at a fixed
 * distance from its start.
 */
import { ethernet } from '../wire/ethernet.ts';
import { ipv4, PROTOCOL_ICMP } from '../wire/ipv4.ts';
import { udp } from '../wire/udp.ts';
import { vxlan } from '../wire/vxlan.ts';
import type { Packet } from './packet.ts';

/** What an ordinary packet is. */
export enum Ordinary {
  /** It is none. */
  No,
  EchoRequest,
  EchoReply,
  /** TCP that neither opens nor refuses a connection. */
  Tcp,
}

/** Where each header starts, behind the start of the frame. */
export const OUTER_IP = ethernet.size;
export const OUTER_UDP = OUTER_IP + ipv4.size;
export const VXLAN = OUTER_UDP + udp.size;
export const INNER_ETHERNET = VXLAN + vxlan.size;
export const INNER_IP = INNER_ETHERNET + ethernet.size;
export const TRANSPORT = INNER_IP + ipv4.size;

/**
 * Says in `packet` where the headers lie of an ordinary frame that starts at `start`: an outer IP packet of
 * `outerLength` bytes, and in it an inner one with ICMP, of `size` bytes.
 */
export function locate(packet: Packet, start: number, outerLength: number, size: number): void {
  packet.start = start;
  packet.end = start + OUTER_IP + outerLength;
  packet.tunnelIpAt = start + OUTER_IP;
  packet.tunnelIpVersion = 4;
  packet.tunnelUdpAt = start + OUTER_UDP;
  packet.tunnelDatagramEnd = packet.end;
  packet.outerFragment = false;
  packet.ipAt = start + INNER_IP;
  packet.ipVersion = 4;
  packet.protocol = PROTOCOL_ICMP;
  packet.transportAt = start + TRANSPORT;
  packet.payloadEnd = start + INNER_IP + size;
  packet.whole = true;
}
