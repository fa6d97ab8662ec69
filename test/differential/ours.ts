/** The same fields as this project's decoder and its header readers see them. */
import { openCapture } from '../../src/capture/open.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { Kind, Layer, Packet } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';
import { formatIpv4, formatIpv6, formatMac } from '../../src/wire/address.ts';
import { arp } from '../../src/wire/arp.ts';
import { dns } from '../../src/wire/dns.ts';
import { ethernet } from '../../src/wire/ethernet.ts';
import { geneve } from '../../src/wire/geneve.ts';
import { icmp } from '../../src/wire/icmp.ts';
import { icmpv6, neighborMessage } from '../../src/wire/icmpv6.ts';
import { FRAGMENT_OFFSET, ipv4 } from '../../src/wire/ipv4.ts';
import { ipv6 } from '../../src/wire/ipv6.ts';
import { tcp } from '../../src/wire/tcp.ts';
import { udp } from '../../src/wire/udp.ts';
import { vlan } from '../../src/wire/vlan.ts';
import { vxlan } from '../../src/wire/vxlan.ts';
import { FIELDS, type FieldName, type Fields } from './tshark.ts';

export interface OurPacket {
  fields: Fields;
  /** It quotes another packet, whose fields tshark gives behind its own. */
  isQuoting: boolean;
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

export async function readWithOurs(file: string): Promise<OurPacket[]> {
  const reader = await openCapture(file);
  const packet = new Packet();
  const ports = portTable();
  const packets: OurPacket[] = [];
  for await (const { view, offset, captured, original, interfaceIndex, count } of reader) {
    for (let i = 0; i < count; i++) {
      const { linkType } = reader.interfaces[interfaceIndex[i]];
      decodeFrame(view, offset[i], captured[i], original[i], linkType, ports, packet);
      packets.push({ fields: fieldsOf(packet, view, captured[i]), isQuoting: packet.kind === Kind.Error });
    }
  }
  await reader.close();
  return packets;
}

function fieldsOf(packet: Packet, view: DataView, captured: number): Fields {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, [] as string[]])) as Fields;
  const add = (field: FieldName, value: string | number): number => fields[field].push(String(value));
  add('frame.len', packet.original);
  add('frame.cap_len', captured);
  if (packet.packetType >= 0) add('sll.pkttype', packet.packetType);
  for (let i = 0; i < packet.layerCount; i++) addLayer(add, packet, packet.layerKind[i], view, packet.layerAt[i]);
  return fields;
}

function addLayer(
  add: (field: FieldName, value: string | number) => number,
  packet: Packet,
  layer: Layer,
  view: DataView,
  at: number,
): void {
  switch (layer) {
    case Layer.Ethernet:
      add('frame.protocols', 'eth');
      add('eth.dst', formatMac(ethernet.destinationHigh(view, at), ethernet.destinationLow(view, at)));
      add('eth.src', formatMac(ethernet.sourceHigh(view, at), ethernet.sourceLow(view, at)));
      return;
    case Layer.Vlan:
      add('frame.protocols', 'vlan');
      add('vlan.id', vlan.tagControl(view, at) & 0xfff);
      return;
    case Layer.LinuxCooked:
    case Layer.LinuxCookedV2:
      add('frame.protocols', 'sll');
      return;
    case Layer.Arp:
      add('frame.protocols', 'arp');
      add('arp.opcode', arp.operation(view, at));
      add('arp.src.hw_mac', formatMac(arp.senderHardwareHigh(view, at), arp.senderHardwareLow(view, at)));
      add('arp.src.proto_ipv4', formatIpv4(arp.senderProtocol(view, at)));
      add('arp.dst.proto_ipv4', formatIpv4(arp.targetProtocol(view, at)));
      return;
    case Layer.Ipv4:
      add('frame.protocols', 'ip');
      add('ip.src', formatIpv4(ipv4.source(view, at)));
      add('ip.dst', formatIpv4(ipv4.destination(view, at)));
      add('ip.id', hex(ipv4.identification(view, at), 4));
      add('ip.ttl', ipv4.timeToLive(view, at));
      add('ip.proto', ipv4.protocol(view, at));
      add('ip.frag_offset', ipv4.flagsFragmentOffset(view, at) & FRAGMENT_OFFSET);
      return;
    case Layer.Ipv6:
      add('frame.protocols', 'ipv6');
      add('ipv6.src', formatIpv6(view, at + ipv6.at.source));
      add('ipv6.dst', formatIpv6(view, at + ipv6.at.destination));
      add('ipv6.hlim', ipv6.hopLimit(view, at));
      return;
    case Layer.Ipv6Extension:
      add('frame.protocols', 'ipv6 extension');
      return;
    case Layer.Udp:
      add('frame.protocols', 'udp');
      add('udp.srcport', udp.sourcePort(view, at));
      add('udp.dstport', udp.destinationPort(view, at));
      add('udp.checksum', hex(udp.checksum(view, at), 4));
      return;
    case Layer.Tcp:
      add('frame.protocols', 'tcp');
      add('tcp.srcport', tcp.sourcePort(view, at));
      add('tcp.dstport', tcp.destinationPort(view, at));
      add('tcp.flags', hex(tcp.flags(view, at), 4));
      return;
    case Layer.Vxlan:
      add('frame.protocols', 'vxlan');
      add('vxlan.vni', vxlan.vni(view, at));
      return;
    case Layer.Geneve:
      add('frame.protocols', 'geneve');
      add('geneve.vni', hex(geneve.vni(view, at), 6));
      return;
    case Layer.Dns:
      add('frame.protocols', 'dns');
      add('dns.id', hex(dns.id(view, at), 4));
      return;
    case Layer.Icmp:
      add('frame.protocols', 'icmp');
      add('icmp.type', icmp.type(view, at));
      add('icmp.code', icmp.code(view, at));
      add('icmp.checksum', hex(icmp.checksum(view, at), 4));
      if (packet.kind === Kind.EchoRequest || packet.kind === Kind.EchoReply) {
        add('icmp.ident', icmp.identifier(view, at));
        add('icmp.seq', icmp.sequence(view, at));
      }
      return;
    case Layer.Icmpv6:
      add('frame.protocols', 'icmpv6');
      add('icmpv6.type', icmpv6.type(view, at));
      add('icmpv6.code', icmpv6.code(view, at));
      add('icmpv6.checksum', hex(icmpv6.checksum(view, at), 4));
      if (packet.kind === Kind.EchoRequest || packet.kind === Kind.EchoReply) {
        add('icmpv6.echo.identifier', hex(icmp.identifier(view, at), 4));
        add('icmpv6.echo.sequence_number', icmp.sequence(view, at));
      } else if (packet.kind === Kind.NeighborSolicitation) {
        add('icmpv6.nd.ns.target_address', formatIpv6(view, at + neighborMessage.at.target));
      } else if (packet.kind === Kind.NeighborAdvertisement) {
        add('icmpv6.nd.na.target_address', formatIpv6(view, at + neighborMessage.at.target));
      }
      return;
    default:
      add('frame.protocols', Layer[layer]);
  }
}
