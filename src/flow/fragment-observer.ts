/** IP fragments of the innermost packet, and of the outer packet that a tunnel came in. */
import type { Packet } from '../decode/packet.ts';
import { FRAGMENT_OFFSET, ipv4, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { FRAGMENT, ipv6, ipv6Fragment } from '../wire/ipv6.ts';
import type { Observations } from './observations.ts';

/** A fragment of the innermost IP packet, first or later. */
export function observeFragment(observations: Observations, packet: Packet, view: DataView, frame: number): void {
  add(observations, packet.ipVersion, packet.ipAt, -1, view, frame);
}

/** The first fragment of an outer packet; `packet` is decoded into the tunnel. */
export function observeTunnelFragment(observations: Observations, packet: Packet, view: DataView, frame: number): void {
  add(observations, packet.tunnelIpVersion, packet.tunnelIpAt, packet.vni, view, frame);
}

function add(
  observations: Observations,
  version: number,
  ip: number,
  vni: number,
  view: DataView,
  frame: number,
): void {
  const { fragments, addresses } = observations;
  if (version === 4) {
    const headerLength = (ipv4.versionIhl(view, ip) & 15) << 2;
    const flagsOffset = ipv4.flagsFragmentOffset(view, ip);
    fragments.add(
      4,
      ipv4.source(view, ip),
      ipv4.destination(view, ip),
      ipv4.identification(view, ip),
      (flagsOffset & FRAGMENT_OFFSET) << 3,
      ipv4.totalLength(view, ip) - headerLength,
      (flagsOffset & MORE_FRAGMENTS) !== 0,
      vni,
      frame,
    );
    return;
  }
  // Only a fragment header right behind the fixed header is followed: nobody sends another order.
  const nextHeader = ipv6.nextHeader(view, ip);
  if (nextHeader !== FRAGMENT) return;
  const at = ip + ipv6.size;
  const offsetFlags = ipv6Fragment.offsetFlags(view, at);
  const source = addresses.add(view, ip + ipv6.at.source);
  const destination = addresses.add(view, ip + ipv6.at.destination);
  if (source < 0 || destination < 0) return;
  fragments.add(
    6,
    source,
    destination,
    ipv6Fragment.identification(view, at),
    offsetFlags & 0xfff8,
    ipv6.payloadLength(view, ip) - ipv6Fragment.size,
    (offsetFlags & 1) !== 0,
    vni,
    frame,
  );
}
