/**
 * One line of text a packet, all layers from the outside in:
 *
 *     7 2023-10-20T10:34:17.389643000Z 148 0a:… > fe:… 192.168.10.163 > 192.168.10.201 UDP 54001 > 4789
 *     VXLAN vni 555005 | 7e:… > 0a:… 10.132.2.2 > 10.132.2.46 ICMP echo request id 7982 seq 1 length 64
 *
 * Frame number, time, bytes on the wire (`96/148` where fewer were captured), interface where the capture
 * names it; then the layers, with `|` in front of what a tunnel carries. What is wrong stands in brackets,
 * a packet that an ICMP error quotes in parentheses. Nothing is allocated per packet.
 */
import { decodeQuoted } from '../decode/frame.ts';
import { Kind, Layer, Outcome, Packet } from '../decode/packet.ts';
import type { PortTable } from '../decode/ports.ts';
import { ethernet, MINIMUM_ETHERTYPE } from '../wire/ethernet.ts';
import { geneve } from '../wire/geneve.ts';
import { gre } from '../wire/gre.ts';
import { icmp } from '../wire/icmp.ts';
import { sll } from '../wire/sll.ts';
import { sll2 } from '../wire/sll2.ts';
import { vlan } from '../wire/vlan.ts';
import { LayerScope } from './layer-scope.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import { writeArp, writeCooked, writeCookedV2, writeEthernet, writeMpls, writeVlan } from './packet-line-link.ts';
import { writeGeneve, writeGre, writeIpv4, writeIpv6, writeIpv6Extension, writeVxlan } from './packet-line-network.ts';
import { writeDns, writeIcmp, writeIcmpv6, writeTcp, writeUdp } from './packet-line-transport.ts';
import { isTunnelAgain, keepTunnel, recallTunnel, TUNNEL_LAYERS } from './packet-line-tunnel.ts';
import { LAYER_NAMES } from './packet-words.ts';
import type { PrintedCapture } from './printed-capture.ts';

/** No line is longer, its interface's name aside: `MAXIMUM_LAYERS` layers twice and a DNS name. */
const MAXIMUM_LINE = 32768;

const NO_TIME = word('-');
const SLASH = 0x2f;
const BAR = word(' |');
const LOOPBACK = word(' loopback');
const QUOTES = word(' (quotes');
const CLOSE_PARENTHESIS = 0x29;
const CLOSE_BRACKET = 0x5d;
const NOT_DECODED = word(' [not decoded: ');
const BYTES = word(' bytes');
const PROTOCOL = word('protocol ');
const ETHERTYPE = word('EtherType 0x');
const LLC = word('LLC, ');
const AND = word(', ');
const CUT = word(' [cut in ');
const MALFORMED = word(' [malformed ');
const AT_BYTE = word(' at byte ');
const NEEDS = word(': needs ');
const HAS = word(' bytes, has ');

const scope = new LayerScope();
const quotedScope = new LayerScope();
const quoted = new Packet();

/** Appends the line of a decoded packet, of which the record's fields are set too, newline included. `view` is what it was decoded from. */
export function writePacketLine(out: LineBuffer, capture: PrintedCapture, packet: Packet, view: DataView): void {
  const { original, time } = packet;
  const channel = capture.channels[packet.channel];
  const captured = packet.end - packet.start;
  out.reserve(MAXIMUM_LINE + (channel === undefined ? 0 : channel.length));
  out.decimal(packet.frame);
  out.space();
  if (capture.timestamp.isWritable(time)) capture.timestamp.write(out, time);
  else out.text(NO_TIME);
  out.space();
  if (captured !== original) {
    out.decimal(captured);
    out.byte(SLASH);
  }
  out.decimal(original);
  if (channel !== undefined) {
    out.space();
    out.text(channel);
  }
  scope.begin(packet.end, packet.start + original, true);
  writeLayers(out, packet, view, scope);
  if (packet.kind === Kind.Error) writeQuoted(out, packet, view, capture.ports);
  out.newline();
}

function writeQuoted(out: LineBuffer, packet: Packet, view: DataView, ports: PortTable): void {
  const end = Math.min(packet.payloadEnd, packet.end);
  decodeQuoted(view, packet.transportAt + icmp.size, end, ports, quoted);
  if (quoted.layerCount === 0) return;
  quotedScope.begin(end, end, false);
  out.text(QUOTES);
  writeLayers(out, quoted, view, quotedScope);
  out.byte(CLOSE_PARENTHESIS);
}

