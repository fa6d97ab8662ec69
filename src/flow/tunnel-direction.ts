/** What one capture saw of one direction of a tunnel, as plain values. */
import { Tunnel } from '../decode/packet.ts';
import { formatMac } from '../wire/address.ts';
import { TunnelField } from './tunnel-table.ts';
import { tunnelEnds, type Vantage } from './vantage.ts';

export interface TunnelDirection {
  vantage: Vantage;
  encapsulation: 'vxlan' | 'geneve';
  vni: number;
  /** UDP destination port. */
  port: number;
  ipVersion: 4 | 6;
  source: string;
  destination: string;
  packets: number;
  /** Bytes of outer IP packets. */
  bytes: number;
  largestPacket: number;
  firstFrame: number;
  /** Nanoseconds since the capture's epoch. */
  firstTime: number;
  lastTime: number;
  timeToLive: number;
  /** Outer MACs of the first packet; null where the link type has none. */
  sourceMac: string | null;
  destinationMac: string | null;
  /** Bits of the Linux packet types that were seen; 0 where the link type has none. */
  packetTypes: number;
  checksums: { none: number; right: number; wrong: number; offloaded: number; firstWrongFrame: number };
  /** Packets whose flags are not 0x08 or whose reserved bits are not zero; the first of them. */
  oddHeaders: { count: number; frame: number; flags: number; reserved: number };
}

/** Every tunnel direction that a capture saw. */
export function tunnelDirections(vantage: Vantage): TunnelDirection[] {
  const { observations } = vantage;
  const { tunnels } = observations;
  const directions: TunnelDirection[] = [];
  for (let i = 0; i < tunnels.count; i++) {
    const what = tunnels.table.word(i, 0);
    const [source, destination] = tunnelEnds(observations, i);
    const field = (name: TunnelField): number => tunnels.field(i, name);
    const hasMacs = field(TunnelField.SourceMacHigh) !== 0 || field(TunnelField.SourceMacLow) !== 0;
    directions.push({
      vantage,
      encapsulation: what >>> 24 === Tunnel.Vxlan ? 'vxlan' : 'geneve',
      vni: tunnels.table.word(i, 1),
      port: what & 0xffff,
      ipVersion: ((what >> 16) & 0xff) === 6 ? 6 : 4,
      source,
      destination,
      packets: field(TunnelField.Packets),
      bytes: field(TunnelField.Bytes),
      largestPacket: field(TunnelField.LargestPacket),
      firstFrame: field(TunnelField.FirstFrame),
      firstTime: field(TunnelField.FirstTime),
      lastTime: field(TunnelField.LastTime),
      timeToLive: field(TunnelField.TimeToLive),
      sourceMac: hasMacs ? formatMac(field(TunnelField.SourceMacHigh), field(TunnelField.SourceMacLow)) : null,
      destinationMac: hasMacs
        ? formatMac(field(TunnelField.DestinationMacHigh), field(TunnelField.DestinationMacLow))
        : null,
      packetTypes: field(TunnelField.PacketTypes),
      checksums: {
        none: field(TunnelField.NoChecksum),
        right: field(TunnelField.ChecksumRight),
        wrong: field(TunnelField.ChecksumWrong),
        offloaded: field(TunnelField.ChecksumOffloaded),
        firstWrongFrame: field(TunnelField.FirstWrongFrame),
      },
      oddHeaders: {
        count: field(TunnelField.OddHeader),
        frame: field(TunnelField.OddHeaderFrame),
        flags: field(TunnelField.OddFlags),
        reserved: field(TunnelField.OddReserved),
      },
    });
  }
  return directions;
}
