/**
 * The way a packet came: interface, MACs, hops left and tunnel, as one hash.
 *
 * It is the same for a packet and its duplicate, and another one where the packet passes the next
 * device. As long as it does not change within a flow there is nothing new to note of its link layer.
 */
import type { Packet } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { DONT_FRAGMENT, ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { sum5 } from './hash.ts';

/** The way of a packet that was decoded in full. Never 0. */
export function wayOf(packet: Packet, view: DataView): number {
  const { ethernetAt: at, ipAt, ipVersion, tunnelIpAt } = packet;
  let hops = 0;
  if (ipVersion === 4) {
    hops = ipv4.timeToLive(view, ipAt) | (ipv4.flagsFragmentOffset(view, ipAt) & DONT_FRAGMENT);
  } else if (ipVersion === 6) {
    hops = ipv6.hopLimit(view, ipAt);
  }
  const isOverIpv4 = tunnelIpAt >= 0 && packet.tunnelIpVersion === 4;
  return way(
    at < 0 ? 0 : view.getInt32(at + ethernet.at.destinationHigh),
    at < 0 ? 0 : view.getInt32(at + ethernet.at.destinationHigh + 4),
    at < 0 ? 0 : view.getInt32(at + ethernet.at.destinationHigh + 8),
    hops,
    (packet.interfaceIndex << 10) ^ ((packet.packetType + 1) << 7) ^ (packet.tunnel << 5) ^ packet.tunnelDepth,
    isOverIpv4 ? ipv4.source(view, tunnelIpAt) : 0,
    isOverIpv4 ? ipv4.destination(view, tunnelIpAt) : 0,
    tunnelIpAt < 0 ? 0 : packet.tunnelPort,
    tunnelIpAt < 0 ? 0 : packet.vni,
    packet.channel,
  );
}

/** What the words of the innermost headers are multiplied by once more. */
export const WAY_FACTOR = 0x2545f491;

/** Of the innermost Ethernet and IP headers and the device; of the tunnel and the interface. */
function way(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
  i: number,
  j: number,
): number {
  return (Math.imul(sum5(a, b, c, d, e), WAY_FACTOR) + sum5(f, g, h, i, j)) | 0 || 1;
}