function writeLayers(out: LineBuffer, packet: Packet, view: DataView, around: LayerScope): void {
  let first = 0;
  if (isTunnelAgain(packet, view)) {
    const start = out.length;
    first = TUNNEL_LAYERS;
    if (!recallTunnel(out, packet, view, around)) {
      writeLayersBetween(out, packet, view, around, 0, first);
      keepTunnel(out, start, packet, view);
    }
  }
  writeLayersBetween(out, packet, view, around, first, packet.layerCount);
  // A quotation is a part of a packet by its nature.
  const isWhole = packet.outcome === Outcome.Complete || (packet === quoted && packet.outcome === Outcome.Truncated);
  if (!isWhole) writeProblem(out, packet, view, around);
}

/** Writes the layers from number `first` up to `end`. */
function writeLayersBetween(
  out: LineBuffer,
  packet: Packet,
  view: DataView,
  around: LayerScope,
  first: number,
  end: number,
): void {
  const { layerKind, layerAt } = packet;
  let ethernetAt = -1;
  for (let i = first; i < end; i++) {
    const at = layerAt[i];
    switch (layerKind[i]) {
      case Layer.Ethernet:
        ethernetAt = at;
        writeEthernet(out, view, at);
        break;
      case Layer.Vlan:
        writeVlan(out, view, at);
        break;
      case Layer.Mpls:
        writeMpls(out, view, at);
        break;
      case Layer.LinuxCooked:
        writeCooked(out, view, at);
        break;
      case Layer.LinuxCookedV2:
        writeCookedV2(out, view, at);
        break;
      case Layer.Loopback:
        out.text(LOOPBACK);
        break;
      case Layer.Arp:
        writeArp(out, view, at, ethernetAt);
        break;
      case Layer.Ipv4:
        writeIpv4(out, view, at, around);
        break;
      case Layer.Ipv6:
        writeIpv6(out, view, at, around);
        break;
      case Layer.Ipv6Extension:
        writeIpv6Extension(out, view, at, around);
        break;
      case Layer.Udp:
        writeUdp(out, view, at, around);
        break;
      case Layer.Tcp:
        writeTcp(out, view, at, around);
        break;
      case Layer.Icmp:
        writeIcmp(out, view, at, around);
        break;
      case Layer.Icmpv6:
        writeIcmpv6(out, view, at, around, packet.end);
        break;
      case Layer.Vxlan:
      case Layer.VxlanGpe:
        writeVxlan(out, view, at, layerKind[i] === Layer.VxlanGpe);
        out.text(BAR);
        break;
      case Layer.Geneve:
        writeGeneve(out, view, at);
        out.text(BAR);
        break;
      case Layer.Gre:
        writeGre(out, view, at);
        out.text(BAR);
        break;
      case Layer.Dns:
        writeDns(out, view, at, Math.min(around.ipEnd, packet.end));
        break;
    }
  }
}

function writeProblem(out: LineBuffer, packet: Packet, view: DataView, around: LayerScope): void {
  if (packet.outcome === Outcome.Unsupported) {
    out.text(NOT_DECODED);
    writeNextProtocol(out, packet, view, around);
    out.decimal(packet.available);
    out.text(BYTES);
  } else {
    out.text(packet.outcome === Outcome.Truncated ? CUT : MALFORMED);
    out.text(LAYER_NAMES[packet.problemLayer]!);
    out.text(AT_BYTE);
    out.decimal(packet.problemAt - packet.start);
    out.text(NEEDS);
    out.decimal(packet.needed);
    out.text(HAS);
    out.decimal(packet.available);
  }
  out.byte(CLOSE_BRACKET);
}

/** What stands behind the last layer, by the number that the layer gives. */
function writeNextProtocol(out: LineBuffer, packet: Packet, view: DataView, around: LayerScope): void {
  const last = packet.layerCount - 1;
  if (last < 0) return;
  const kind = packet.layerKind[last];
  if (kind === Layer.Ipv4 || kind === Layer.Ipv6 || kind === Layer.Ipv6Extension) {
    out.text(PROTOCOL);
    out.decimal(around.nextHeader);
    out.text(AND);
    return;
  }
  const etherType = etherTypeBehind(view, kind, packet.layerAt[last]);
  if (etherType < 0) return;
  if (etherType < MINIMUM_ETHERTYPE) {
    out.text(LLC);
  } else {
    out.text(ETHERTYPE);
    out.hex16(etherType);
    out.text(AND);
  }
}

/** The EtherType that a header ends with; -1 when it has none. */
function etherTypeBehind(view: DataView, kind: Layer, at: number): number {
  switch (kind) {
    case Layer.Ethernet:
      return ethernet.etherType(view, at);
    case Layer.Vlan:
      return vlan.etherType(view, at);
    case Layer.LinuxCooked:
      return sll.protocol(view, at);
    case Layer.LinuxCookedV2:
      return sll2.protocol(view, at);
    case Layer.Gre:
      return gre.protocolType(view, at);
    case Layer.Geneve:
      return geneve.protocolType(view, at);
    default:
      return -1;
  }
}
