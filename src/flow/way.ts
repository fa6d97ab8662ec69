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
import { sumText } from './hash.ts';

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

/** Text that gives the way, for a function that is put together as text; the words are those of `way`. */
export function wayText(inner: readonly string[], outer: readonly string[]): string {
  return `((Math.imul(${sumText(...inner)}, 0x2545f491) + ${sumText(...outer)} | 0) || 1)`;
}

const PARAMETERS: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
/** Of the innermost Ethernet and IP headers and the device; of the tunnel and the interface. */
const way = new Function(...PARAMETERS, `return ${wayText(PARAMETERS.slice(0, 5), PARAMETERS.slice(5))}`) as (
  ...words: number[]
) => number;
