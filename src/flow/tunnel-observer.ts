/** Tunnel packets by direction: the outer header of every encapsulated packet. */
import { type Packet, Tunnel } from '../decode/packet.ts';
import { ethernet } from '../wire/ethernet.ts';
import { ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { FLAG_VNI, vxlan } from '../wire/vxlan.ts';
import type { Observations } from './observations.ts';
import { TUNNEL_FIELDS, TunnelField } from './tunnel-table.ts';

/** Counts the packet for its tunnel direction; returns that direction's number in the tunnel table, -1 where there was no room. */
export function observeTunnel(observations: Observations, packet: Packet, view: DataView): number {
  const { tunnels, addresses } = observations;
  const ip = packet.tunnelIpAt;
  if (ip < 0) return -1;
  const isIpv4 = packet.tunnelIpVersion === 4;
  const source = isIpv4 ? ipv4.source(view, ip) : addresses.add(view, ip + ipv6.at.source);
  const destination = isIpv4 ? ipv4.destination(view, ip) : addresses.add(view, ip + ipv6.at.destination);
  if (!isIpv4 && (source < 0 || destination < 0)) return -1;
  const what = (packet.tunnel << 24) | (packet.tunnelIpVersion << 16) | packet.tunnelPort;
  const index = tunnels.add(what, packet.vni, source, destination);
  if (index < 0) return -1;
  const at = index * TUNNEL_FIELDS;
  const { numbers } = tunnels;
  const length = packet.tunnelDatagramEnd - ip;
  if (numbers[at + TunnelField.Packets]++ === 0) {
    numbers[at + TunnelField.FirstFrame] = packet.frame;
    numbers[at + TunnelField.FirstTime] = packet.time;
    const hops = isIpv4 ? ipv4.timeToLive(view, ip) : ipv6.hopLimit(view, ip);
    numbers[at + TunnelField.TimeToLive] = hops;
    noteOuterMacs(packet, view, numbers, at);
  }
  numbers[at + TunnelField.Bytes] += length;
  numbers[at + TunnelField.LastTime] = packet.time;
  if (length > numbers[at + TunnelField.LargestPacket]) numbers[at + TunnelField.LargestPacket] = length;
  if (packet.packetType >= 0) numbers[at + TunnelField.PacketTypes] |= 1 << (packet.packetType & 7);
  if (packet.tunnel !== Tunnel.Vxlan) return index;
  const header = packet.tunnelAt;
  const flags = vxlan.flags(view, header);
  const reserved = vxlan.reserved1(view, header);
  if (flags === FLAG_VNI && reserved === 0 && vxlan.reserved2(view, header) === 0) return index;
  if (numbers[at + TunnelField.OddHeader]++ === 0) {
    numbers[at + TunnelField.OddHeaderFrame] = packet.frame;
    numbers[at + TunnelField.OddFlags] = flags;
    numbers[at + TunnelField.OddReserved] = reserved;
  }
  return index;
}

/** The Ethernet header before the tunnel's, where the frame has one: the layers are in order of their offsets. */
function noteOuterMacs(packet: Packet, view: DataView, numbers: Float64Array, at: number): void {
  const outermost = packet.layerAt[0];
  if (packet.tunnelIpAt - outermost < ethernet.size || packet.packetType >= 0) return;
  numbers[at + TunnelField.SourceMacHigh] = ethernet.sourceHigh(view, outermost);
  numbers[at + TunnelField.SourceMacLow] = ethernet.sourceLow(view, outermost);
  numbers[at + TunnelField.DestinationMacHigh] = ethernet.destinationHigh(view, outermost);
  numbers[at + TunnelField.DestinationMacLow] = ethernet.destinationLow(view, outermost);
}
